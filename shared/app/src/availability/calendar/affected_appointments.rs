//! Finds the appointments that a change of the calendar would strand.

use crate::App;
use crate::availability::in_use::{booking_horizon, upcoming_appointments};
use crate::support::concurrency::try_join_bounded;
use crate::support::error::AppError;
use domain::appointment::Appointment;
use domain::availability::covering_period;
use domain::clinic::Clinic;
use domain::ids::DoctorId;
use domain::schedule::Source;
use domain::time::{Days, Instant, Interval, LocalDate, Zone};
use std::collections::BTreeMap;
use store::keys::{Key, Resource};
use store::patterns;
use store::schedule::Timetable;
use store::sweep::{Closure, GuardScope, RoomMember};

/// The doctor's upcoming appointments that overlap availability of `before` and are not covered by the availability
/// after the change. `replaced` is a change that is not stored yet: the window or rule, and its replacement.
pub async fn appointments_losing_availability(
    app: &App,
    doctor: DoctorId,
    before: &Timetable,
    replaced: Option<(Source, Timetable)>,
) -> Result<Vec<Appointment>, AppError> {
    let now = app.now();
    let Some(span) = upcoming_span([before], now) else { return Ok(Vec::new()) };
    let appointments = upcoming_appointments(app, Resource::Doctor(doctor), span).await?;
    let Some((first, last)) = appointments.first().zip(appointments.last()) else { return Ok(Vec::new()) };
    let (from, to) = (surrounding_days(first).0, surrounding_days(last).1);
    let mut after = Timetable::read(&app.table, doctor, from, to).await?;
    if let Some((source, next)) = replaced {
        after = after.without(source).merged(next);
    }
    Ok(appointments.into_iter().filter(|appointment| loses_availability(appointment, before, &after)).collect())
}

fn loses_availability(appointment: &Appointment, before: &Timetable, after: &Timetable) -> bool {
    let Some(time) = appointment.interval() else { return false };
    let (from, to) = surrounding_days(appointment);
    was_available(appointment, before)
        && covering_period(&after.periods(from, to), Some(appointment.room), time).is_none()
}

/// Whether a timetable has availability at some time of the appointment, in its room.
pub(super) fn was_available(appointment: &Appointment, before: &Timetable) -> bool {
    let Some(time) = appointment.interval() else { return false };
    let (from, to) = surrounding_days(appointment);
    before
        .periods(from, to)
        .iter()
        .any(|period| period.room == appointment.room && period.interval().is_some_and(|open| open.overlaps(time)))
}

/// The local days whose availability can contain an appointment.
pub(super) fn surrounding_days(appointment: &Appointment) -> (LocalDate, LocalDate) {
    let day = appointment.zone.date(appointment.start);
    (day.pred_opt().unwrap_or(day), day.succ_opt().unwrap_or(day))
}

/// The part of the future that contains the availability of some timetables.
pub(super) fn upcoming_span<const N: usize>(timetables: [&Timetable; N], now: Instant) -> Option<Interval> {
    let horizon = booking_horizon(now)?;
    let windows = timetables.iter().flat_map(|timetable| &timetable.windows);
    let windows = windows.filter_map(|window| window.period().interval());
    let rules = timetables.iter().flat_map(|timetable| &timetable.rules).filter_map(|rule| {
        let start = rule.zone.day(rule.valid_from)?.start();
        let end = rule.valid_until.and_then(|last| rule.zone.day(last)).map_or(horizon.end(), Interval::end);
        Interval::new(start, end)
    });
    let all: Vec<Interval> = windows.chain(rules).collect();
    let start = all.iter().map(|part| part.start()).min()?.max(now);
    let end = all.iter().map(|part| part.end()).max()?.min(horizon.end());
    Interval::new(start, end)
}

/// The upcoming appointments within time that is to be closed, by start.
pub async fn appointments_in_closed_time(
    app: &App,
    scope: GuardScope,
    closed: Closure,
) -> Result<Vec<Appointment>, AppError> {
    if closed == Closure::None {
        return Ok(Vec::new());
    }
    let now = app.now();
    let spans = affected_resources(app, scope).await?.into_iter();
    let spans = spans.filter_map(|(resource, zone)| Some((resource, closed_interval(closed, zone, now)?)));
    let reads = spans.map(|(resource, span)| upcoming_appointments(app, resource, span));
    let mut appointments = try_join_bounded(reads).await?.concat();
    appointments.sort_by_key(|appointment| appointment.start);
    Ok(appointments)
}

/// The closed time. A closed day is a local day of `zone`.
pub(super) fn closed_interval(closed: Closure, zone: Zone, now: Instant) -> Option<Interval> {
    match closed {
        Closure::None => None,
        Closure::Time(start, end) => Interval::new(start, end),
        Closure::Day(date) => zone.day(date),
        Closure::Permanent => booking_horizon(now),
    }
}

/// The doctors, rooms or patients whose guards and agendas a change affects, and the time zones of their days.
pub(super) async fn affected_resources(app: &App, scope: GuardScope) -> Result<Vec<(Resource, Zone)>, AppError> {
    let clinic = match scope {
        GuardScope::One(resource) => return Ok(vec![(resource, Zone::utc())]),
        GuardScope::Clinic(clinic) => Some(clinic),
        GuardScope::AllRooms => None,
    };
    let members: Vec<RoomMember> = app.table.query_all(&patterns::room_members(clinic)).await?;
    time_zones(app, &members).await
}

/// Rooms with the time zones of their clinics.
pub(super) async fn time_zones(app: &App, members: &[RoomMember]) -> Result<Vec<(Resource, Zone)>, AppError> {
    let keys: Vec<Key> = members.iter().map(|member| Key::clinic(member.clinic)).collect();
    let mut batch = app.table.batch(&keys).await?;
    let mut zones = BTreeMap::new();
    for member in members {
        let clinic = batch.take::<Clinic>(&Key::clinic(member.clinic))?;
        zones.extend(clinic.map(|clinic| (member.clinic, clinic.profile.timezone)));
    }
    let zone = |member: &RoomMember| zones.get(&member.clinic).copied();
    Ok(members.iter().filter_map(|member| Some((Resource::Room(member.room), zone(member)?))).collect())
}

/// The earliest date on which it may still be day somewhere: yesterday in UTC.
pub(super) fn yesterday(now: Instant) -> LocalDate {
    now.utc_day().checked_sub_days(Days::new(1)).unwrap_or_else(|| now.utc_day())
}
