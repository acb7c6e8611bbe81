//! Instants, time zones and local times.
//!
//! An [`Instant`] is a point in time in UTC. A [`Zone`] converts it to the local time of a clinic and back. A
//! local time that a clock change skips or repeats is a distinct error, never guessed.

mod end_time;
mod zone;

use crate::violation::Rule;
use chrono::{
    DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, SubsecRound as _, Timelike as _, Utc,
};
pub use end_time::EndTime;
use serde::{Deserialize, Serialize};
use std::fmt;
pub use zone::Zone;

pub use chrono::{
    Days, Months, NaiveDate as LocalDate, NaiveDateTime as LocalDateTime, NaiveTime as LocalTime, TimeDelta,
};

/// The last date that `YYYY-MM-DD` can represent.
pub const LAST_DAY: LocalDate = match NaiveDate::from_ymd_opt(9999, 12, 31) {
    Some(day) => day,
    None => NaiveDate::MAX,
};

/// A point in time, in whole milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instant(DateTime<Utc>);

impl Instant {
    /// Truncates a UTC time to milliseconds.
    #[must_use]
    pub fn from_utc(time: DateTime<Utc>) -> Self {
        Self(time.trunc_subsecs(3))
    }

    /// From Unix time in seconds. `None` outside the range of chrono.
    #[must_use]
    pub fn from_unix(seconds: i64) -> Option<Self> {
        DateTime::from_timestamp(seconds, 0).map(Self)
    }

    /// Parses RFC 3339 with an offset.
    pub fn parse(text: &str) -> Result<Self, Rule> {
        DateTime::parse_from_rfc3339(text).map(|time| Self::from_utc(time.to_utc())).map_err(|_| Rule::DateTime)
    }

    #[must_use]
    pub fn utc(self) -> DateTime<Utc> {
        self.0
    }

    /// Unix time in seconds.
    #[must_use]
    pub fn unix(self) -> i64 {
        self.0.timestamp()
    }

    /// The UTC calendar day. Only keys of the table use it; users and patients see local dates.
    #[must_use]
    pub fn utc_day(self) -> NaiveDate {
        self.0.date_naive()
    }

    /// The instant `delta` later, or earlier if it is negative; saturates at the ends of chrono's range.
    #[must_use]
    pub fn plus(self, delta: TimeDelta) -> Self {
        let end = if delta < TimeDelta::zero() { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
        Self::from_utc(self.0.checked_add_signed(delta).unwrap_or(end))
    }

    /// The duration from `earlier` to this instant.
    #[must_use]
    pub fn since(self, earlier: Self) -> TimeDelta {
        self.0.signed_duration_since(earlier.0)
    }

    #[must_use]
    pub fn is_whole_second(self) -> bool {
        self.0.timestamp_subsec_millis() == 0
    }

    /// RFC 3339 with `Z`; with a fraction only if it isn't zero.
    #[must_use]
    pub fn rfc3339(self) -> String {
        self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true)
    }

    /// A text of fixed width that sorts like the instants, for keys: `2025-12-15T13:00:00.000Z`.
    #[must_use]
    pub fn sortable(self) -> String {
        self.0.to_rfc3339_opts(SecondsFormat::Millis, true)
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

/// A time as a client sent it: with an offset, or in the clinic's local time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientTime {
    Exact(Instant),
    /// Without an offset: the time zone of the clinic applies.
    Local(NaiveDateTime),
}

impl ClientTime {
    /// Parses RFC 3339 with or without an offset, in whole seconds; a local time may omit the seconds.
    pub fn parse(text: &str) -> Result<Self, Rule> {
        if let Ok(instant) = Instant::parse(text) {
            return if instant.is_whole_second() { Ok(Self::Exact(instant)) } else { Err(Rule::DateTime) };
        }
        ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"]
            .iter()
            .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
            .filter(|local| (1900..=9999).contains(&local.year()))
            .map(Self::Local)
            .ok_or(Rule::DateTime)
    }

    /// The instant, with a local time read in the clinic's time zone.
    pub fn resolve(self, zone: Zone) -> Result<Instant, Rule> {
        match self {
            Self::Exact(instant) => Ok(instant),
            Self::Local(local) => zone.instant(local),
        }
    }

    /// The instant in a time zone; the first one with that local time, or a later one, where a clock change repeats or
    /// skips it.
    #[must_use]
    pub fn first_instant(self, zone: Zone) -> Instant {
        match self {
            Self::Exact(instant) => instant,
            Self::Local(local) => zone.first_instant(local),
        }
    }

    /// The latest possible instant if the time zone is unknown: no zone is more than twelve hours behind UTC.
    #[must_use]
    pub fn latest(self) -> Instant {
        match self {
            Self::Exact(instant) => instant,
            Self::Local(local) => Instant::from_utc(local.and_utc()).plus(TimeDelta::hours(12)),
        }
    }

    /// The earliest possible instant if the time zone is unknown: no zone is more than fourteen hours ahead of UTC.
    #[must_use]
    pub fn earliest(self) -> Instant {
        match self {
            Self::Exact(instant) => instant,
            Self::Local(local) => Instant::from_utc(local.and_utc()).plus(-TimeDelta::hours(14)),
        }
    }

    /// The calendar date as the client sent it; it differs from the clinic's by at most one day.
    #[must_use]
    pub fn nominal_date(self) -> NaiveDate {
        match self {
            Self::Exact(instant) => instant.utc_day(),
            Self::Local(local) => local.date(),
        }
    }
}

/// A half-open interval of time, never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interval {
    start: Instant,
    end: Instant,
}

impl Interval {
    /// `[start, end)`; `None` unless it ends after it starts.
    #[must_use]
    pub fn new(start: Instant, end: Instant) -> Option<Self> {
        (start < end).then_some(Self { start, end })
    }

    #[must_use]
    pub fn start(self) -> Instant {
        self.start
    }

    /// The first instant after the interval.
    #[must_use]
    pub fn end(self) -> Instant {
        self.end
    }

    #[must_use]
    pub fn length(self) -> TimeDelta {
        self.end.since(self.start)
    }

    /// Whether the two share an instant. Intervals that touch don't overlap.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    #[must_use]
    pub fn contains(self, inner: Self) -> bool {
        self.start <= inner.start && inner.end <= self.end
    }

    /// With the end moved later; a negative duration changes nothing.
    #[must_use]
    pub fn extended(self, by: TimeDelta) -> Self {
        Self { start: self.start, end: self.end.plus(by.max(TimeDelta::zero())) }
    }

    /// With the end moved to `end` if that is later.
    #[must_use]
    pub fn until(self, end: Instant) -> Self {
        Self { start: self.start, end: self.end.max(end) }
    }

    /// Every UTC day that it overlaps, in order.
    pub fn utc_days(self) -> impl Iterator<Item = NaiveDate> {
        let last = self.end.plus(TimeDelta::milliseconds(-1)).utc_day();
        self.start.utc_day().iter_days().take_while(move |day| *day <= last)
    }
}

/// The Monday of a date's week.
#[must_use]
pub fn monday_of(date: LocalDate) -> LocalDate {
    date.checked_sub_days(Days::new(date.weekday().num_days_from_monday().into())).unwrap_or(date)
}

/// Parses `YYYY-MM-DD`.
pub fn parse_date(text: &str) -> Result<NaiveDate, Rule> {
    (text.len() == 10)
        .then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())
        .flatten()
        .filter(|date| (1..=9999).contains(&date.year()))
        .ok_or(Rule::Date)
}

/// Parses `HH:MM` or `HH:MM:SS`.
pub fn parse_time(text: &str) -> Result<NaiveTime, Rule> {
    let format = match text.len() {
        5 => "%H:%M",
        8 => "%H:%M:%S",
        _ => return Err(Rule::Time),
    };
    // chrono represents a leap second as 10^9 or more nanoseconds; no local clock shows one.
    let shown = |time: &NaiveTime| time.nanosecond() < 1_000_000_000;
    NaiveTime::parse_from_str(text, format).ok().filter(shown).ok_or(Rule::Time)
}

#[cfg(test)]
#[path = "time_tests.rs"]
mod tests;
