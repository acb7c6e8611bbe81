//! The first ADMIN of a deployment. Whoever may invoke the function that does this makes it, once; no
//! route leads here.
//!
//! What says that there was one is the row that counts the active ADMINs: it is made with the first,
//! and stays whatever becomes of that user, since the last active ADMIN can't be taken away.

use crate::App;
use crate::accounts::users::{credentials, get_user};
use crate::directory::records::{self, Next, Profile as _};
use crate::support::attempts::Failure;
use crate::support::change::{audit, differences};
use crate::support::context::Context;
use crate::support::error::AppError;
use domain::email::Email;
use domain::text::Line;
use domain::user::{Role, User, UserProfile};
use identity::password::Password;
use std::collections::BTreeSet;
use store::audit::AuditAction;
use store::counter::Counter;
use store::keys::Key;
use store::{Purpose as Action, Transaction};

/// Who the first ADMIN is.
#[derive(Debug, Clone)]
pub struct FirstAdmin {
    /// What to sign in with.
    pub email: Email,
    /// Given names.
    pub first_name: Option<Line<100>>,
    /// Family names.
    pub last_name: Option<Line<100>>,
}

/// The field that [`AppError::AlreadyExists`] names where there is an ADMIN, or was one.
pub const ADMIN: &str = "admin";

/// Makes the first ADMIN, who sees every clinic.
///
/// # Errors
/// [`AppError::AlreadyExists`]: of [`ADMIN`] if this table ever had one, of `email` if the address is
/// another user's.
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
        credentials: credentials(password, 1)?,
    };
    let next = Next::from(profile);
    crate::attempt!(number => try_create(app, ctx, &next, number))
}

async fn try_create(app: &App, ctx: &Context, next: &Next<UserProfile>, attempt: u32) -> Result<User, Failure> {
    // The answer to the attempt before may have been lost; then the ADMIN that is found is this one.
    if let Some(id) = ctx.done_before(app, attempt).await? {
        return Ok(get_user(app, id).await?);
    }
    if app.table.get::<Counter>(&Key::admins()).await?.is_some() {
        return Err(Failure::Final(AppError::AlreadyExists { field: ADMIN }));
    }
    let now = app.now();
    let user = next.clone().into_record(app.new_id(), now);
    let mut transaction: Transaction = ctx.begin(user.id, now);
    records::add(&mut transaction, &user);
    // Of two at once, the second finds it there and is refused as a whole.
    transaction.create(Action::Counter, &Counter::zero(Key::admins()).plus(1));
    let changes = differences(None, Some(&next.profile), UserProfile::OPEN);
    audit(app, ctx, &mut transaction, now, (UserProfile::MODEL, user.id), AuditAction::Create, changes);
    ctx.commit(app, transaction).await?;
    Ok(user)
}
