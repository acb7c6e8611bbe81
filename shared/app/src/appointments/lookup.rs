//! Reads an appointment for a caller.

use crate::App;
use crate::support::context::{Context, Outcome};
use crate::support::error::AppError;
use domain::appointment::Appointment;
use domain::ids::AppointmentId;
use std::collections::BTreeSet;
use store::keys::Key;

/// # Errors
/// [`AppError::NotFound`], also outside the caller's clinics.
pub async fn load_appointment(app: &App, ctx: &Context, id: AppointmentId) -> Result<Appointment, AppError> {
    let appointment = ctx.get_or_prefetched::<Appointment>(app, &Key::appointment(id)).await?;
    appointment.filter(|appointment| ctx.scope.includes(appointment.clinic)).ok_or(AppError::NotFound)
}

/// The appointments with some ids, in the order of their ids. One that doesn't exist is left out.
pub(crate) async fn get_appointments(
    app: &App,
    ids: impl IntoIterator<Item = AppointmentId>,
) -> Result<Vec<Appointment>, AppError> {
    let ids: BTreeSet<AppointmentId> = ids.into_iter().collect();
    let keys: Vec<Key> = ids.into_iter().map(Key::appointment).collect();
    let mut batch = app.table.batch(&keys).await?;
    let mut appointments = Vec::new();
    for key in &keys {
        appointments.extend(batch.take::<Appointment>(key)?);
    }
    Ok(appointments)
}

/// On an error, returns the outcome of a concurrent delivery of the same request, if there is one.
pub(crate) async fn or_concurrent_outcome(
    app: &App,
    ctx: &Context,
    result: Result<Outcome<Appointment>, AppError>,
) -> Result<Outcome<Appointment>, AppError> {
    match result {
        Ok(outcome) => Ok(outcome),
        Err(error) => {
            let id = ctx.concurrent_outcome(app, error).await?;
            Ok(Outcome { value: load_appointment(app, ctx, id).await?, replayed: true })
        }
    }
}
