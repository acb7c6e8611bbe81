//! Instants, the zones of clinics, and the local times that people say.
//!
//! An [`Instant`] is a point in time, kept in UTC. A [`Zone`] turns it into what the clock on the
//! clinic's wall shows, and back: where a clock change skips or repeats a local time, that is an
//! error with a name, never a guess.

mod zone;

use crate::violation::Rule;
use chrono::{
    DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, SubsecRound as _, Timelike as _, Utc,
};
use serde::{Deserialize, Serialize};
use std::fmt;
pub use zone::Zone;

pub use chrono::{
    Days, Months, NaiveDate as LocalDate, NaiveDateTime as LocalDateTime, NaiveTime as LocalTime, TimeDelta,
};

/// The last day that dates can name: what comes after it has no spelling of ten characters.
pub const LAST_DAY: LocalDate = match NaiveDate::from_ymd_opt(9999, 12, 31) {
    Some(day) => day,
    None => NaiveDate::MAX,
};

/// A point in time, in whole milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instant(DateTime<Utc>);

impl Instant {
    /// Takes a UTC time; what is finer than a millisecond is dropped.
    #[must_use]
    pub fn from_utc(time: DateTime<Utc>) -> Self {
        Self(time.trunc_subsecs(3))
    }

    /// From Unix time in seconds. `None` outside the years that chrono can hold.
    #[must_use]
    pub fn from_unix(seconds: i64) -> Option<Self> {
        DateTime::from_timestamp(seconds, 0).map(Self)
    }

    /// Reads RFC 3339 with an offset.
    ///
    /// # Errors
    /// [`Rule::DateTime`].
    pub fn parse(text: &str) -> Result<Self, Rule> {
        DateTime::parse_from_rfc3339(text).map(|time| Self::from_utc(time.to_utc())).map_err(|_| Rule::DateTime)
    }

    /// The UTC time.
    #[must_use]
    pub fn utc(self) -> DateTime<Utc> {
        self.0
    }

    /// Unix time in seconds.
    #[must_use]
    pub fn unix(self) -> i64 {
        self.0.timestamp()
    }

    /// The UTC calendar day. Only keys of the table are built from it; people get local dates.
    #[must_use]
    pub fn utc_day(self) -> NaiveDate {
        self.0.date_naive()
    }

    /// This much later (earlier where negative), stopping at the ends of chrono's range.
    #[must_use]
    pub fn plus(self, delta: TimeDelta) -> Self {
        let end = if delta < TimeDelta::zero() { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
        Self::from_utc(self.0.checked_add_signed(delta).unwrap_or(end))
    }

    /// The time from `earlier` to this.
    #[must_use]
    pub fn since(self, earlier: Self) -> TimeDelta {
        self.0.signed_duration_since(earlier.0)
    }

    /// Whether it falls on a whole second.
    #[must_use]
    pub fn is_whole_second(self) -> bool {
        self.0.timestamp_subsec_millis() == 0
    }

    /// RFC 3339 with `Z`; fractions only where there are some.
    #[must_use]
    pub fn rfc3339(self) -> String {
        self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true)
    }

    /// A form of fixed width that sorts as the instants do, for keys: `2025-12-15T13:00:00.000Z`.
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

/// An instant as a client wrote it: with an offset, or as a clinic's local time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// It had an offset.
    Exact(Instant),
    /// It had none: the wall clock of the clinic decides.
    Local(NaiveDateTime),
}

impl Moment {
    /// Reads RFC 3339 with or without an offset, in whole seconds; the seconds may be left out of a
    /// local time.
    ///
    /// # Errors
    /// [`Rule::DateTime`].
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

    /// The instant meant, by the clinic's wall clock where no offset was given.
    ///
    /// # Errors
    /// Those of [`Zone::instant`].
    pub fn resolve(self, zone: Zone) -> Result<Instant, Rule> {
        match self {
            Self::Exact(instant) => Ok(instant),
            Self::Local(local) => zone.instant(local),
        }
    }

    /// The last instant that it could mean, wherever the clinic is: no zone is more than twelve
    /// hours behind UTC.
    #[must_use]
    pub fn latest(self) -> Instant {
        match self {
            Self::Exact(instant) => instant,
            Self::Local(local) => Instant::from_utc(local.and_utc()).plus(TimeDelta::hours(12)),
        }
    }

    /// The calendar date as written; off by at most one day from the clinic's.
    #[must_use]
    pub fn nominal_date(self) -> NaiveDate {
        match self {
            Self::Exact(instant) => instant.utc_day(),
            Self::Local(local) => local.date(),
        }
    }
}

/// A half-open stretch of time, never empty.
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

    /// The first instant inside.
    #[must_use]
    pub fn start(self) -> Instant {
        self.start
    }

    /// The first instant after it.
    #[must_use]
    pub fn end(self) -> Instant {
        self.end
    }

    /// How long it is.
    #[must_use]
    pub fn length(self) -> TimeDelta {
        self.end.since(self.start)
    }

    /// Whether the two share an instant. Touching ends don't.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether `inner` lies inside.
    #[must_use]
    pub fn contains(self, inner: Self) -> bool {
        self.start <= inner.start && inner.end <= self.end
    }

    /// The same start, ending this much later.
    #[must_use]
    pub fn extended(self, by: TimeDelta) -> Self {
        Self { start: self.start, end: self.end.plus(by.max(TimeDelta::zero())) }
    }

    /// The same start, ending at `end` if that is later.
    #[must_use]
    pub fn until(self, end: Instant) -> Self {
        Self { start: self.start, end: self.end.max(end) }
    }

    /// Every UTC day that it touches, in order.
    pub fn utc_days(self) -> impl Iterator<Item = NaiveDate> {
        let last = self.end.plus(TimeDelta::milliseconds(-1)).utc_day();
        self.start.utc_day().iter_days().take_while(move |day| *day <= last)
    }
}

/// Reads `YYYY-MM-DD`.
///
/// # Errors
/// [`Rule::Date`].
pub fn parse_date(text: &str) -> Result<NaiveDate, Rule> {
    (text.len() == 10)
        .then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())
        .flatten()
        .filter(|date| (1..=9999).contains(&date.year()))
        .ok_or(Rule::Date)
}

/// Reads `HH:MM` or `HH:MM:SS`.
///
/// # Errors
/// [`Rule::Time`].
pub fn parse_time(text: &str) -> Result<NaiveTime, Rule> {
    let format = match text.len() {
        5 => "%H:%M",
        8 => "%H:%M:%S",
        _ => return Err(Rule::Time),
    };
    // chrono reads a leap second as more than a thousand million nanoseconds; no wall clock shows one.
    let shown = |time: &NaiveTime| time.nanosecond() < 1_000_000_000;
    NaiveTime::parse_from_str(text, format).ok().filter(shown).ok_or(Rule::Time)
}

#[cfg(test)]
#[path = "time_tests.rs"]
mod tests;
