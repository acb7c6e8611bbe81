//! What is brought in from another system: things under ids that were chosen for them, so that a second
//! import finds them there and leaves them alone; and appointments with the past that they had there.
//!
//! The rows are those of every other change, made by the same code. Nothing is sent, and the audit trail
//! says when it was brought in, not when it once happened: its days may be sealed.

pub mod appointments;

use crate::App;
use crate::accounts::users;
use crate::directory::records::{self, Profile};
use crate::support::attempts::Failure;
use crate::support::context::Context;
use crate::support::error::AppError;
use domain::record::Record;
use domain::user::User;
use store::item::Entity;
use store::{Key, Transaction};

pub use appointments::{OldAppointment, OldDeed, OldMessage, bring_appointment};

/// Brings a record. Answers whether it wasn't there yet.
///
/// # Errors
/// [`AppError::AlreadyExists`] for a value that another one has.
pub async fn bring<P: Profile>(app: &App, ctx: &Context, record: &Record<P::Id, P>) -> Result<bool, AppError>
where
    Record<P::Id, P>: Entity,
{
    crate::attempt!(_number => async {
        if app.table.get::<Record<P::Id, P>>(&P::key(record.id)).await?.is_some() {
            return Ok(false);
        }
        Box::pin(records::make(app, ctx, Transaction::default(), record, app.now())).await?;
        Ok::<bool, Failure>(true)
    })
}

/// Brings a user. Answers whether it wasn't there yet.
///
/// # Errors
/// [`AppError::AlreadyExists`] for an e-mail address that is taken.
pub async fn bring_user(app: &App, ctx: &Context, user: &User) -> Result<bool, AppError> {
    crate::attempt!(_number => async {
        if app.table.get::<User>(&Key::user(user.id)).await?.is_some() {
            return Ok(false);
        }
        users::make(app, ctx, Transaction::default(), user, app.now()).await?;
        Ok::<bool, Failure>(true)
    })
}
