//! Availability: where a visit may lie, and which slots of a window are free.

use crate::agenda::Agenda;
use crate::ids::RoomId;
use crate::schedule::Window;
use crate::time::{Instant, Interval, TimeDelta};

/// Why a slot can't be booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// The doctor has a visit, or the buffer after one.
    Booked,
    /// It has begun.
    Past,
    /// The room holds no more visits.
    RoomBusy,
}

/// A slot of a window.
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
    /// The time that the doctor keeps free after a visit.
    pub buffer: TimeDelta,
    /// The room's agenda.
    pub room: &'a Agenda,
    /// How many visits the room holds at once.
    pub capacity: usize,
}

/// The window of `room` (of any room where `None`) in which the visit starts, if that window and
/// those of the same room that follow without a gap cover the whole visit.
#[must_use]
pub fn covering(windows: &[Window], room: Option<RoomId>, visit: Interval) -> Option<&Window> {
    let starts_in = |window: &&Window| {
        room.is_none_or(|room| window.room == room)
            && window.interval().is_some_and(|open| open.start() <= visit.start() && visit.start() < open.end())
    };
    windows.iter().find(starts_in).filter(|first| {
        let mut until = visit.start();
        // A doctor has few windows a day; each pass either moves the covered end on or stops.
        while let Some(end) = windows
            .iter()
            .filter(|window| window.room == first.room)
            .filter_map(Window::interval)
            .filter(|open| open.start() <= until && until < open.end())
            .map(Interval::end)
            .max()
        {
            until = end;
        }
        until >= visit.end()
    })
}

/// The slots of a window, in order. What is left at its end, shorter than a slot, is none.
#[must_use]
pub fn slots(window: &Window, needs: Needs<'_>, now: Instant) -> Vec<Slot> {
    let length = TimeDelta::minutes(i64::from(window.slot_minutes));
    let Some(open) = window.interval().filter(|_| length > TimeDelta::zero()) else {
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
    } else if needs.doctor.full(slot.extended(needs.buffer), 1).is_some() {
        Some(Taken::Booked)
    } else if needs.room.full(slot, needs.capacity).is_some() {
        Some(Taken::RoomBusy)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agenda::Entry;
    use crate::ids::{AppointmentId, ClinicId, DoctorId, Id as _, WindowId};
    use crate::time::{Zone, parse_date, parse_time};

    fn window(start: &str, end: &str) -> Window {
        let now = Instant::from_unix(0).unwrap();
        Window {
            id: WindowId::nobody(),
            doctor: DoctorId::nobody(),
            room: RoomId::nobody(),
            clinic: ClinicId::nobody(),
            zone: Zone::parse("America/Bogota").unwrap(),
            date: parse_date("2025-12-15").unwrap(),
            start_time: parse_time(start).unwrap(),
            end_time: parse_time(end).unwrap(),
            slot_minutes: 30,
            created_at: now,
            updated_at: now,
            version: 1,
        }
    }

    fn visit(start: &str, minutes: i64) -> Interval {
        let start = Instant::parse(&format!("2025-12-15T{start}:00-05:00")).unwrap();
        Interval::new(start, start.plus(TimeDelta::minutes(minutes))).unwrap()
    }

    #[test]
    fn windows_that_touch_are_one_stretch() {
        let windows = [window("09:00", "10:00"), window("10:00", "11:00"), window("12:00", "13:00")];
        assert!(covering(&windows, None, visit("09:30", 60)).is_some());
        assert!(covering(&windows, None, visit("10:30", 60)).is_none());
        assert!(covering(&windows, None, visit("08:59", 10)).is_none());
        assert!(covering(&windows, Some(RoomId::nobody()), visit("12:00", 60)).is_some());
        assert!(covering(&windows, Some(RoomId::from_uuid(uuid::Uuid::max())), visit("12:00", 60)).is_none());
    }

    #[test]
    fn slots_say_why_they_are_taken() {
        let mut doctor = Agenda::default();
        doctor.add(AppointmentId::nobody(), Entry { interval: visit("10:00", 30), overbooked: false });
        let room = Agenda::default();
        let needs = Needs { doctor: &doctor, buffer: TimeDelta::minutes(10), room: &room, capacity: 1 };
        let found = slots(&window("09:00", "11:15"), needs, visit("09:00", 1).start());
        let reasons: Vec<_> = found.iter().map(|slot| slot.taken).collect();
        // 09:30 is free in itself, but its buffer would reach into the visit at 10:00.
        assert_eq!(reasons, [Some(Taken::Past), Some(Taken::Booked), Some(Taken::Booked), None]);
    }
}
