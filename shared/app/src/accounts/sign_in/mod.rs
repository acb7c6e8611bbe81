//! Sign-in: issues, refreshes and revokes tokens.
//!
//! | To learn about | read |
//! |---|---|
//! | throttling of attempts | [`admission`] |
//! | the keys that sign tokens | [`keys`] |
//! | refreshing tokens, and logging out | [`refresh`] |
//! | changing a password | [`password_change`] |
//! | the second factor | [`crate::accounts::second_factor`] |

mod admission;
mod keys;
mod password_change;
mod refresh;

use crate::App;
use crate::accounts::second_factor;
use crate::support::context::{Context, IdempotencyKey};
use crate::support::error::AppError;
use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use admission::Admission;
pub use admission::Origin;
use domain::email::Email;
use domain::ids::{Id as _, SessionId, UserId};
use domain::time::Instant;
use domain::user::User;
use identity::access::LIFETIME;
use identity::password::{self, Password, PasswordCheck, PasswordHash};
use identity::session::Session;
use keys::{KeyRing, access_token};
pub use password_change::change_password;
pub use refresh::{log_out, refresh_token};
use std::collections::BTreeMap;
use store::audit::AuditAction;
use store::item::text;
use store::keys::{Key, Unique};
use store::session::SessionRow;
use store::transaction::{Cancellation, UpdateExpression};
use store::unique::Owner;
use store::{Purpose, Transaction, WriteError};

#[derive(Clone)]
pub struct IssuedTokens {
    /// The access token: short-lived, sent with every request.
    pub access: String,
    /// The refresh token: long-lived, exchanged once for new tokens.
    pub refresh: String,
    /// Seconds until the access token expires.
    pub expires_in: i64,
    pub user: User,
}

domain::opaque!(IssuedTokens);

/// Signs in by e-mail address, password and, if the user has one, second factor. An unknown address takes as long as a
/// wrong password.
///
/// # Errors
/// [`AppError::InvalidCredentials`] for a wrong address, password or code; [`AppError::OtpRequired`] if a code is
/// needed and none was given; [`AppError::Throttled`] after too many failures.
pub async fn issue_token(
    app: &App,
    origin: &Origin,
    email: &str,
    candidate: String,
    otp: Option<&str>,
) -> Result<IssuedTokens, AppError> {
    let found = user_by_email(app, email).await?.filter(|user| user.is_active);
    let ring = KeyRing::read(app).await?;
    let admission = Admission::request(app, origin, ring.current(), email, found.as_ref().map(|user| user.id)).await?;
    let check = check_password(found.as_ref(), candidate.clone()).await?;
    let Some(user) = found.filter(|_| check.matches) else {
        record_failure(app, origin, &admission, email).await?;
        return Err(AppError::InvalidCredentials);
    };
    let rehashed = if check.needs_rehash { rehash(candidate).await? } else { None };
    match crate::retry!(_number => try_issue(app, origin, &user, &admission, otp, rehashed.as_deref())) {
        Err(AppError::InvalidCredentials) => {
            record_failure(app, origin, &admission, email).await?;
            Err(AppError::InvalidCredentials)
        }
        Err(AppError::OtpRequired) => {
            crate::retry!(_number => async {
                let mut transaction = Transaction::default();
                admission.undo(&mut transaction);
                match app.table.transact(transaction).await {
                    // A concurrent attempt has changed the row: its count stands.
                    Ok(()) | Err(WriteError::Cancelled(Cancellation::Stale(_))) => Ok(()),
                    Err(error) => Err(AttemptError::from(error)),
                }
            })?;
            Err(AppError::OtpRequired)
        }
        issued => issued,
    }
}

/// Checks the user's password. Without a user it takes as long as with a wrong password.
///
/// # Errors
/// [`AppError::Internal`] if the check didn't finish.
pub(crate) async fn check_password(user: Option<&User>, candidate: String) -> Result<PasswordCheck, AppError> {
    let hash: Option<PasswordHash> = user.and_then(|user| {
        serde_json::from_value(serde_json::Value::String(user.profile.credentials.password.clone())).ok()
    });
    // Argon2 takes tens of milliseconds of CPU time: don't block the thread that serves other requests.
    tokio::task::spawn_blocking(move || password::verify(&candidate, hash.as_ref()))
        .await
        .map_err(|_| AppError::Internal("the password check did not finish".into()))
}

/// The hash of a password with the current parameters. `None` if the current rules wouldn't accept the password: then
/// the old hash stays.
async fn rehash(candidate: String) -> Result<Option<String>, AppError> {
    let hash = move || Password::parse(&candidate).ok().and_then(|password| password::hash(&password).ok());
    let hashed = tokio::task::spawn_blocking(hash).await;
    let hashed = hashed.map_err(|_| AppError::Internal("the password was not hashed".into()))?;
    Ok(hashed.map(|hash| hash.as_str().to_owned()))
}

/// The user with this address. An invalid address has none, and is never made part of a key: DynamoDB refuses keys of
/// more than 2,048 bytes.
async fn user_by_email(app: &App, email: &str) -> Result<Option<User>, AppError> {
    let Ok(email) = Email::parse(email) else { return Ok(None) };
    let key = Key::unique(&Unique::Email(email.folded()));
    let owner = app.table.get::<Owner>(&key).await?.and_then(|owner| UserId::parse(&owner.owner));
    match owner {
        Some(id) => Ok(app.table.get::<User>(&Key::user(id)).await?),
        None => Ok(None),
    }
}

async fn try_issue(
    app: &App,
    origin: &Origin,
    user: &User,
    admission: &Admission,
    otp: Option<&str>,
    rehashed: Option<&str>,
) -> Result<IssuedTokens, AttemptError> {
    let ctx = user_context(user, origin);
    let mut uow = UnitOfWork::new(app, &ctx);
    let now = uow.now;
    let second_factor = second_factor::verify_code(&mut uow, user.id, otp).await?;
    let id: SessionId = app.new_id();
    let rotation = Session::start(&user.id.to_string(), &id.to_string(), now.unix())
        .map_err(|error| AppError::Internal(error.to_string()))?;
    let session = SessionRow { second_factor, ..session_row(id, user, rotation.session, 1, now) };
    uow.transaction.create(Purpose::Append, &session);
    uow.audit(("user", user.id), AuditAction::Login, BTreeMap::new());
    admission.succeeded(&mut uow, user.id);
    // The user's version isn't raised, so that a sign-in doesn't make a concurrent edit of the user fail.
    let mut values = vec![(":now", text(now.rfc3339())), (":password", text(&user.profile.credentials.password))];
    let mut update = "SET profile.credentials.last_login_at = :now".to_owned();
    if let Some(rehashed) = rehashed {
        update.push_str(", profile.credentials.password = :rehashed");
        values.push((":rehashed", text(rehashed)));
    }
    // Fails if the password was changed after it was checked.
    let change = UpdateExpression {
        update: &update,
        condition: Some("profile.credentials.password = :password"),
        names: &[],
        values: &values,
    };
    uow.transaction.update(Purpose::Version, Key::user(user.id), &change);
    let access = access_token(app, user, id, now).await?;
    uow.commit().await?;
    let mut user = user.clone();
    user.profile.credentials.last_login_at = Some(now);
    Ok(IssuedTokens { access, refresh: rotation.token.to_text(), expires_in: LIFETIME, user })
}

pub(crate) fn session_row(
    id: SessionId,
    user: &User,
    state: Session,
    version: u64,
    now: Instant,
) -> SessionRow<Session> {
    let ends_at = Instant::from_unix(state.expires_at()).unwrap_or(now);
    let generation = user.profile.credentials.generation;
    SessionRow { id, user: user.id, generation, state, second_factor: false, ends_at, version }
}

fn user_context(user: &User, origin: &Origin) -> Context {
    Context::of_user(user, origin.request_id.clone(), origin.ip_address.clone(), IdempotencyKey::generated())
}

/// Counts a failure and adds a row to the audit trail: about the user if there is one, otherwise about the nil id.
/// What was typed is stored nowhere.
async fn record_failure(app: &App, origin: &Origin, admission: &Admission, email: &str) -> Result<(), AppError> {
    let ctx = Context { ip_address: origin.ip_address.clone(), ..Context::of_system(origin.request_id.clone()) };
    let user = user_by_email(app, email).await?.map_or_else(UserId::nil, |user| user.id);
    crate::retry!(_number => async {
        let mut uow = UnitOfWork::new(app, &ctx);
        uow.audit(("user", user), AuditAction::LoginFailed, BTreeMap::new());
        admission.failed(&mut uow).await?;
        uow.commit().await
    })
}
