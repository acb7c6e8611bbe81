//! Whether somebody's time is promised to patients. Decided from the agenda, which is the lock, and
//! never from an index, which lags.

use crate::App;
use crate::error::{AppError, Usage};
use domain::appointment::Appointment;
use domain::time::{Days, Instant, LocalDate};
use std::collections::BTreeSet;
use store::agenda::AgendaDay;
use store::keys::{Key, Resource};
use store::patterns;

/// How far ahead visits are looked for. Nobody books a visit years ahead.
const HORIZON_DAYS: u64 = 3 * 366;

/// The visits still to come that take time in an agenda: agreed upon, or held.
///
/// # Errors
/// What reading says.
pub async fn future_visits(app: &App, resource: Resource, now: Instant) -> Result<Vec<Appointment>, AppError> {
    let from = now.utc_day();
    let to = from.checked_add_days(Days::new(HORIZON_DAYS)).unwrap_or(LocalDate::MAX);
    let days: Vec<AgendaDay> = app.table.query_all(&patterns::agenda_days(resource, from, to)).await?;
    let ids: BTreeSet<_> = days
        .iter()
        .flat_map(|row| row.day().into_iter().flat_map(|day| row.entries(day)))
        .filter(|(_, entry)| entry.interval.end() > now)
        .map(|(id, _)| id)
        .collect();
    let keys: Vec<Key> = ids.into_iter().map(Key::appointment).collect();
    let mut visits = Vec::new();
    let mut batch = app.table.batch(&keys).await?;
    for key in &keys {
        visits.extend(batch.take::<Appointment>(key)?.filter(|visit| visit.takes_time() && visit.start > now));
    }
    visits.sort_by_key(|visit| visit.start);
    Ok(visits)
}

/// Refuses where there are any.
///
/// # Errors
/// [`AppError::InUse`] that lists them.
pub async fn expect_free(app: &App, resource: Resource, now: Instant) -> Result<(), AppError> {
    refuse(&future_visits(app, resource, now).await?)
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
