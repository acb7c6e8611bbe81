//! Whom a change of the calendar would leave without a place.

use crate::App;
use crate::availability::in_use::{appointments_in, to_come};
use crate::support::error::AppError;
use domain::appointment::Appointment;
use domain::availability::covering;
use domain::clinic::Clinic;
use domain::ids::DoctorId;
use domain::schedule::Source;
use domain::time::{Days, Instant, Interval, LocalDate, Zone};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use std::collections::BTreeMap;
use store::keys::{Key, Resource};
use store::patterns;
use store::schedule::Timetable;
use store::sweep::{Closed, Guarded, RoomMember};

/// How many agendas are read at once.
const AT_ONCE: usize = 8;

/// The doctor's appointments that lie in an opening of `before`, and in none of what stands now; or, with
/// `replaced`, of what will stand when the first is replaced by the second.
///
/// # Errors
/// What reading says.
pub async fn without_opening(
    app: &App,
    doctor: DoctorId,
    before: &Timetable,
    replaced: Option<(Source, Timetable)>,
) -> Result<Vec<Appointment>, AppError> {
    let now = app.now();
    let Some(span) = span(before, now) else { return Ok(Vec::new()) };
    let appointments = appointments_in(app, Resource::Doctor(doctor), span).await?;
    let Some((first, last)) = appointments.first().zip(appointments.last()) else { return Ok(Vec::new()) };
    let (from, to) = (around(first).0, around(last).1);
    let mut after = Timetable::read(&app.table, doctor, from, to).await?;
    if let Some((source, next)) = replaced {
        after = after.without(source).and(next);
    }
    Ok(appointments.into_iter().filter(|appointment| loses_its_opening(appointment, before, &after)).collect())
}

fn loses_its_opening(appointment: &Appointment, before: &Timetable, after: &Timetable) -> bool {
    let Some(time) = appointment.interval() else { return false };
    let (from, to) = around(appointment);
    let lay_there = before
        .openings(from, to)
        .iter()
        .any(|opening| opening.room == appointment.room && opening.interval().is_some_and(|open| open.overlaps(time)));
    lay_there && covering(&after.openings(from, to), Some(appointment.room), time).is_none()
}

/// The local days whose openings can hold an appointment.
fn around(appointment: &Appointment) -> (LocalDate, LocalDate) {
    let day = appointment.zone.date(appointment.start);
    (day.pred_opt().unwrap_or(day), day.succ_opt().unwrap_or(day))
}

/// The time to come in which windows and rules have openings.
fn span(timetable: &Timetable, now: Instant) -> Option<Interval> {
    let horizon = to_come(now)?;
    let windows = timetable.windows.iter().filter_map(|window| window.opening().interval());
    let rules = timetable.rules.iter().filter_map(|rule| {
        let start = rule.zone.day(rule.valid_from)?.start();
        let end = rule.valid_until.and_then(|last| rule.zone.day(last)).map_or(horizon.end(), Interval::end);
        Interval::new(start, end)
    });
    let all: Vec<Interval> = windows.chain(rules).collect();
    let start = all.iter().map(|part| part.start()).min()?.max(now);
    let end = all.iter().map(|part| part.end()).max()?.min(horizon.end());
    Interval::new(start, end)
}

/// The appointments in time that is to be closed.
///
/// # Errors
/// What reading says.
pub async fn in_closed_time(app: &App, of: Guarded, closed: Closed) -> Result<Vec<Appointment>, AppError> {
    if closed == Closed::Nothing {
        return Ok(Vec::new());
    }
    let appointments = stream::iter(concerned(app, of).await?)
        .map(|(resource, zone)| async move {
            match stretch(closed, zone, app.now()) {
                Some(span) => appointments_in(app, resource, span).await,
                None => Ok(Vec::new()),
            }
        })
        .buffer_unordered(AT_ONCE)
        .try_concat();
    let mut appointments: Vec<Appointment> = appointments.await?;
    appointments.sort_by_key(|appointment| appointment.start);
    Ok(appointments)
}

/// The time that is closed, by a clinic's wall clock where that matters.
pub(super) fn stretch(closed: Closed, zone: Zone, now: Instant) -> Option<Interval> {
    match closed {
        Closed::Nothing => None,
        Closed::Time(start, end) => Interval::new(start, end),
        Closed::Day(date) => zone.day(date),
        Closed::Forever => to_come(now),
    }
}

/// Whose guards and agendas a change is about, and the clock by which they count days.
pub(super) async fn concerned(app: &App, of: Guarded) -> Result<Vec<(Resource, Zone)>, AppError> {
    let clinic = match of {
        Guarded::One(resource) => return Ok(vec![(resource, Zone::utc())]),
        Guarded::Clinic(clinic) => Some(clinic),
        Guarded::Everywhere => None,
    };
    let members: Vec<RoomMember> = app.table.query_all(&patterns::room_members(clinic)).await?;
    let keys: Vec<Key> = members.iter().map(|member| Key::clinic(member.clinic)).collect();
    let mut batch = app.table.batch(&keys).await?;
    let mut zones = BTreeMap::new();
    for member in &members {
        let clinic = batch.take::<Clinic>(&Key::clinic(member.clinic))?;
        zones.extend(clinic.map(|clinic| (member.clinic, clinic.profile.timezone)));
    }
    let zone = |member: &RoomMember| zones.get(&member.clinic).copied();
    Ok(members.iter().filter_map(|member| Some((Resource::Room(member.room), zone(member)?))).collect())
}

/// The first local day of a clinic that may not be over yet, wherever it is.
pub(super) fn yesterday(now: Instant) -> LocalDate {
    now.utc_day().checked_sub_days(Days::new(1)).unwrap_or_else(|| now.utc_day())
}
