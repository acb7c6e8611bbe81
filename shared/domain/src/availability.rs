//! Availability checks: which periods cover an appointment, and which slots of a period are free.

use crate::agenda::Agenda;
use crate::closure::Closures;
use crate::ids::RoomId;
use crate::schedule::AvailabilityPeriod;
use crate::time::{Instant, Interval, TimeDelta};
use std::collections::VecDeque;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnavailableReason {
    Past,
    /// A block or a holiday closes the doctor or the room.
    Blocked,
    /// The doctor has an appointment or the buffer after one.
    Booked,
    /// The room's capacity is reached.
    RoomBusy,
}

/// Why a time lies outside of the doctor's availability.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutsideCause {
    /// No window or weekly rule of the doctor covers it.
    NoAvailability,
    Holiday,
    /// The doctor or the clinic is blocked.
    Block,
    /// The room is blocked, or deactivated.
    RoomClosed,
}

impl OutsideCause {
    /// The name that API clients see.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NoAvailability => "no_availability",
            Self::Holiday => "holiday",
            Self::Block => "block",
            Self::RoomClosed => "room_closed",
        }
    }
}

/// A slot of an availability period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    pub interval: Interval,
    /// Why it can't be booked; `None` if it is free.
    pub unavailable: Option<UnavailableReason>,
}

/// The agendas and closures that a slot is checked against.
#[derive(Debug, Clone, Copy)]
pub struct SlotConstraints<'a> {
    pub doctor: &'a Agenda,
    /// Time that the doctor keeps free after an appointment.
    pub buffer: TimeDelta,
    pub room: &'a Agenda,
    /// How many appointments may take place in the room at once.
    pub capacity: usize,
    /// The closures of the doctor and of the room.
    pub closed: [&'a Closures; 2],
}

/// The period of `room` (of any room if `None`) in which the appointment starts, if this period and those of
/// the same room that follow without a gap cover the whole appointment.
#[must_use]
pub fn covering_period(
    periods: &[AvailabilityPeriod],
    room: Option<RoomId>,
    appointment: Interval,
) -> Option<&AvailabilityPeriod> {
    let starts_in = |period: &&AvailabilityPeriod| {
        room.is_none_or(|room| period.room == room)
            && period
                .interval()
                .is_some_and(|open| open.start() <= appointment.start() && appointment.start() < open.end())
    };
    periods.iter().find(starts_in).filter(|first| {
        let mut until = appointment.start();
        // A doctor has few periods a day; each pass extends the covered end or stops.
        while let Some(end) = periods
            .iter()
            .filter(|period| period.room == first.room)
            .filter_map(AvailabilityPeriod::interval)
            .filter(|open| open.start() <= until && until < open.end())
            .map(Interval::end)
            .max()
        {
            until = end;
        }
        until >= appointment.end()
    })
}

/// The slots of a period, in order: they follow one another without a gap. `periods` has those of the same doctor on the
/// day before and the day after. Periods of one room that meet are one stretch: a slot may end in the next period, and the
/// slots of that one begin where it ends.
///
/// After an appointment the next slot begins at the end of its buffer. The time of the appointment is cut into slots, of
/// which the last may be short. A rest of the stretch that is shorter than a slot is left out.
#[must_use]
pub fn slots(
    period: &AvailabilityPeriod,
    periods: &[AvailabilityPeriod],
    constraints: SlotConstraints<'_>,
    now: Instant,
) -> Vec<Slot> {
    let part = |part: &AvailabilityPeriod| {
        let length = TimeDelta::minutes(i64::from(part.slot_minutes));
        part.interval().filter(|_| length > TimeDelta::zero()).map(|open| (open, length))
    };
    let stretch: Vec<(Interval, TimeDelta)> = stretch(period, periods).into_iter().filter_map(part).collect();
    let (Some(own), Some(end)) = (period.interval(), stretch.last().map(|(open, _)| open.end())) else {
        return Vec::new();
    };
    let mut slots = Vec::new();
    let mut at = stretch.first().map_or(own.start(), |(open, _)| open.start());
    for (open, length) in stretch.into_iter().take_while(|(open, _)| open.start() < own.end()) {
        at = at.max(open.start());
        while at < open.end()
            && let Some(wanted) = Interval::new(at, at.plus(length).min(end))
        {
            let booked_until = constraints.doctor.first_end(wanted);
            if booked_until.is_none() && wanted.length() < length {
                break;
            }
            let next = booked_until.unwrap_or(wanted.end()).min(end);
            for interval in
                parts(at, next, length).filter(|part| own.start() <= part.start() && part.start() < own.end())
            {
                slots.push(Slot { interval, unavailable: unavailable_reason(interval, constraints, now) });
            }
            at = next;
        }
    }
    slots
}

/// The time from `start` to `end` in parts of this length, of which the last may be short.
fn parts(start: Instant, end: Instant, length: TimeDelta) -> impl Iterator<Item = Interval> {
    let part = move |from: Instant| Interval::new(from, from.plus(length).min(end));
    std::iter::successors(part(start), move |last| part(last.end()))
}

/// The periods that meet in the room of `period`, in order. It begins on the day before at the earliest, and ends on the
/// day after, so that the slots of a day don't depend on how many days are read.
#[must_use]
pub fn stretch<'a>(period: &'a AvailabilityPeriod, periods: &'a [AvailabilityPeriod]) -> Vec<&'a AvailabilityPeriod> {
    let Some(own) = period.interval() else { return Vec::new() };
    let days = (period.date.pred_opt().unwrap_or(period.date), period.date.succ_opt().unwrap_or(period.date));
    let others: Vec<(Interval, &AvailabilityPeriod)> = periods
        .iter()
        .filter(|other| (other.doctor, other.room) == (period.doctor, period.room))
        .filter(|other| days.0 <= other.date && other.date <= days.1)
        .filter_map(|other| other.interval().map(|open| (open, other)))
        .collect();
    let mut stretch = VecDeque::from([period]);
    let (mut start, mut end) = (own.start(), own.end());
    while let Some((open, before)) = others.iter().find(|(open, _)| open.end() == start) {
        start = open.start();
        stretch.push_front(before);
    }
    while let Some((open, after)) = others.iter().find(|(open, _)| open.start() == end) {
        end = open.end();
        stretch.push_back(after);
    }
    stretch.into()
}

/// The slot that is running now, with the period in which it begins, whether it is free or not. It has the full length of
/// a slot. `None` outside of the doctor's availability.
#[must_use]
pub fn running_slot<'a>(
    periods: &'a [AvailabilityPeriod],
    room: Option<RoomId>,
    doctor: &Agenda,
    now: Instant,
) -> Option<(&'a AvailabilityPeriod, Interval)> {
    let (empty, open) = (Agenda::default(), Closures::default());
    // Only where slots begin and end matters here.
    let constraints =
        SlotConstraints { doctor, buffer: TimeDelta::zero(), room: &empty, capacity: 1, closed: [&open, &open] };
    periods.iter().filter(|period| room.is_none_or(|room| period.room == room)).find_map(|period| {
        let found = slots(period, periods, constraints, now);
        let running = found.iter().find(|slot| slot.interval.start() <= now && now < slot.interval.end())?;
        let start = running.interval.start();
        Some((period, Interval::new(start, start.plus(TimeDelta::minutes(i64::from(period.slot_minutes))))?))
    })
}

/// Whether an appointment of any length can be booked in the room of `period`, as far as doctor and room are concerned.
#[must_use]
pub fn is_free(
    period: &AvailabilityPeriod,
    periods: &[AvailabilityPeriod],
    wanted: Interval,
    constraints: SlotConstraints<'_>,
    now: Instant,
) -> bool {
    covering_period(periods, Some(period.room), wanted).is_some()
        && unavailable_reason(wanted, constraints, now).is_none()
}

fn unavailable_reason(slot: Interval, constraints: SlotConstraints<'_>, now: Instant) -> Option<UnavailableReason> {
    if slot.start() <= now {
        Some(UnavailableReason::Past)
    } else if constraints.closed.iter().any(|closures| closures.overlaps(slot)) {
        Some(UnavailableReason::Blocked)
    } else if constraints.doctor.first_over_capacity(slot.extended(constraints.buffer), 1).is_some() {
        Some(UnavailableReason::Booked)
    } else if constraints.room.first_over_capacity(slot, constraints.capacity).is_some() {
        Some(UnavailableReason::RoomBusy)
    } else {
        None
    }
}

#[cfg(test)]
#[path = "availability_tests.rs"]
mod tests;
