use super::*;
use crate::agenda::Entry;
use crate::ids::{AppointmentId, ClinicId, DoctorId, Id as _, WindowId};
use crate::schedule::Source;
use crate::time::{LocalTime, Zone, parse_date, parse_time};
use proptest::prelude::*;

fn opening(start: &str, end: &str) -> Opening {
    Opening {
        source: Source::Window(WindowId::nobody()),
        doctor: DoctorId::nobody(),
        room: RoomId::nobody(),
        clinic: ClinicId::nobody(),
        zone: Zone::parse("America/Bogota").unwrap(),
        date: parse_date("2025-12-15").unwrap(),
        start_time: parse_time(start).unwrap(),
        end_time: parse_time(end).unwrap(),
        slot_minutes: 30,
    }
}

fn appointment(start: &str, minutes: i64) -> Interval {
    let start = Instant::parse(&format!("2025-12-15T{start}:00-05:00")).unwrap();
    Interval::new(start, start.plus(TimeDelta::minutes(minutes))).unwrap()
}

fn room(number: u128) -> RoomId {
    RoomId::from_uuid(uuid::Uuid::from_u128(number))
}

#[test]
fn openings_that_touch_are_one_stretch() {
    let openings = [opening("09:00", "10:00"), opening("10:00", "11:00"), opening("12:00", "13:00")];
    assert!(covering(&openings, None, appointment("09:30", 60)).is_some());
    assert!(covering(&openings, None, appointment("10:30", 60)).is_none());
    assert!(covering(&openings, None, appointment("08:59", 10)).is_none());
    assert!(covering(&openings, Some(RoomId::nobody()), appointment("12:00", 60)).is_some());
    assert!(covering(&openings, Some(room(1)), appointment("12:00", 60)).is_none());
}

#[test]
fn slots_say_why_they_are_taken() {
    let mut doctor = Agenda::default();
    doctor.add(AppointmentId::nobody(), Entry { interval: appointment("10:00", 30), overbooked: false });
    let (room, open) = (Agenda::default(), Closures::default());
    let closed = Closures::of([appointment("11:10", 5)]);
    let buffer = TimeDelta::minutes(10);
    let needs = Needs { doctor: &doctor, buffer, room: &room, capacity: 1, closed: [&open, &closed] };
    let found = slots(&opening("09:00", "11:45"), needs, appointment("09:00", 1).start());
    let reasons: Vec<_> = found.iter().map(|slot| slot.taken).collect();
    // 09:30 is free in itself, but its buffer would reach into the appointment at 10:00.
    assert_eq!(reasons, [Some(Taken::Past), Some(Taken::Booked), Some(Taken::Booked), None, Some(Taken::Blocked)]);
}

const MINUTES: i64 = 240;

fn minutes_after_nine(minutes: i64) -> LocalTime {
    parse_time("09:00").unwrap() + TimeDelta::minutes(minutes)
}

fn stretch(start: i64, length: i64) -> Interval {
    let nine = appointment("09:00", 1).start();
    Interval::new(nine.plus(TimeDelta::minutes(start)), nine.plus(TimeDelta::minutes(start + length))).unwrap()
}

proptest! {
    /// An appointment has a place exactly where each of its minutes lies in an opening of the room in which
    /// it starts: held against a model that looks at the minutes one by one.
    #[test]
    fn a_place_is_where_every_minute_is_open(
        // One after the other with gaps (of nothing, often), since a doctor's openings don't overlap.
        parts in prop::collection::vec((prop_oneof![Just(0i64), 1i64..20], 5i64..60, 0u128..2), 0..5),
        start in 0i64..MINUTES, length in 5i64..90, wanted in prop::option::of(0u128..2),
    ) {
        let mut from = 0;
        let mut minutes = std::collections::BTreeMap::new();
        let mut openings = Vec::new();
        for (gap, length, number) in parts {
            from += gap;
            minutes.extend((from..from + length).map(|minute| (minute, number)));
            openings.push(Opening {
                room: room(number),
                start_time: minutes_after_nine(from),
                end_time: minutes_after_nine(from + length),
                ..opening("00:00", "00:01")
            });
            from += length;
        }
        let first = minutes.get(&start).copied().filter(|number| wanted.is_none_or(|wanted| *number == wanted));
        let naive = first.filter(|number| (start..start + length).all(|m| minutes.get(&m) == Some(number)));
        let found = covering(&openings, wanted.map(room), stretch(start, length));
        prop_assert_eq!(found.map(|opening| opening.room), naive.map(room));
    }

    /// A slot is on offer exactly where each of its minutes is to come, open, and free for doctor
    /// (buffer included) and room.
    #[test]
    fn a_slot_is_free_where_every_minute_is(
        doctors in prop::collection::vec((0i64..MINUTES, 5i64..60), 0..4),
        rooms in prop::collection::vec((0i64..MINUTES, 5i64..60), 0..4),
        closures in prop::collection::vec((0i64..MINUTES, 5i64..60), 0..3),
        buffer in 0i64..20, capacity in 1usize..3, now in 0i64..MINUTES,
        slot_minutes in 5u16..70,
    ) {
        let agenda = |entries: &[(i64, i64)]| {
            let mut agenda = Agenda::default();
            for (number, (start, length)) in entries.iter().enumerate() {
                let id = AppointmentId::from_uuid(uuid::Uuid::from_u128(number as u128));
                agenda.add(id, Entry { interval: stretch(*start, *length), overbooked: false });
            }
            agenda
        };
        let (doctor, room_agenda, nothing) = (agenda(&doctors), agenda(&rooms), Closures::default());
        let closed = Closures::of(closures.iter().map(|(start, length)| stretch(*start, *length)));
        let needs = Needs {
            doctor: &doctor,
            buffer: TimeDelta::minutes(buffer),
            room: &room_agenda,
            capacity,
            closed: [&closed, &nothing],
        };
        let open = Opening { slot_minutes, ..opening("09:00", "13:00") };
        let found = slots(&open, needs, stretch(now, 1).start());
        let size = i64::from(slot_minutes);
        prop_assert_eq!(found.len() as i64, MINUTES / size);
        let in_any = |parts: &[(i64, i64)], minute: i64| {
            parts.iter().filter(|(start, length)| *start <= minute && minute < start + length).count()
        };
        for (number, slot) in found.iter().enumerate() {
            let start = number as i64 * size;
            prop_assert_eq!(slot.interval, stretch(start, size));
            let free = start > now
                && (start..start + size).all(|m| in_any(&closures, m) == 0 && in_any(&rooms, m) < capacity)
                && (start..start + size + buffer).all(|m| in_any(&doctors, m) == 0);
            prop_assert_eq!(slot.taken.is_none(), free, "slot at {}: {:?}", start, slot.taken);
        }
    }
}
