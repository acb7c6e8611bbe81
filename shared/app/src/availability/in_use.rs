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

/// How far ahead visits are looked for. Nobody books a visit years ahead.
const HORIZON: TimeDelta = TimeDelta::days(3 * 366);

/// The time to come, as far as anybody books.
#[must_use]
pub fn to_come(now: Instant) -> Option<Interval> {
    Interval::new(now, now.plus(HORIZON))
}

/// The visits still to come that take time in an agenda, agreed upon or held, and of which some lies
/// in `span`; by start.
///
/// # Errors
/// What reading says.
pub async fn visits_in(app: &App, resource: Resource, span: Interval) -> Result<Vec<Appointment>, AppError> {
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
    let mut visits = Vec::new();
    let mut batch = app.table.batch(&keys).await?;
    let lies_there = |visit: &Appointment| visit.interval().is_some_and(|time| time.overlaps(span));
    for key in &keys {
        let visit = batch.take::<Appointment>(key)?;
        visits.extend(visit.filter(|visit| visit.takes_time() && visit.start > now && lies_there(visit)));
    }
    visits.sort_by_key(|visit| visit.start);
    Ok(visits)
}

/// Refuses where any visits are to come.
///
/// # Errors
/// [`AppError::InUse`] that lists them.
pub async fn expect_free(app: &App, resource: Resource, now: Instant) -> Result<(), AppError> {
    match to_come(now) {
        Some(span) => refuse(&visits_in(app, resource, span).await?),
        None => Ok(()),
    }
}

/// Refuses where `visits` has any.
///
/// # Errors
/// [`AppError::InUse`] that lists them.
pub fn refuse(visits: &[Appointment]) -> Result<(), AppError> {
    if visits.is_empty() { Ok(()) } else { Err(AppError::InUse(visits.iter().map(usage).collect())) }
}

fn usage(visit: &Appointment) -> Usage {
    Usage { appointment: visit.id, start: visit.start, end: visit.end, zone: visit.zone, status: visit.status }
}
