//! Writes the pointers of appointments that needed attention before there were pointers (until November 2026). Until that is done
//! the worklist lacks these appointments.

use crate::App;
use crate::appointments::all_appointments::count_all;
use crate::support::error::AppError;
use crate::support::retry::AttemptError;
use domain::appointment::Appointment;
use domain::ids::AppointmentId;
use store::attention::AppointmentAttention;
use store::item::{Entity as _, number};
use store::keys::Key;
use store::{Purpose, Transaction};

/// Writes the missing pointers of every clinic. Returns how many.
///
/// # Errors
/// Those of the table. What was written before stays, and another run continues.
pub async fn migrate_attention(app: &App) -> Result<usize, AppError> {
    count_all(app, async |appointment| match appointment.needs_attention {
        true => crate::retry!(_number => add_pointer(app, appointment.id)),
        false => Ok(false),
    })
    .await
}

async fn add_pointer(app: &App, id: AppointmentId) -> Result<bool, AttemptError> {
    let Some(appointment) = app.table.get::<Appointment>(&Key::appointment(id)).await? else { return Ok(false) };
    let Some(pointer) = AppointmentAttention::of(&appointment) else { return Ok(false) };
    if app.table.get::<AppointmentAttention>(&pointer.key()).await?.as_ref() == Some(&pointer) {
        return Ok(false);
    }
    let mut transaction = Transaction::default();
    // The change that settles it meanwhile finds no pointer to delete, so this one must not come after it.
    transaction.check(
        Purpose::Version,
        appointment.key(),
        "version = :read",
        &[(":read", number(appointment.version))],
    );
    transaction.overwrite(Purpose::Append, &pointer);
    app.table.transact(transaction).await?;
    Ok(true)
}
