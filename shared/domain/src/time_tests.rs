//! Laws of instants, zones and intervals.

use super::*;
use proptest::prelude::*;

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn local(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").unwrap()
}

#[test]
fn a_clinic_reads_its_own_wall_clock() {
    let buenos_aires = Zone::parse("America/Argentina/Buenos_Aires").unwrap();
    let start = buenos_aires.instant(local("2025-12-15T10:00")).unwrap();
    assert_eq!(start.rfc3339(), "2025-12-15T13:00:00Z");
    assert_eq!(buenos_aires.rfc3339(start), "2025-12-15T10:00:00-03:00");
}

#[test]
fn a_skipped_or_repeated_local_time_has_a_name() {
    let santiago = Zone::parse("America/Santiago").unwrap();
    // Chile sets its clocks at midnight: that Sunday has no 00:30, that Saturday has two 23:30.
    assert_eq!(santiago.instant(local("2026-09-06T00:30")), Err(Rule::SkippedLocalTime));
    assert_eq!(santiago.instant(local("2026-04-04T23:30")), Err(Rule::RepeatedLocalTime));
    assert_eq!(santiago.rfc3339(santiago.first_instant(local("2026-09-06T00:00"))), "2026-09-06T01:00:00-03:00");
    assert_eq!(santiago.day(parse_date("2026-09-06").unwrap()).unwrap().length(), TimeDelta::hours(23));
    assert_eq!(santiago.day(parse_date("2026-04-04").unwrap()).unwrap().length(), TimeDelta::hours(25));
}

#[test]
fn moments_are_rfc_3339_in_whole_seconds() {
    assert_eq!(Moment::parse("2025-12-15T10:00:00-03:00"), Ok(Moment::Exact(at("2025-12-15T13:00:00Z"))));
    assert_eq!(Moment::parse("2025-12-15T10:00"), Ok(Moment::Local(local("2025-12-15T10:00"))));
    for wrong in ["", "2025-12-15", "2025-13-15T10:00", "2025-12-15 10:00:00.5", "2025-12-15T10:00:00.5Z", "15/12/2025"]
    {
        assert_eq!(Moment::parse(wrong), Err(Rule::DateTime), "{wrong}");
    }
}

#[test]
fn dates_and_times_have_one_spelling() {
    assert!(parse_date("2025-02-29").is_err());
    assert!(parse_date("2025-2-9").is_err());
    assert!(parse_time("09:00").is_ok() && parse_time("09:00:30").is_ok());
    for wrong in ["9:00", "24:00", "09:60", "09:00:60", "09", "0a:00"] {
        assert!(parse_time(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn an_interval_over_midnight_touches_both_days() {
    let night = Interval::new(at("2025-12-15T23:30:00Z"), at("2025-12-16T00:00:00Z")).unwrap();
    assert_eq!(night.utc_days().count(), 1);
    assert_eq!(night.extended(TimeDelta::minutes(1)).utc_days().count(), 2);
}

fn interval() -> impl Strategy<Value = Interval> {
    (0i64..10_000, 1i64..2_000).prop_map(|(start, length)| {
        let start = Instant::from_unix(start * 60).unwrap();
        Interval::new(start, start.plus(TimeDelta::minutes(length))).unwrap()
    })
}

proptest! {
    #[test]
    fn overlap_is_sharing_a_minute(a in interval(), b in interval()) {
        let minutes = |i: Interval| (i.start().unix() / 60..i.end().unix() / 60).collect::<std::collections::BTreeSet<_>>();
        prop_assert_eq!(a.overlaps(b), !minutes(a).is_disjoint(&minutes(b)));
        prop_assert_eq!(a.overlaps(b), b.overlaps(a));
        prop_assert_eq!(a.contains(b), minutes(b).is_subset(&minutes(a)));
    }

    #[test]
    fn a_local_time_that_exists_once_comes_back(hours in 0i64..20_000, zone in prop::sample::select(vec![
        "America/Santiago", "America/Tijuana", "America/Ciudad_Juarez", "America/Havana", "America/Bogota",
    ])) {
        let zone = Zone::parse(zone).unwrap();
        let instant = at("2025-01-01T00:30:00Z").plus(TimeDelta::hours(hours));
        let wall = zone.local(instant);
        match zone.instant(wall) {
            Ok(back) => prop_assert_eq!(back, instant),
            Err(rule) => prop_assert_eq!(rule, Rule::RepeatedLocalTime),
        }
        prop_assert_eq!(Instant::parse(&zone.rfc3339(instant)), Ok(instant));
    }
}
