use super::*;
use crate::agenda::AgendaEntry;
use crate::ids::{AppointmentId, ClinicId, DoctorId, Id as _, WindowId};
use crate::schedule::Source;
use crate::time::{EndTime, LocalTime, Zone, parse_date, parse_time};
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
        end_time: EndTime::parse(end).unwrap(),
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
    let found = slots(&period("09:00", "11:45"), &[], constraints, appointment("09:00", 1).start());
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
                end_time: minutes_after_nine(from + length).into(),
                ..period("00:00", "00:01")
            });
            from += length;
        }
        let first = minutes.get(&start).copied().filter(|number| wanted.is_none_or(|wanted| *number == wanted));
        let naive = first.filter(|number| (start..start + length).all(|m| minutes.get(&m) == Some(number)));
        let found = covering_period(&periods, wanted.map(room), interval_after_nine(start, length));
        prop_assert_eq!(found.map(|period| period.room), naive.map(room));
    }

    /// Slots follow one another, each offered one can be booked, and at each of their boundaries where one could be
    /// booked one is offered: compared with a model that checks each minute. The end of an appointment's buffer is a
    /// boundary.
    #[test]
    fn every_slot_on_offer_can_be_booked_and_none_is_missing(
        doctors in prop::collection::vec((0i64..MINUTES, 5i64..60, prop::bool::weighted(0.2)), 0..5),
        rooms in prop::collection::vec((0i64..MINUTES, 5i64..60), 0..4),
        closures in prop::collection::vec((0i64..MINUTES, 5i64..60), 0..3),
        // Periods in two rooms, which meet where the gap is empty.
        periods in prop::collection::vec((prop_oneof![2 => Just(0i64), 1 => 1i64..40], 5i64..90, 0u128..2, 5u16..50), 1..5),
        buffer in 0i64..20, capacity in 1usize..3, now in -10i64..MINUTES,
    ) {
        let mut number = 0u128;
        let mut agenda = |entries: &[(i64, i64, bool)]| {
            let mut agenda = Agenda::default();
            for (start, length, overbooked) in entries {
                number += 1;
                let id = AppointmentId::from_uuid(uuid::Uuid::from_u128(number));
                agenda.add(id, AgendaEntry { interval: interval_after_nine(*start, *length), overbooked: *overbooked });
            }
            agenda
        };
        let in_room: Vec<_> = rooms.iter().map(|(start, length)| (*start, *length, false)).collect();
        let (doctor, room_agenda, nothing) = (agenda(&doctors), agenda(&in_room), Closures::default());
        let closed = Closures::of(closures.iter().map(|(start, length)| interval_after_nine(*start, *length)));
        let constraints = SlotConstraints {
            doctor: &doctor,
            buffer: TimeDelta::minutes(buffer),
            room: &room_agenda,
            capacity,
            closed: [&closed, &nothing],
        };
        let (mut all, mut from) = (Vec::new(), 0);
        let mut minutes = std::collections::BTreeMap::new();
        for (gap, length, number, slot_minutes) in periods {
            from += gap;
            minutes.extend((from..from + length).map(|minute| (minute, number)));
            all.push((from, from + length, AvailabilityPeriod {
                room: room(number),
                start_time: minutes_after_nine(from),
                end_time: minutes_after_nine(from + length).into(),
                slot_minutes,
                ..period("00:00", "00:01")
            }));
            from += length;
        }
        let open: Vec<AvailabilityPeriod> = all.iter().map(|(_, _, period)| period.clone()).collect();
        let in_any = |parts: &[(i64, i64)], minute: i64| {
            parts.iter().filter(|(start, length)| *start <= minute && minute < start + length).count()
        };
        let booked: Vec<_> = doctors.iter().filter(|entry| !entry.2).map(|(start, length, _)| (*start, *length)).collect();
        let is_bookable = |start: i64, length: i64, room: u128| {
            start > now
                && (start..start + length).all(|m| {
                    minutes.get(&m) == Some(&room) && in_any(&closures, m) == 0 && in_any(&rooms, m) < capacity
                })
                && (start..start + length + buffer).all(|m| in_any(&booked, m) == 0)
        };
        let minute = |instant: Instant| instant.since(interval_after_nine(0, 1).start()).num_minutes();
        for (start, end, period) in &all {
            let (size, number) = (i64::from(period.slot_minutes), period.room.uuid().as_u128());
            let found = slots(period, &open, constraints, interval_after_nine(now, 1).start());
            let tiles: Vec<(i64, i64, bool)> = found
                .iter()
                .map(|slot| (minute(slot.interval.start()), minute(slot.interval.end()), slot.unavailable.is_none()))
                .collect();
            prop_assert!(tiles.windows(2).all(|pair| pair[0].1 == pair[1].0), "{tiles:?}");
            prop_assert!(tiles.iter().all(|tile| (*start..*end).contains(&tile.0)), "{tiles:?}");
            for (from, until, on_offer) in &tiles {
                prop_assert!(!on_offer || (until - from == size && is_bookable(*from, size, number)), "{from}: {tiles:?}");
            }
            let offered: Vec<i64> = tiles.iter().filter(|tile| tile.2).map(|tile| tile.0).collect();
            let follows = all.iter().any(|(_, other_end, other)| other_end == start && other.room == period.room);
            let first = tiles.first().map(|tile| tile.0).or((!follows).then_some(*start));
            let ends = booked.iter().map(|(start, length)| start + length);
            // Where the slots of an earlier period end isn't known here, so appointments before them don't count.
            let ends = ends.filter(|at| first.is_some_and(|first| first <= *at));
            for at in first.into_iter().chain(tiles.iter().map(|tile| tile.1)).chain(ends) {
                let inside = tiles.iter().any(|tile| tile.2 && tile.0 < at && at < tile.1);
                if (*start..*end).contains(&at) && !inside && is_bookable(at, size, number) {
                    prop_assert!(offered.contains(&at), "{at} is missing: {tiles:?}");
                }
            }
        }
    }
}

fn nobody<'a>(doctor: &'a Agenda, empty: &'a (Agenda, Closures), buffer: i64) -> SlotConstraints<'a> {
    SlotConstraints {
        doctor,
        buffer: TimeDelta::minutes(buffer),
        room: &empty.0,
        capacity: 1,
        closed: [&empty.1, &empty.1],
    }
}

fn times(slots: &[Slot], zone: Zone) -> Vec<(String, bool)> {
    let time = |slot: &Slot| zone.local(slot.interval.start()).format("%H:%M").to_string();
    slots.iter().map(|slot| (time(slot), slot.unavailable.is_none())).collect()
}

#[test]
fn after_an_appointment_the_slots_go_on_at_the_end_of_its_buffer() {
    let mut doctor = Agenda::default();
    let id = |number| AppointmentId::from_uuid(uuid::Uuid::from_u128(number));
    // From 09:00 to 09:30, and from 10:50 to 11:00, each with its buffer of 15 minutes.
    doctor.add(id(1), AgendaEntry { interval: appointment("09:00", 45), overbooked: false });
    doctor.add(id(2), AgendaEntry { interval: appointment("10:50", 25), overbooked: false });
    doctor.add(id(3), AgendaEntry { interval: appointment("11:20", 10), overbooked: true });
    let empty = Default::default();
    let open = period("09:00", "12:00");
    let now = appointment("08:00", 1).start();
    let found = slots(&open, &[], nobody(&doctor, &empty, 15), now);
    let wanted =
        [("09:00", false), ("09:30", false), ("09:45", true), ("10:15", false), ("10:45", false), ("11:15", true)];
    assert_eq!(times(&found, open.zone), wanted.map(|(time, free)| (time.to_owned(), free)));
    assert!(found.windows(2).all(|pair| pair[0].interval.end() == pair[1].interval.start()));
}

#[test]
fn windows_that_meet_at_midnight_are_one_stretch() {
    let evening = AvailabilityPeriod { slot_minutes: 50, ..period("22:00", "24:00") };
    let night =
        AvailabilityPeriod { date: parse_date("2025-12-16").unwrap(), slot_minutes: 40, ..period("00:00", "02:00") };
    let both = [evening.clone(), night.clone()];
    let over = Interval::new(
        Instant::parse("2025-12-15T23:30:00-05:00").unwrap(),
        Instant::parse("2025-12-16T00:30:00-05:00").unwrap(),
    )
    .unwrap();
    assert!(covering_period(&both, None, over).is_some() && !evening.overlaps(&night));
    let (doctor, empty) = (Agenda::default(), Default::default());
    let now = appointment("08:00", 1).start();
    let found = |period: &AvailabilityPeriod, periods: &[AvailabilityPeriod]| {
        let found = slots(period, periods, nobody(&doctor, &empty, 0), now);
        times(&found, period.zone).into_iter().map(|(time, _)| time).collect::<Vec<_>>()
    };
    assert_eq!(found(&evening, &both), ["22:00", "22:50", "23:40"], "the last one ends after midnight");
    assert_eq!(found(&night, &both), ["00:30", "01:10"], "the first one begins where that ends");
    assert_eq!(found(&evening, &[]), ["22:00", "22:50"]);
    assert_eq!(found(&night, &[]), ["00:00", "00:40", "01:20"]);
    let elsewhere = [evening.clone(), AvailabilityPeriod { room: room(1), ..night }];
    assert_eq!(found(&evening, &elsewhere), ["22:00", "22:50"], "another room is another stretch");
}

#[test]
fn the_running_slot_begins_where_the_slots_on_offer_do() {
    let mut doctor = Agenda::default();
    doctor.add(AppointmentId::nil(), AgendaEntry { interval: appointment("09:00", 45), overbooked: false });
    let periods = [period("09:00", "11:00")];
    let running = |now: &str, room: Option<RoomId>| {
        let found = running_slot(&periods, room, &doctor, appointment(now, 1).start());
        found.map(|(_, slot)| (slot.start(), slot.length().num_minutes()))
    };
    for (now, start) in [("08:59", None), ("09:00", Some("09:00")), ("09:47", Some("09:45")), ("10:15", Some("10:15"))]
    {
        assert_eq!(running(now, None), start.map(|start| (appointment(start, 1).start(), 30)), "{now}");
    }
    assert_eq!(running("10:50", None), None, "the rest is shorter than a slot");
    assert_eq!(running("09:47", Some(room(1))), None);
}
