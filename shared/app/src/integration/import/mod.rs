//! Imports records from another system, and appointments with their history. Each record has a given id, so that a
//! second import finds it and leaves it unchanged.
//!
//! The same code as for every other change writes the rows. No message is sent. The audit trail records the time of the
//! import, not the original time, whose audit window may be sealed.

pub mod appointments;

use crate::App;
use crate::accounts::users;
use crate::directory::records::{self, Profile};
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use domain::record::Record;
use domain::user::User;
use store::Key;
use store::item::Entity;

pub use appointments::{ImportedAction, ImportedAppointment, ImportedMessage, import_appointment};

/// Creates a record unless it exists. Returns whether it was created.
///
/// # Errors
/// [`AppError::AlreadyExists`] if another record has one of the unique values.
pub async fn import_record<P: Profile>(app: &App, ctx: &Context, record: &Record<P::Id, P>) -> Result<bool, AppError>
where
    Record<P::Id, P>: Entity,
{
    crate::retry!(_number => async {
        if app.table.get::<Record<P::Id, P>>(&P::key(record.id)).await?.is_some() {
            return Ok(false);
        }
        Box::pin(records::commit_new(UnitOfWork::new(app, ctx), record)).await?;
        Ok::<bool, AttemptError>(true)
    })
}

/// Creates a user unless it exists. Returns whether it was created.
///
/// # Errors
/// [`AppError::AlreadyExists`] if another user has this e-mail address.
pub async fn import_user(app: &App, ctx: &Context, user: &User) -> Result<bool, AppError> {
    crate::retry!(_number => async {
        if app.table.get::<User>(&Key::user(user.id)).await?.is_some() {
            return Ok(false);
        }
        users::insert_user(UnitOfWork::new(app, ctx), user).await?;
        Ok::<bool, AttemptError>(true)
    })
}
