//! Availability checks: which periods cover an appointment, and which slots of a period are free.

use crate::agenda::Agenda;
use crate::closure::Closures;
use crate::ids::RoomId;
use crate::schedule::AvailabilityPeriod;
use crate::time::{Instant, Interval, TimeDelta};

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

/// A bookable slot of an availability period.
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

/// The slots of a period, in order. A rest at its end that is shorter than a slot is left out.
#[must_use]
pub fn slots(period: &AvailabilityPeriod, constraints: SlotConstraints<'_>, now: Instant) -> Vec<Slot> {
    let length = TimeDelta::minutes(i64::from(period.slot_minutes));
    let Some(open) = period.interval().filter(|_| length > TimeDelta::zero()) else {
        return Vec::new();
    };
    std::iter::successors(Interval::new(open.start(), open.start().plus(length)), |slot| {
        Interval::new(slot.end(), slot.end().plus(length))
    })
    .take_while(|slot| open.contains(*slot))
    .map(|interval| Slot { interval, unavailable: unavailable_reason(interval, constraints, now) })
    .collect()
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
