use super::*;
use crate::ids::{Id as _, WindowId};
use crate::time::{parse_date, parse_time};
use proptest::prelude::*;

fn rule(weekdays: &[i64], from: &str, until: &str) -> WeeklyRule {
    let now = Instant::from_unix(0).unwrap();
    WeeklyRule {
        id: RuleId::nil(),
        doctor: DoctorId::nil(),
        room: RoomId::nil(),
        clinic: ClinicId::nil(),
        zone: Zone::parse("America/Bogota").unwrap(),
        weekdays: Weekdays::parse(weekdays).unwrap(),
        start_time: parse_time(from).unwrap(),
        end_time: parse_time(until).unwrap().into(),
        slot_minutes: 30,
        valid_from: date("2025-12-01"),
        valid_until: None,
        interval_weeks: 1,
        created_at: now,
        updated_at: now,
        version: 1,
    }
}

fn date(text: &str) -> LocalDate {
    parse_date(text).unwrap()
}

fn dates(rule: &WeeklyRule, from: &str, to: &str) -> Vec<String> {
    rule.periods_between(date(from), date(to)).map(|period| period.date.to_string()).collect()
}

fn overlap(one: &WeeklyRule, other: &WeeklyRule) -> bool {
    one.first_overlap(other).is_some()
}

#[test]
fn weeks_begin_on_monday_whatever_the_first_day() {
    // 2025-12-03 is a Wednesday: Monday of its own week is over, that of the next is skipped.
    let rule = WeeklyRule { valid_from: date("2025-12-03"), interval_weeks: 2, ..rule(&[1, 4], "09:00", "13:00") };
    assert_eq!(dates(&rule, "2025-11-24", "2025-12-21"), ["2025-12-04", "2025-12-15", "2025-12-18"]);
}

#[test]
fn the_last_day_is_included() {
    let rule = WeeklyRule { valid_until: Some(date("2025-12-15")), ..rule(&[1], "09:00", "13:00") };
    assert_eq!(dates(&rule, "2025-12-01", "2026-01-31"), ["2025-12-01", "2025-12-08", "2025-12-15"]);
}

#[test]
fn rules_of_alternating_weeks_never_overlap() {
    let even = WeeklyRule { interval_weeks: 2, ..rule(&[1], "09:00", "13:00") };
    let odd = WeeklyRule { valid_from: date("2025-12-08"), ..even.clone() };
    assert!(!overlap(&even, &odd) && !overlap(&odd, &even));
    // Every third week coincides with every second one at some point.
    let third = WeeklyRule { interval_weeks: 3, ..odd };
    assert!(overlap(&even, &third) && overlap(&third, &even));
}

#[test]
fn rules_of_two_zones_are_compared_by_instants() {
    let here = rule(&[1], "09:00", "10:00");
    let zone = Zone::parse("America/Argentina/Buenos_Aires").unwrap();
    let there = |from: &str, until: &str| WeeklyRule { zone, ..rule(&[1], from, until) };
    assert!(overlap(&here, &there("11:00", "12:00")), "two hours ahead");
    assert!(!overlap(&here, &there("09:00", "10:00")));
    // Tijuana's evening is the next day in Buenos Aires.
    let evening = WeeklyRule { zone: Zone::parse("America/Tijuana").unwrap(), ..rule(&[1], "20:00", "22:00") };
    let night = WeeklyRule { weekdays: Weekdays::parse(&[2]).unwrap(), ..there("01:00", "02:00") };
    assert!(overlap(&evening, &night) && overlap(&night, &evening));
}

#[test]
fn rules_that_touch_do_not_overlap_in_a_repeated_hour() {
    // In Santiago the clocks go back from midnight to 23:00 on a Saturday in April.
    let zone = Zone::parse("America/Santiago").unwrap();
    let late = WeeklyRule { zone, ..rule(&[6], "22:00", "23:00") };
    let later = WeeklyRule { zone, ..rule(&[6], "23:00", "23:59") };
    assert!(!overlap(&late, &later));
}

#[test]
fn a_rule_of_one_day_applies_on_that_day_only() {
    let rule = WeeklyRule { interval_weeks: 2, ..rule(&[1], "09:00", "13:00") };
    let one_day = rule.on_day(date("2025-12-15")).unwrap();
    assert_eq!(dates(&one_day, "2025-11-01", "2026-02-01"), ["2025-12-15"]);
    assert!(rule.on_day(date("2025-12-08")).is_none(), "not in a week in which it doesn't apply");
}

#[test]
fn the_first_periods_are_found_however_rare_they_are() {
    // The Monday of the first week is over; the next one that counts is seven weeks and some days later.
    let rare = WeeklyRule { valid_from: date("2025-12-03"), interval_weeks: 8, ..rule(&[1], "09:00", "13:00") };
    assert_eq!(rare.first_periods().map(|period| period.date.to_string()).next().as_deref(), Some("2026-01-26"));
    let never = WeeklyRule { valid_until: Some(date("2025-12-05")), ..rare };
    assert!(never.first_periods().next().is_none());
}

#[test]
fn weekdays_are_one_to_seven_each_once() {
    assert_eq!(Weekdays::parse(&[]), Err(Rule::Required));
    assert_eq!(Weekdays::parse(&[0]), Err(Rule::Range(1, 7)));
    assert_eq!(Weekdays::parse(&[8]), Err(Rule::Range(1, 7)));
    assert_eq!(Weekdays::parse(&[1, 1]), Err(Rule::Repeated));
    assert_eq!(Weekdays::parse(&[7, 1]).unwrap().numbers().collect::<Vec<_>>(), [1, 7]);
}

proptest! {
    /// Two rules overlap exactly if two of their periods do, compared day by day over the two years in which
    /// both are valid.
    #[test]
    fn rules_overlap_exactly_if_their_periods_do(
        days in prop::array::uniform2(prop::collection::btree_set(1i64..8, 1..3)),
        hours in prop::array::uniform2((8i64..18, 1i64..4)),
        first in prop::array::uniform2(0u64..40), weeks in prop::array::uniform2(1u8..9),
        lasts in prop::option::of(0u64..60),
    ) {
        let make = |side: usize| {
            let numbers: Vec<i64> = days[side].iter().copied().collect();
            let (from, length) = hours[side];
            let valid_from = date("2025-12-01").checked_add_days(Days::new(first[side])).unwrap();
            WeeklyRule {
                valid_from,
                valid_until: lasts.filter(|_| side == 0).map(|days| valid_from + Days::new(days)),
                interval_weeks: weeks[side],
                ..rule(&numbers, &format!("{from:02}:00"), &format!("{:02}:00", from + length))
            }
        };
        let (a, b) = (make(0), make(1));
        let all = |rule: &WeeklyRule| rule.periods_between(date("2025-12-01"), date("2027-12-31")).collect::<Vec<_>>();
        let naive = all(&a).iter().any(|mine| all(&b).iter().any(|other| mine.overlaps(other)));
        prop_assert_eq!(overlap(&a, &b), naive);
        prop_assert_eq!(overlap(&b, &a), naive);
    }

    /// A rule and a window overlap exactly if one of the rule's periods and the window do.
    #[test]
    fn a_rule_overlaps_a_window_of_its_days(day in 0u64..60, from in 8i64..18, weeks in 1u8..9) {
        let rule = WeeklyRule { interval_weeks: weeks, ..rule(&[1, 3], "09:00", "13:00") };
        let window = Window {
            id: WindowId::nil(),
            doctor: rule.doctor,
            room: rule.room,
            clinic: rule.clinic,
            zone: rule.zone,
            start_time: parse_time(&format!("{from:02}:00")).unwrap(),
            end_time: parse_time(&format!("{from:02}:30")).unwrap().into(),
            date: date("2025-12-01") + Days::new(day),
            slot_minutes: 30,
            instead_of_rules: false,
            created_at: rule.created_at,
            updated_at: rule.updated_at,
            version: 1,
        };
        let same_day = rule.period_on(window.date).is_some();
        prop_assert_eq!(rule.overlaps_window(&window), same_day && (9..13).contains(&from));
        let instead = Window { instead_of_rules: true, ..window };
        prop_assert!(!rule.overlaps_window(&instead), "it replaces the rules of its day");
    }
}
