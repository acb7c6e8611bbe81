//! Finds the upcoming appointments of a doctor, room or patient. Reads the agenda, which is the lock, and not an index,
//! which is eventually consistent.

use crate::App;
use crate::support::error::{AppError, DependentAppointment};
use domain::appointment::Appointment;
use domain::ids::AppointmentId;
use domain::time::{Instant, Interval, TimeDelta};
use std::collections::BTreeSet;
use store::agenda::AgendaDay;
use store::keys::{Key, Resource};
use store::patterns;

/// How far ahead appointments are searched. Appointments are not booked further ahead.
const HORIZON: TimeDelta = TimeDelta::days(3 * 366);

/// The future up to the horizon of bookings.
#[must_use]
pub fn booking_horizon(now: Instant) -> Option<Interval> {
    Interval::new(now, now.plus(HORIZON))
}

/// The appointments in an agenda whose entries overlap the part of `span` that is to come. Held slots are included.
pub async fn upcoming_ids(app: &App, resource: Resource, span: Interval) -> Result<BTreeSet<AppointmentId>, AppError> {
    let Some(span) = Interval::new(span.start().max(app.now()), span.end()) else { return Ok(BTreeSet::new()) };
    let (from, to) = (span.start().utc_day(), span.end().utc_day());
    let days: Vec<AgendaDay> = app.table.query_all(&patterns::agenda_days(resource, from, to)).await?;
    let entries = days.iter().flat_map(|row| row.day().into_iter().flat_map(|day| row.entries(day)));
    Ok(entries.filter(|(_, entry)| entry.interval.overlaps(span)).map(|(id, _)| id).collect())
}

/// The upcoming appointments that occupy an agenda and overlap `span`, by start. Held slots are included.
pub async fn upcoming_appointments(
    app: &App,
    resource: Resource,
    span: Interval,
) -> Result<Vec<Appointment>, AppError> {
    let now = app.now();
    let keys: Vec<Key> = upcoming_ids(app, resource, span).await?.into_iter().map(Key::appointment).collect();
    let mut appointments = Vec::new();
    let mut batch = app.table.batch(&keys).await?;
    let overlaps_span = |appointment: &Appointment| appointment.interval().is_some_and(|time| time.overlaps(span));
    for key in &keys {
        let appointment = batch.take::<Appointment>(key)?;
        appointments.extend(appointment.filter(|appointment| {
            appointment.occupies_time() && appointment.start > now && overlaps_span(appointment)
        }));
    }
    appointments.sort_by_key(|appointment| appointment.start);
    Ok(appointments)
}

/// # Errors
/// [`AppError::InUse`] with the upcoming appointments, if there are any.
pub async fn expect_no_appointments(app: &App, resource: Resource, now: Instant) -> Result<(), AppError> {
    match booking_horizon(now) {
        Some(span) => expect_not_in_use(&upcoming_appointments(app, resource, span).await?),
        None => Ok(()),
    }
}

/// # Errors
/// [`AppError::InUse`] with `appointments`, if there are any.
pub fn expect_not_in_use(appointments: &[Appointment]) -> Result<(), AppError> {
    if appointments.is_empty() {
        Ok(())
    } else {
        Err(AppError::InUse(appointments.iter().map(dependent_appointment).collect()))
    }
}

fn dependent_appointment(appointment: &Appointment) -> DependentAppointment {
    DependentAppointment {
        appointment: appointment.id,
        start: appointment.start,
        end: appointment.end,
        zone: appointment.zone,
        status: appointment.status,
    }
}
