use super::*;
use crate::agenda::AgendaEntry;
use crate::ids::{AppointmentId, ClinicId, DoctorId, Id as _, WindowId};
use crate::schedule::Source;
use crate::time::{LocalTime, Zone, parse_date, parse_time};
use proptest::prelude::*;

fn period(start: &str, end: &str) -> AvailabilityPeriod {
    AvailabilityPeriod {
        source: Source::Window(WindowId::nil()),
        doctor: DoctorId::nil(),
        room: RoomId::nil(),
        clinic: ClinicId::nil(),
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
fn periods_that_touch_cover_an_appointment_together() {
    let periods = [period("09:00", "10:00"), period("10:00", "11:00"), period("12:00", "13:00")];
    assert!(covering_period(&periods, None, appointment("09:30", 60)).is_some());
    assert!(covering_period(&periods, None, appointment("10:30", 60)).is_none());
    assert!(covering_period(&periods, None, appointment("08:59", 10)).is_none());
    assert!(covering_period(&periods, Some(RoomId::nil()), appointment("12:00", 60)).is_some());
    assert!(covering_period(&periods, Some(room(1)), appointment("12:00", 60)).is_none());
}

#[test]
fn slots_give_the_reason_why_they_are_unavailable() {
    let mut doctor = Agenda::default();
    doctor.add(AppointmentId::nil(), AgendaEntry { interval: appointment("10:00", 30), overbooked: false });
    let (room, open) = (Agenda::default(), Closures::default());
    let closed = Closures::of([appointment("11:10", 5)]);
    let buffer = TimeDelta::minutes(10);
    let constraints = SlotConstraints { doctor: &doctor, buffer, room: &room, capacity: 1, closed: [&open, &closed] };
    let found = slots(&period("09:00", "11:45"), constraints, appointment("09:00", 1).start());
    let reasons: Vec<_> = found.iter().map(|slot| slot.unavailable).collect();
    // 09:30 is free, but its buffer would overlap the appointment at 10:00.
    assert_eq!(
        reasons,
        [
            Some(UnavailableReason::Past),
            Some(UnavailableReason::Booked),
            Some(UnavailableReason::Booked),
            None,
            Some(UnavailableReason::Blocked)
        ]
    );
}

const MINUTES: i64 = 240;

fn minutes_after_nine(minutes: i64) -> LocalTime {
    parse_time("09:00").unwrap() + TimeDelta::minutes(minutes)
}

fn interval_after_nine(start: i64, length: i64) -> Interval {
    let nine = appointment("09:00", 1).start();
    Interval::new(nine.plus(TimeDelta::minutes(start)), nine.plus(TimeDelta::minutes(start + length))).unwrap()
}

proptest! {
    /// An appointment is covered exactly if each of its minutes is in a period of the room in which it starts:
    /// compared with a model that checks each minute.
    #[test]
    fn an_appointment_is_covered_exactly_if_every_minute_is(
        // In sequence, with gaps that are often empty: the periods of a doctor don't overlap.
        parts in prop::collection::vec((prop_oneof![Just(0i64), 1i64..20], 5i64..60, 0u128..2), 0..5),
        start in 0i64..MINUTES, length in 5i64..90, wanted in prop::option::of(0u128..2),
    ) {
        let mut from = 0;
        let mut minutes = std::collections::BTreeMap::new();
        let mut periods = Vec::new();
        for (gap, length, number) in parts {
            from += gap;
            minutes.extend((from..from + length).map(|minute| (minute, number)));
            periods.push(AvailabilityPeriod {
                room: room(number),
                start_time: minutes_after_nine(from),
                end_time: minutes_after_nine(from + length),
                ..period("00:00", "00:01")
            });
            from += length;
        }
        let first = minutes.get(&start).copied().filter(|number| wanted.is_none_or(|wanted| *number == wanted));
        let naive = first.filter(|number| (start..start + length).all(|m| minutes.get(&m) == Some(number)));
        let found = covering_period(&periods, wanted.map(room), interval_after_nine(start, length));
        prop_assert_eq!(found.map(|period| period.room), naive.map(room));
    }

    /// A slot is available exactly if each of its minutes is in the future, not closed, and free for the doctor
    /// (buffer included) and the room.
    #[test]
    fn a_slot_is_free_exactly_if_every_minute_is(
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
                agenda.add(id, AgendaEntry { interval: interval_after_nine(*start, *length), overbooked: false });
            }
            agenda
        };
        let (doctor, room_agenda, nothing) = (agenda(&doctors), agenda(&rooms), Closures::default());
        let closed = Closures::of(closures.iter().map(|(start, length)| interval_after_nine(*start, *length)));
        let constraints = SlotConstraints {
            doctor: &doctor,
            buffer: TimeDelta::minutes(buffer),
            room: &room_agenda,
            capacity,
            closed: [&closed, &nothing],
        };
        let open = AvailabilityPeriod { slot_minutes, ..period("09:00", "13:00") };
        let found = slots(&open, constraints, interval_after_nine(now, 1).start());
        let size = i64::from(slot_minutes);
        prop_assert_eq!(found.len() as i64, MINUTES / size);
        let in_any = |parts: &[(i64, i64)], minute: i64| {
            parts.iter().filter(|(start, length)| *start <= minute && minute < start + length).count()
        };
        for (number, slot) in found.iter().enumerate() {
            let start = number as i64 * size;
            prop_assert_eq!(slot.interval, interval_after_nine(start, size));
            let free = start > now
                && (start..start + size).all(|m| in_any(&closures, m) == 0 && in_any(&rooms, m) < capacity)
                && (start..start + size + buffer).all(|m| in_any(&doctors, m) == 0);
            prop_assert_eq!(slot.unavailable.is_none(), free, "slot at {}: {:?}", start, slot.unavailable);
        }
    }
}
