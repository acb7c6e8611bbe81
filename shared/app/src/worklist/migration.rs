//! Writes the pointers of appointments that needed attention before there were pointers (until November 2026). Until that is done
//! the worklist lacks these appointments.

use crate::App;
use crate::support::error::AppError;
use crate::support::retry::AttemptError;
use domain::appointment::Appointment;
use domain::clinic::Clinic;
use domain::ids::{AppointmentId, ClinicId};
use store::attention::AppointmentAttention;
use store::item::{Entity as _, number};
use store::keys::{Directory, Key};
use store::{Purpose, Transaction, patterns};

/// Writes the missing pointers of every clinic. Returns how many.
///
/// # Errors
/// Those of the table. What was written before stays, and another run continues.
pub async fn migrate_attention(app: &App) -> Result<usize, AppError> {
    let mut written = 0;
    for active in [true, false] {
        for clinic in app.table.query_all::<Clinic>(&patterns::directory(Directory::Clinics, active)).await? {
            written += migrate_clinic(app, clinic.id).await?;
        }
    }
    Ok(written)
}

async fn migrate_clinic(app: &App, clinic: ClinicId) -> Result<usize, AppError> {
    let mut written = 0;
    let mut pattern = patterns::appointments_of_clinic(clinic, None, None);
    loop {
        let page = app.table.work_page::<Appointment>(&pattern).await?;
        for appointment in page.rows.into_iter().filter(|appointment| appointment.needs_attention) {
            written += usize::from(crate::retry!(_number => add_pointer(app, appointment.id))?);
        }
        match page.next {
            Some(position) => pattern = pattern.after(&position),
            None => return Ok(written),
        }
    }
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
