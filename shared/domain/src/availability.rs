//! Availability: where an appointment may lie, and which slots of an opening are free.

use crate::agenda::Agenda;
use crate::closure::Closures;
use crate::ids::RoomId;
use crate::schedule::Opening;
use crate::time::{Instant, Interval, TimeDelta};

/// Why a slot can't be booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It has begun.
    Past,
    /// The doctor or the room is closed.
    Blocked,
    /// The doctor has an appointment, or the buffer after one.
    Booked,
    /// The room holds no more appointments.
    RoomBusy,
}

/// A slot of an opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// When.
    pub interval: Interval,
    /// Why not, if it can't be booked.
    pub taken: Option<Taken>,
}

/// Who and what a slot needs.
#[derive(Debug, Clone, Copy)]
pub struct Needs<'a> {
    /// The doctor's agenda.
    pub doctor: &'a Agenda,
    /// The time that the doctor keeps free after an appointment.
    pub buffer: TimeDelta,
    /// The room's agenda.
    pub room: &'a Agenda,
    /// How many appointments the room holds at once.
    pub capacity: usize,
    /// When the doctor is away, and when the room is closed.
    pub closed: [&'a Closures; 2],
}

/// The opening of `room` (of any room where `None`) in which the appointment starts, if that one and those
/// of the same room that follow without a gap cover the whole appointment.
#[must_use]
pub fn covering(openings: &[Opening], room: Option<RoomId>, appointment: Interval) -> Option<&Opening> {
    let starts_in = |opening: &&Opening| {
        room.is_none_or(|room| opening.room == room)
            && opening
                .interval()
                .is_some_and(|open| open.start() <= appointment.start() && appointment.start() < open.end())
    };
    openings.iter().find(starts_in).filter(|first| {
        let mut until = appointment.start();
        // A doctor has few openings a day; each pass either moves the covered end on or stops.
        while let Some(end) = openings
            .iter()
            .filter(|opening| opening.room == first.room)
            .filter_map(Opening::interval)
            .filter(|open| open.start() <= until && until < open.end())
            .map(Interval::end)
            .max()
        {
            until = end;
        }
        until >= appointment.end()
    })
}

/// The slots of an opening, in order. What is left at its end, shorter than a slot, is none.
#[must_use]
pub fn slots(opening: &Opening, needs: Needs<'_>, now: Instant) -> Vec<Slot> {
    let length = TimeDelta::minutes(i64::from(opening.slot_minutes));
    let Some(open) = opening.interval().filter(|_| length > TimeDelta::zero()) else {
        return Vec::new();
    };
    std::iter::successors(Interval::new(open.start(), open.start().plus(length)), |slot| {
        Interval::new(slot.end(), slot.end().plus(length))
    })
    .take_while(|slot| open.contains(*slot))
    .map(|interval| Slot { interval, taken: taken(interval, needs, now) })
    .collect()
}

fn taken(slot: Interval, needs: Needs<'_>, now: Instant) -> Option<Taken> {
    if slot.start() <= now {
        Some(Taken::Past)
    } else if needs.closed.iter().any(|closures| closures.touch(slot)) {
        Some(Taken::Blocked)
    } else if needs.doctor.full(slot.extended(needs.buffer), 1).is_some() {
        Some(Taken::Booked)
    } else if needs.room.full(slot, needs.capacity).is_some() {
        Some(Taken::RoomBusy)
    } else {
        None
    }
}

#[cfg(test)]
#[path = "availability_tests.rs"]
mod tests;
