//! Finds the upcoming appointments of a doctor, room or patient. Reads the agenda, which is the lock, and not an index,
//! which is eventually consistent.

use crate::App;
use crate::support::concurrency::try_join_bounded;
use crate::support::context::Context;
use crate::support::dependents::{AffectedAppointment, AffectedAppointments, Dependents};
use crate::support::error::AppError;
use domain::appointment::Appointment;
use domain::ids::{AppointmentId, RoomId};
use domain::patient::Patient;
use domain::time::{Instant, Interval, TimeDelta};
use domain::user::Scope;
use std::collections::{BTreeMap, BTreeSet};
use store::agenda::AgendaDay;
use store::keys::{Key, Resource};
use store::patterns;

/// How far ahead appointments are searched. Appointments are not booked further ahead.
const HORIZON: TimeDelta = TimeDelta::days(3 * 366);

/// How many appointments one answer lists. It counts the others, so that it fits into a response.
const MAX_LISTED: usize = 1_000;

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

/// The upcoming appointments of all rooms, by start.
pub async fn appointments_of_rooms(
    app: &App,
    rooms: impl Iterator<Item = RoomId> + Send,
) -> Result<Vec<Appointment>, AppError> {
    let Some(span) = booking_horizon(app.now()) else { return Ok(Vec::new()) };
    let reads = rooms.map(|room| upcoming_appointments(app, Resource::Room(room), span));
    let mut appointments = try_join_bounded(reads).await?.concat();
    appointments.sort_by_key(|appointment| appointment.start);
    Ok(appointments)
}

/// # Errors
/// [`AppError::InUse`] with `appointments`, if there are any.
pub fn expect_not_in_use(scope: &Scope, appointments: &[Appointment]) -> Result<(), AppError> {
    if appointments.is_empty() {
        return Ok(());
    }
    Err(AppError::InUse(Box::new(dependent_appointments(scope, appointments))))
}

/// The appointments that a caller with this scope may see, and the number of the others.
#[must_use]
pub fn dependent_appointments(scope: &Scope, appointments: &[Appointment]) -> Dependents {
    let visible = || appointments.iter().filter(|appointment| scope.includes(appointment.clinic));
    let listed = visible().take(MAX_LISTED).map(Into::into).collect::<Vec<_>>();
    Dependents { others: appointments.len() - listed.len(), appointments: listed, ..Dependents::default() }
}

/// Adds the patients' numbers to affected appointments, for a person who calls them.
pub async fn affected_appointments(
    app: &App,
    ctx: &Context,
    appointments: &[Appointment],
) -> Result<AffectedAppointments, AppError> {
    let visible = appointments.iter().filter(|appointment| ctx.scope.includes(appointment.clinic));
    let visible: Vec<&Appointment> = visible.take(MAX_LISTED).collect();
    let keys: BTreeSet<Key> = visible.iter().map(|appointment| Key::patient(appointment.patient)).collect();
    let keys: Vec<Key> = keys.into_iter().collect();
    let mut batch = app.table.batch(&keys).await?;
    let mut numbers = BTreeMap::new();
    for key in &keys {
        numbers.extend(batch.take::<Patient>(key)?.map(|patient| (patient.id, patient.profile.phone_number)));
    }
    let affected = visible.into_iter().map(|appointment| AffectedAppointment {
        appointment: Box::new(appointment.clone()),
        phone_number: numbers.get(&appointment.patient).cloned().flatten(),
    });
    Ok(AffectedAppointments { visible: affected.collect(), count: appointments.len() })
}
