//! Dates and times as the pages show them. The API's instants have the clinic's offset, so the local time is in the
//! text itself; the browser's zone changes nothing.

use domain::language::Language;
use domain::messages::spell_date_time;
use domain::time::{Instant, LocalDate, LocalTime, TimeDelta, Zone, parse_date};

/// `2027-01-18`, from an instant in RFC 3339.
#[must_use]
pub fn date_of(instant: &str) -> Option<LocalDate> {
    parse_date(instant.get(..10)?).ok()
}

/// `10:00`, from an instant in RFC 3339 or from a time.
#[must_use]
pub fn time_of(instant: &str) -> &str {
    let time = instant.split_once('T').map_or(instant, |(_, time)| time);
    time.get(..5).unwrap_or(time)
}

/// The minutes since the midnight at which `day` begins: 1440 at its end, 0 for what began before it.
#[must_use]
pub fn minute_of(instant: &str, day: LocalDate) -> u32 {
    match date_of(instant) {
        Some(date) if date < day => 0,
        Some(date) if date > day => 24 * 60,
        _ => minutes(time_of(instant)),
    }
}

/// The minutes of `HH:MM`; `24:00` is the end of the day.
#[must_use]
pub fn minutes(time: &str) -> u32 {
    let (hours, minutes) = time.split_once(':').unwrap_or(("0", "0"));
    let minutes = minutes.get(..2).unwrap_or(minutes);
    hours.parse::<u32>().unwrap_or(0) * 60 + minutes.parse::<u32>().unwrap_or(0)
}

/// `lunes 18 de enero`.
#[must_use]
pub fn in_words(date: LocalDate, language: Language) -> String {
    let noon = date.and_time(LocalTime::MIN).and_utc() + TimeDelta::hours(12);
    spell_date_time(Instant::from_utc(noon), Zone::utc(), language).0
}

/// `lunes 18 de enero, 10:00`, from an instant in RFC 3339.
#[must_use]
pub fn day_and_time(instant: &str, language: Language) -> String {
    match date_of(instant) {
        Some(date) => format!("{}, {}", in_words(date, language), time_of(instant)),
        None => instant.to_owned(),
    }
}

/// `18/01 10:00`, from an instant in RFC 3339, for narrow places.
#[must_use]
pub fn short(instant: &str) -> String {
    match (instant.get(8..10), instant.get(5..7)) {
        (Some(day), Some(month)) => format!("{day}/{month} {}", time_of(instant)),
        _ => instant.to_owned(),
    }
}

/// The same in a clinic's zone, for instants in UTC.
#[must_use]
pub fn short_in(instant: &str, zone: Zone) -> String {
    Instant::parse(instant).map_or_else(|_| short(instant), |instant| short(&zone.rfc3339(instant)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_clinic() {
        let day = parse_date("2027-01-18").unwrap();
        assert_eq!(time_of("2027-01-18T10:00:00-03:00"), "10:00");
        assert_eq!(minute_of("2027-01-18T10:30:00-03:00", day), 630);
        assert_eq!(
            (minute_of("2027-01-17T23:30:00-03:00", day), minute_of("2027-01-19T00:10:00-03:00", day)),
            (0, 1440)
        );
        assert_eq!((minutes("24:00:00"), minutes("09:05")), (1440, 545));
        assert_eq!(short("2027-01-18T10:00:00-03:00"), "18/01 10:00");
        assert_eq!(short_in("2027-01-18T13:00:00Z", Zone::parse("America/Bogota").unwrap()), "18/01 08:00");
    }

    #[test]
    fn dates_are_written_out() {
        let day = parse_date("2025-12-08").unwrap();
        assert_eq!(in_words(day, Language::Es), "lunes 8 de diciembre");
        assert_eq!(day_and_time("2025-12-08T09:30:00-03:00", Language::En), "Monday, December 8, 09:30");
    }
}
