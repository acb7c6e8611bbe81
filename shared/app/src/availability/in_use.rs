//! Whether somebody's time is promised to patients. Decided from the agenda, which is the lock, and
//! never from an index, which lags.

use crate::App;
use crate::support::error::{AppError, Usage};
use domain::appointment::Appointment;
use domain::time::{Instant, Interval, TimeDelta};
use std::collections::BTreeSet;
use store::agenda::AgendaDay;
use store::keys::{Key, Resource};
use store::patterns;

/// How far ahead appointments are looked for. Nobody books an appointment years ahead.
const HORIZON: TimeDelta = TimeDelta::days(3 * 366);

/// The time to come, as far as anybody books.
#[must_use]
pub fn to_come(now: Instant) -> Option<Interval> {
    Interval::new(now, now.plus(HORIZON))
}

/// The appointments still to come that take time in an agenda, agreed upon or held, and of which some lies
/// in `span`; by start.
///
/// # Errors
/// What reading says.
pub async fn appointments_in(app: &App, resource: Resource, span: Interval) -> Result<Vec<Appointment>, AppError> {
    let now = app.now();
    let Some(span) = Interval::new(span.start().max(now), span.end()) else { return Ok(Vec::new()) };
    let (from, to) = (span.start().utc_day(), span.end().utc_day());
    let days: Vec<AgendaDay> = app.table.query_all(&patterns::agenda_days(resource, from, to)).await?;
    let ids: BTreeSet<_> = days
        .iter()
        .flat_map(|row| row.day().into_iter().flat_map(|day| row.entries(day)))
        .filter(|(_, entry)| entry.interval.overlaps(span))
        .map(|(id, _)| id)
        .collect();
    let keys: Vec<Key> = ids.into_iter().map(Key::appointment).collect();
    let mut appointments = Vec::new();
    let mut batch = app.table.batch(&keys).await?;
    let lies_there = |appointment: &Appointment| appointment.interval().is_some_and(|time| time.overlaps(span));
    for key in &keys {
        let appointment = batch.take::<Appointment>(key)?;
        appointments.extend(
            appointment
                .filter(|appointment| appointment.takes_time() && appointment.start > now && lies_there(appointment)),
        );
    }
    appointments.sort_by_key(|appointment| appointment.start);
    Ok(appointments)
}

/// Refuses where any appointments are to come.
///
/// # Errors
/// [`AppError::InUse`] that lists them.
pub async fn expect_free(app: &App, resource: Resource, now: Instant) -> Result<(), AppError> {
    match to_come(now) {
        Some(span) => refuse(&appointments_in(app, resource, span).await?),
        None => Ok(()),
    }
}

/// Refuses where `appointments` has any.
///
/// # Errors
/// [`AppError::InUse`] that lists them.
pub fn refuse(appointments: &[Appointment]) -> Result<(), AppError> {
    if appointments.is_empty() { Ok(()) } else { Err(AppError::InUse(appointments.iter().map(usage).collect())) }
}

fn usage(appointment: &Appointment) -> Usage {
    Usage {
        appointment: appointment.id,
        start: appointment.start,
        end: appointment.end,
        zone: appointment.zone,
        status: appointment.status,
    }
}
