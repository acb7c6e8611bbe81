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
    assert!(!even.overlaps(&odd) && !odd.overlaps(&even));
    // Every third week coincides with every second one at some point.
    let third = WeeklyRule { interval_weeks: 3, ..odd };
    assert!(even.overlaps(&third) && third.overlaps(&even));
}

#[test]
fn rules_of_two_zones_are_compared_by_instants() {
    let here = rule(&[1], "09:00", "10:00");
    let zone = Zone::parse("America/Argentina/Buenos_Aires").unwrap();
    let there = |from: &str, until: &str| WeeklyRule { zone, ..rule(&[1], from, until) };
    assert!(here.overlaps(&there("11:00", "12:00")), "two hours ahead");
    assert!(!here.overlaps(&there("09:00", "10:00")));
    // Tijuana's evening is the next day in Buenos Aires.
    let evening = WeeklyRule { zone: Zone::parse("America/Tijuana").unwrap(), ..rule(&[1], "20:00", "22:00") };
    let night = WeeklyRule { weekdays: Weekdays::parse(&[2]).unwrap(), ..there("01:00", "02:00") };
    assert!(evening.overlaps(&night) && night.overlaps(&evening));
}

#[test]
fn rules_that_touch_do_not_overlap_in_a_repeated_hour() {
    // In Santiago the clocks go back from midnight to 23:00 on a Saturday in April.
    let zone = Zone::parse("America/Santiago").unwrap();
    let late = WeeklyRule { zone, ..rule(&[6], "22:00", "23:00") };
    let later = WeeklyRule { zone, ..rule(&[6], "23:00", "23:59") };
    assert!(!late.overlaps(&later));
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
        prop_assert_eq!(a.overlaps(&b), naive);
        prop_assert_eq!(b.overlaps(&a), naive);
    }

    /// A rule and a window overlap exactly if one of the rule's periods and the window do.
    #[test]
    fn a_rule_overlaps_a_window_of_its_days(day in 0u64..60, from in 8i64..18, weeks in 1u8..9) {
        let rule = WeeklyRule { interval_weeks: weeks, ..rule(&[1, 3], "09:00", "13:00") };
        let window = AvailabilityPeriod {
            source: Source::Window(WindowId::nil()),
            start_time: parse_time(&format!("{from:02}:00")).unwrap(),
            end_time: parse_time(&format!("{from:02}:30")).unwrap().into(),
            date: date("2025-12-01") + Days::new(day),
            ..rule.period_on(date("2025-12-01")).unwrap()
        };
        let same_day = rule.period_on(window.date).is_some();
        prop_assert_eq!(rule.overlaps_period(&window), same_day && (9..13).contains(&from));
    }
}
