//! Creates the first ADMIN of a deployment, once. There is no route for it: an operator invokes the Lambda
//! function directly.
//!
//! The row that counts the active ADMINs shows whether there was one: it is created with the first ADMIN and never
//! deleted, since the last active ADMIN can't be removed.

use crate::App;
use crate::accounts::users::{credentials, get_user};
use crate::directory::records::{self, Profile as _, RecordDraft};
use crate::support::change::differences;
use crate::support::context::Context;
use crate::support::dependents::Existing;
use crate::support::error::AppError;
use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use domain::email::Email;
use domain::text::Line;
use domain::user::{Role, User, UserProfile};
use identity::password::Password;
use std::collections::BTreeSet;
use store::Purpose;
use store::audit::AuditAction;
use store::counter::Counter;
use store::keys::Key;

#[derive(Debug, Clone)]
pub struct FirstAdmin {
    pub email: Email,
    pub first_name: Option<Line<100>>,
    pub last_name: Option<Line<100>>,
}

/// The field that [`AppError::AlreadyExists`] names if the table has, or had, an ADMIN.
pub const ADMIN: &str = "admin";

/// Creates the first ADMIN, who has access to every clinic.
///
/// # Errors
/// [`AppError::AlreadyExists`]: of [`ADMIN`] if this table ever had one, of `email` if another user has the address.
pub async fn create_first_admin(
    app: &App,
    ctx: &Context,
    admin: FirstAdmin,
    password: &Password,
) -> Result<User, AppError> {
    let profile = UserProfile {
        email: admin.email,
        first_name: admin.first_name,
        last_name: admin.last_name,
        role: Role::Admin,
        clinics: BTreeSet::new(),
        language: None,
        credentials: credentials(password, 1)?,
    };
    let next = RecordDraft::from(profile);
    crate::retry!(number => try_create(app, ctx, &next, number))
}

async fn try_create(
    app: &App,
    ctx: &Context,
    next: &RecordDraft<UserProfile>,
    attempt: u32,
) -> Result<User, AttemptError> {
    // The response to the previous attempt may have been lost; then the existing ADMIN is this one.
    if let Some(id) = ctx.previous_outcome(app, attempt).await? {
        return Ok(get_user(app, id).await?);
    }
    if app.table.get::<Counter>(&Key::admins()).await?.is_some() {
        return Err(AttemptError::Fail(AppError::AlreadyExists { field: ADMIN, existing: Existing::Unique(None) }));
    }
    let mut uow = UnitOfWork::new(app, ctx);
    let user = next.clone().into_record(app.new_id(), uow.now);
    uow.record_outcome(user.id);
    records::add_record(&mut uow.transaction, &user);
    // Of two concurrent requests, the condition on this row refuses the second one.
    uow.transaction.create(Purpose::Counter, &Counter::zero(Key::admins()).plus(1));
    let changes = differences(None, Some(&next.profile), UserProfile::AUDIT_PLAINTEXT);
    uow.audit((UserProfile::MODEL, user.id), AuditAction::Create, changes);
    uow.commit().await?;
    Ok(user)
}
