//! Sets up, verifies and removes the TOTP second factor of a user.
//!
//! A new secret is inactive until the user confirms it with a first code. Each code is accepted once: its time step
//! is stored in the transaction that creates the session.

use crate::App;
use crate::support::context::Context;
use crate::support::dependents::Existing;
use crate::support::error::AppError;
use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use domain::ids::{SessionId, UserId};
use domain::user::{Role, User};
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

/// A new TOTP secret for an authenticator app.
pub struct Enrolment {
    /// For typing in.
    pub secret: String,
    /// The secret as an `otpauth:` URI, for a QR code.
    pub uri: String,
}

domain::opaque!(Enrolment);

/// Whether a user has a second factor, and whether the deployment demands one of that user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecondFactorState {
    /// One that is confirmed.
    pub active: bool,
    pub required: bool,
}

pub(crate) async fn state(app: &App, user: &User) -> Result<SecondFactorState, AppError> {
    let row = app.table.get::<Row>(&Key::second_factor(user.id)).await?;
    let required = app.second_factor_required && user.profile.role == Role::Admin;
    Ok(SecondFactorState { active: row.is_some_and(|row| row.is_active), required })
}

/// Creates a secret, inactive until [`confirm`].
///
/// # Errors
/// [`AppError::AlreadyExists`] if the user has an active one: it has to be removed first.
pub async fn enrol(app: &App, ctx: &Context) -> Result<Enrolment, AppError> {
    let user = ctx.user_id().ok_or(AppError::NotAuthenticated)?;
    let secret = Totp::generate().map_err(internal)?;
    crate::retry!(_number => try_enrol(app, user, &secret))?;
    let account = crate::accounts::users::get_user(app, user).await?.profile.email.as_str().to_owned();
    let uri = secret.uri(&account).map_err(internal)?;
    Ok(Enrolment { secret: secret.secret().to_owned(), uri: uri.to_string() })
}

async fn try_enrol(app: &App, user: UserId, secret: &Totp) -> Result<(), AttemptError> {
    let before = app.table.get::<Row>(&Key::second_factor(user)).await?;
    if before.as_ref().is_some_and(|row| row.is_active) {
        return Err(AppError::AlreadyExists { field: "totp", existing: Existing::Unique(None) }.into());
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

/// Activates the second factor, given a first code. Returns the recovery codes, which are never shown again. The
/// caller's session counts as one with a second factor from now on.
///
/// # Errors
/// [`AppError::Validation`] for a wrong code, or without an inactive secret.
pub async fn confirm(app: &App, ctx: &Context, session: SessionId, otp: &str) -> Result<Vec<String>, AppError> {
    let user = ctx.user_id().ok_or(AppError::NotAuthenticated)?;
    let (recovery, texts) = RecoveryCodes::generate().map_err(internal)?;
    crate::retry!(_number => try_confirm(app, ctx, user, session, otp, &recovery))?;
    Ok(texts.iter().map(|text| text.to_string()).collect())
}

async fn try_confirm(
    app: &App,
    ctx: &Context,
    user: UserId,
    session: SessionId,
    otp: &str,
    recovery: &RecoveryCodes,
) -> Result<(), AttemptError> {
    let mut uow = UnitOfWork::new(app, ctx);
    let keys = [Key::second_factor(user), Key::session(user, session)];
    let mut batch = app.table.batch(&keys).await?;
    let [factor_key, session_key] = keys;
    let wrong = || AppError::invalid("otp", Rule::WrongCode);
    let before = batch.take::<Row>(&factor_key)?.filter(|row| !row.is_active).ok_or_else(wrong)?;
    let session = batch.take::<SessionRow<Session>>(&session_key)?.ok_or(AppError::NotAuthenticated)?;
    let step = before.secret.check(otp, uow.now.unix(), before.used_step).ok_or_else(wrong)?;
    let version = before.version;
    let row =
        Row { is_active: true, used_step: Some(step), recovery: recovery.clone(), version: version + 1, ..before };
    uow.transaction.replace(Purpose::Version, &row, version);
    let version = session.version;
    let session = SessionRow { second_factor: true, version: version + 1, ..session };
    uow.transaction.replace(Purpose::Version, &session, version);
    uow.audit(("user", user), AuditAction::Update, audited_change(false, true));
    uow.commit().await
}

/// Removes the second factor and the remaining recovery codes.
///
/// # Errors
/// [`AppError::NotFound`] if the user has none.
pub async fn drop(app: &App, ctx: &Context) -> Result<(), AppError> {
    let user = ctx.user_id().ok_or(AppError::NotAuthenticated)?;
    crate::retry!(_number => async {
        let key = Key::second_factor(user);
        let before = app.table.get::<Row>(&key).await?.ok_or(AppError::NotFound)?;
        let mut uow = UnitOfWork::new(app, ctx);
        uow.transaction.delete_at(Purpose::Version, key, before.version);
        uow.audit(("user", user), AuditAction::Update, audited_change(before.is_active, false));
        uow.commit().await
    })
}

/// Verifies the code at sign-in, after the password. Returns whether the user has a second factor.
///
/// # Errors
/// [`AppError::OtpRequired`] if a code is needed and none was given, [`AppError::InvalidCredentials`] if it is wrong
/// or was used before.
pub(crate) async fn verify_code(
    uow: &mut UnitOfWork<'_>,
    user: UserId,
    otp: Option<&str>,
) -> Result<bool, AttemptError> {
    let row = uow.app.table.get::<Row>(&Key::second_factor(user)).await?.filter(|row| row.is_active);
    let Some(before) = row else { return Ok(false) };
    let otp = otp.map(str::trim).filter(|otp| !otp.is_empty()).ok_or(AppError::OtpRequired)?;
    let version = before.version;
    let after = if let Some(step) = before.secret.check(otp, uow.now.unix(), before.used_step) {
        Row { used_step: Some(step), version: version + 1, ..before }
    } else {
        let recovery = before.recovery.redeem(otp).ok_or(AppError::InvalidCredentials)?;
        Row { recovery, version: version + 1, ..before }
    };
    uow.transaction.replace(Purpose::Version, &after, version);
    Ok(true)
}

fn audited_change(before: bool, after: bool) -> BTreeMap<String, FieldChange> {
    let change = FieldChange { old: Some(before.to_string()), new: Some(after.to_string()) };
    BTreeMap::from([("second_factor".to_owned(), change)])
}

fn internal(failure: CryptoFailure) -> AppError {
    AppError::Internal(failure.to_string())
}
