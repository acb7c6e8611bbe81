//! The second factor: setting it up, asking for it, dropping it.
//!
//! A secret is made first and asked for only when the user has shown that the phone knows it. A code is
//! good once: its step is noted in the transaction that opens the session.

use crate::App;
use crate::support::attempts::Failure;
use crate::support::change::audit;
use crate::support::context::Context;
use crate::support::error::AppError;
use domain::ids::{SessionId, UserId};
use domain::time::Instant;
use domain::violation::Rule;
use identity::CryptoFailure;
use identity::recovery::RecoveryCodes;
use identity::session::Session;
use identity::totp::Totp;
use std::collections::BTreeMap;
use store::audit::{AuditAction, FieldChange};
use store::keys::Key;
use store::second_factor::SecondFactorRow;
use store::session::SessionRow;
use store::{Purpose, Transaction};

type Row = SecondFactorRow<Totp, RecoveryCodes>;

/// What the user's phone has to learn.
pub struct Enrolment {
    /// To be typed in.
    pub secret: String,
    /// The same as an `otpauth:` address, for a QR code.
    pub uri: String,
}

domain::opaque!(Enrolment);

/// Makes a secret. Nobody is asked for it before [`confirm`].
///
/// # Errors
/// [`AppError::AlreadyExists`] where there is an active one: it has to be dropped first.
pub async fn enrol(app: &App, ctx: &Context) -> Result<Enrolment, AppError> {
    let user = ctx.user_id().ok_or(AppError::NotAuthenticated)?;
    let secret = Totp::generate().map_err(internal)?;
    crate::attempt!(_number => try_enrol(app, user, &secret))?;
    let account = crate::accounts::users::get_user(app, user).await?.profile.email.as_str().to_owned();
    let uri = secret.uri(&account).map_err(internal)?;
    Ok(Enrolment { secret: secret.secret().to_owned(), uri: uri.to_string() })
}

async fn try_enrol(app: &App, user: UserId, secret: &Totp) -> Result<(), Failure> {
    let before = app.table.get::<Row>(&Key::second_factor(user)).await?;
    if before.as_ref().is_some_and(|row| row.is_active) {
        return Err(AppError::AlreadyExists { field: "totp" }.into());
    }
    let recovery = RecoveryCodes::default();
    let version = before.as_ref().map_or(0, |row| row.version) + 1;
    let row = Row { user, secret: secret.clone(), recovery, is_active: false, used_step: None, version };
    let mut transaction = Transaction::default();
    match &before {
        Some(before) => transaction.replace(Purpose::Version, &row, before.version),
        None => transaction.create(Purpose::Version, &row),
    }
    Ok(app.table.transact(transaction).await?)
}

/// Switches it on, given a first code. Answers the recovery codes, which are never shown again. The
/// caller's session counts as one with a second factor from now on.
///
/// # Errors
/// [`AppError::Validation`] for a code that isn't right, or where no secret was made.
pub async fn confirm(app: &App, ctx: &Context, session: SessionId, otp: &str) -> Result<Vec<String>, AppError> {
    let user = ctx.user_id().ok_or(AppError::NotAuthenticated)?;
    let (recovery, texts) = RecoveryCodes::generate().map_err(internal)?;
    crate::attempt!(_number => try_confirm(app, ctx, user, session, otp, &recovery))?;
    Ok(texts.iter().map(|text| text.to_string()).collect())
}

async fn try_confirm(
    app: &App,
    ctx: &Context,
    user: UserId,
    session: SessionId,
    otp: &str,
    recovery: &RecoveryCodes,
) -> Result<(), Failure> {
    let now = app.now();
    let keys = [Key::second_factor(user), Key::session(user, session)];
    let mut batch = app.table.batch(&keys).await?;
    let [factor_key, session_key] = keys;
    let wrong = || AppError::invalid("otp", Rule::WrongCode);
    let before = batch.take::<Row>(&factor_key)?.filter(|row| !row.is_active).ok_or_else(wrong)?;
    let session = batch.take::<SessionRow<Session>>(&session_key)?.ok_or(AppError::NotAuthenticated)?;
    let step = before.secret.check(otp, now.unix(), before.used_step).ok_or_else(wrong)?;
    let version = before.version;
    let row =
        Row { is_active: true, used_step: Some(step), recovery: recovery.clone(), version: version + 1, ..before };
    let mut transaction = Transaction::default();
    transaction.replace(Purpose::Version, &row, version);
    let version = session.version;
    let session = SessionRow { second_factor: true, version: version + 1, ..session };
    transaction.replace(Purpose::Version, &session, version);
    audit(app, ctx, &mut transaction, now, ("user", user), AuditAction::Update, changed(false, true));
    Ok(app.table.transact(transaction).await?)
}

/// Drops it, with what is left of the recovery codes.
///
/// # Errors
/// [`AppError::NotFound`] where there is none.
pub async fn drop(app: &App, ctx: &Context) -> Result<(), AppError> {
    let user = ctx.user_id().ok_or(AppError::NotAuthenticated)?;
    crate::attempt!(_number => async {
        let key = Key::second_factor(user);
        let before = app.table.get::<Row>(&key).await?.ok_or(AppError::NotFound)?;
        let mut transaction = Transaction::default();
        transaction.delete_at(Purpose::Version, key, before.version);
        let now = app.now();
        let changes = changed(before.is_active, false);
        audit(app, ctx, &mut transaction, now, ("user", user), AuditAction::Update, changes);
        Ok::<(), Failure>(app.table.transact(transaction).await?)
    })
}

/// Sees to a second factor when somebody signs in whose password was right: whether there was one.
///
/// # Errors
/// [`AppError::OtpRequired`] where one is needed and none was given, [`AppError::InvalidCredentials`]
/// where it is wrong or was used before.
pub(crate) async fn expect(
    app: &App,
    transaction: &mut Transaction,
    user: UserId,
    otp: Option<&str>,
    now: Instant,
) -> Result<bool, Failure> {
    let row = app.table.get::<Row>(&Key::second_factor(user)).await?.filter(|row| row.is_active);
    let Some(before) = row else { return Ok(false) };
    let otp = otp.map(str::trim).filter(|otp| !otp.is_empty()).ok_or(AppError::OtpRequired)?;
    let version = before.version;
    let after = match before.secret.check(otp, now.unix(), before.used_step) {
        Some(step) => Row { used_step: Some(step), version: version + 1, ..before },
        None => {
            let recovery = before.recovery.without(otp).ok_or(AppError::InvalidCredentials)?;
            Row { recovery, version: version + 1, ..before }
        }
    };
    transaction.replace(Purpose::Version, &after, version);
    Ok(true)
}

fn changed(before: bool, after: bool) -> BTreeMap<String, FieldChange> {
    let change = FieldChange { old: Some(before.to_string()), new: Some(after.to_string()) };
    BTreeMap::from([("second_factor".to_owned(), change)])
}

fn internal(failure: CryptoFailure) -> AppError {
    AppError::Internal(failure.to_string())
}
