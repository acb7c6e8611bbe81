//! Changes the caller's own password: verifies the current one, as at sign-in, and ends the other sessions.

use super::admission::Admission;
use super::keys::KeyRing;
use super::{Origin, check_password, record_failure};
use crate::App;
use crate::accounts::users::{credentials, get_user};
use crate::directory::records::{self, Profile as _};
use crate::support::change::differences;
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use domain::ids::{SessionId, UserId};
use domain::user::UserProfile;
use domain::violation::Rule;
use identity::password::Password;
use identity::session::Session;
use store::Purpose;
use store::audit::AuditAction;
use store::keys::Key;
use store::session::SessionRow;

/// Sets a new password. The caller's session stays; every other session of the user ends.
///
/// # Errors
/// [`AppError::Validation`] if `current` is wrong; [`AppError::Throttled`] after too many failures.
pub async fn change_password(
    app: &App,
    ctx: &Context,
    session: SessionId,
    current: String,
    next: &Password,
) -> Result<(), AppError> {
    let id = ctx.user_id().ok_or(AppError::NotAuthenticated)?;
    let user = get_user(app, id).await?;
    let origin = Origin { request_id: ctx.request_id.clone(), ip_address: ctx.ip_address.clone() };
    let email = user.profile.email.as_str();
    let admission = Admission::request(app, &origin, KeyRing::read(app).await?.current(), email, Some(id)).await?;
    if !check_password(Some(&user), current).await?.matches {
        record_failure(app, &origin, &admission, email).await?;
        return Err(AppError::invalid("current_password", Rule::WrongPassword));
    }
    // Hashing is slow on purpose: hash once per request, not once per attempt.
    let hashed = credentials(next, 0)?.password;
    let checked = user.profile.credentials.password;
    crate::retry!(_number => try_change(app, ctx, id, session, &admission, &checked, &hashed))
}

async fn try_change(
    app: &App,
    ctx: &Context,
    id: UserId,
    session: SessionId,
    admission: &Admission,
    checked: &str,
    hashed: &str,
) -> Result<(), AttemptError> {
    let mut uow = UnitOfWork::new(app, ctx);
    let keys = [Key::user(id), Key::session(id, session)];
    let mut batch = app.table.batch(&keys).await?;
    let [user_key, session_key] = keys;
    let before = batch.take::<domain::user::User>(&user_key)?.ok_or(AppError::NotAuthenticated)?;
    let own = batch.take::<SessionRow<Session>>(&session_key)?.ok_or(AppError::NotAuthenticated)?;
    if before.profile.credentials.password != checked {
        return Err(AppError::invalid("current_password", Rule::WrongPassword).into());
    }
    let mut profile = before.profile.clone();
    hashed.clone_into(&mut profile.credentials.password);
    profile.credentials.generation += 1;
    let after = before.clone().changed(profile, before.is_active, uow.now);
    records::replace_record(&mut uow.transaction, &before, &after);
    let version = own.version;
    let generation = after.profile.credentials.generation;
    uow.transaction.replace(Purpose::Version, &SessionRow { generation, version: version + 1, ..own }, version);
    admission.undo(&mut uow.transaction);
    let changes = differences(Some(&before.profile), Some(&after.profile), UserProfile::AUDIT_PLAINTEXT);
    uow.audit((UserProfile::MODEL, id), AuditAction::Update, changes);
    uow.commit().await
}
