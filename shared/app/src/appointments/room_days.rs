//! The days on which a room has appointments, from its agenda.
//!
//! Appointments are stored among those of their clinic, the cancelled and the moved ones too, which are in no agenda. But a day
//! stays in the agenda of a room once something was booked on it. So a list reads the appointments of the clinic on
//! these days only, however rarely the room is used, and a booking writes nothing more.

use crate::App;
use crate::appointments::all_appointments::count_all;
use crate::support::error::AppError;
use crate::support::listing::Position;
use crate::support::retry::AttemptError;
use domain::appointment::Appointment;
use domain::ids::RoomId;
use domain::time::{Instant, LocalDate, LocalTime};
use std::collections::BTreeSet;
use store::Transaction;
use store::agenda::{AgendaDay, AgendaSnapshot, add_missing_days, day_keys};
use store::keys::{Key, Resource, start_day};
use store::patterns::{self, Pattern};

/// The most days of one page: enough for a page of the usual size even with one appointment a day.
const MAX_DAYS: usize = 120;

/// The parts of a range of a clinic's appointments that may have appointments of a room: those of each run of days. Where the
/// agenda has more days than a page needs, the last part is the whole rest.
pub(super) async fn ranges(
    app: &App,
    room: RoomId,
    of_clinic: &Pattern,
    from: Option<&Position>,
) -> Result<Vec<Pattern>, AppError> {
    let backwards = from.is_some_and(|from| from.backwards);
    let position = from.and_then(|from| start_day(&from.key));
    let (mut first, mut last) = (start_day(&of_clinic.from), start_day(&of_clinic.to));
    if position.is_some() {
        *(if backwards { &mut last } else { &mut first }) = position;
    }
    let (first, last) = (first.unwrap_or(LocalDate::MIN), last.unwrap_or(domain::time::LAST_DAY));
    let days = patterns::agenda_days(Resource::Room(room), first, last).eventually_consistent().limit(MAX_DAYS);
    let read = app.table.query::<AgendaDay>(&if backwards { days.reversed() } else { days }).await?;
    let mut days: Vec<LocalDate> = read.rows.iter().filter_map(|(_, row)| row.day()).collect();
    days.sort();
    let runs = runs(&days);
    let last_run = runs.len().saturating_sub(1);
    let part = |(at, (first, last)): (usize, (LocalDate, LocalDate))| {
        // The days that weren't read lie beyond the last one in the order of reading.
        let (is_rest_before, is_rest_after) = (backwards && at == 0, !backwards && at == last_run);
        let from = midnight(Some(first).filter(|_| !(read.more && is_rest_before)));
        let to = midnight(last.succ_opt().filter(|_| !(read.more && is_rest_after)));
        of_clinic.between(from, to)
    };
    Ok(runs.into_iter().enumerate().map(part).filter(|range| !range.is_empty()).collect())
}

/// The beginning of a UTC day.
pub(super) fn midnight(day: Option<LocalDate>) -> Option<Instant> {
    day.map(|day| Instant::from_utc(day.and_time(LocalTime::MIN).and_utc()))
}

/// The first and the last day of each run of days without a gap.
fn runs(days: &[LocalDate]) -> Vec<(LocalDate, LocalDate)> {
    let mut runs: Vec<(LocalDate, LocalDate)> = Vec::new();
    for day in days {
        match runs.last_mut() {
            Some((_, last)) if last.succ_opt() == Some(*day) => *last = *day,
            _ => runs.push((*day, *day)),
        }
    }
    runs
}

/// Adds the days of an appointment that occupies no time, and so made none when it was written.
pub(crate) async fn add_missing(
    app: &App,
    appointment: &Appointment,
    transaction: &mut Transaction,
) -> Result<(), AppError> {
    let Some(interval) = appointment.interval() else { return Ok(()) };
    let room = Resource::Room(appointment.room);
    let keys: Vec<Key> = day_keys(room, interval).collect();
    let days = AgendaSnapshot::from_batch(room, interval, &mut app.table.batch(&keys).await?)?;
    add_missing_days(&days, transaction);
    Ok(())
}

/// Adds the days of appointments that were imported before November 2026 without occupying time. Until then `?room=` lacks them,
/// where the room has no other appointment on that day. Returns how many had none.
///
/// # Errors
/// Those of the table. What was written before stays, and another run continues.
pub async fn migrate_room_days(app: &App) -> Result<usize, AppError> {
    let mut seen = BTreeSet::new();
    count_all(app, async |appointment| {
        if appointment.occupies_time() || !seen.insert((appointment.room, appointment.start.utc_day())) {
            return Ok(false);
        }
        crate::retry!(_number => try_add(app, appointment))
    })
    .await
}

async fn try_add(app: &App, appointment: &Appointment) -> Result<bool, AttemptError> {
    let mut transaction = Transaction::default();
    add_missing(app, appointment, &mut transaction).await?;
    if transaction.is_empty() {
        return Ok(false);
    }
    app.table.transact(transaction).await?;
    Ok(true)
}
