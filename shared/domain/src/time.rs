//! Instants, the zones of clinics, and the local times that people say.
//!
//! An [`Instant`] is a point in time, kept in UTC. A [`Zone`] turns it into what the clock on the
//! clinic's wall shows, and back: where a clock change skips or repeats a local time, that is an
//! error with a name, never a guess. `chrono-tz` stays behind [`Zone`].

use crate::violation::Rule;
use chrono::{
    DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, SubsecRound as _, TimeZone as _,
    Timelike as _, Utc,
};
use chrono::{LocalResult, Offset as _};
use serde::{Deserialize, Serialize};
use std::fmt;

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

/// An IANA time zone.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Zone(chrono_tz::Tz);

impl Zone {
    /// Reads an IANA name, as `America/Argentina/Buenos_Aires`.
    ///
    /// # Errors
    /// [`Rule::TimeZone`].
    pub fn parse(name: &str) -> Result<Self, Rule> {
        name.parse().map(Self).map_err(|_| Rule::TimeZone)
    }

    /// Coordinated Universal Time, for where no clinic is involved.
    #[must_use]
    pub fn utc() -> Self {
        Self(chrono_tz::UTC)
    }

    /// The IANA name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// What the wall clock shows at an instant.
    #[must_use]
    pub fn local(self, instant: Instant) -> NaiveDateTime {
        instant.0.with_timezone(&self.0).naive_local()
    }

    /// The local calendar day of an instant.
    #[must_use]
    pub fn date(self, instant: Instant) -> NaiveDate {
        self.local(instant).date()
    }

    /// The one instant at which the wall clock shows `local`.
    ///
    /// # Errors
    /// [`Rule::SkippedLocalTime`] in the gap of a clock change, [`Rule::RepeatedLocalTime`] in its
    /// fold.
    pub fn instant(self, local: NaiveDateTime) -> Result<Instant, Rule> {
        match self.0.from_local_datetime(&local) {
            LocalResult::Single(time) => Ok(Instant::from_utc(time.to_utc())),
            LocalResult::Ambiguous(..) => Err(Rule::RepeatedLocalTime),
            LocalResult::None => Err(Rule::SkippedLocalTime),
        }
    }

    /// The first instant at which the wall clock shows `local` or, in a gap, something later: how a
    /// schedule's own times are read, since a window may well begin at a midnight that doesn't exist.
    #[must_use]
    pub fn first_instant(self, local: NaiveDateTime) -> Instant {
        if let Some(time) = self.0.from_local_datetime(&local).earliest() {
            return Instant::from_utc(time.to_utc());
        }
        // A gap ends on a whole minute, and within a day: Samoa once skipped one.
        let minute = local.with_second(0).unwrap_or(local);
        (1..=24 * 60)
            .filter_map(|minutes| minute.checked_add_signed(TimeDelta::minutes(minutes)))
            .find_map(|candidate| self.0.from_local_datetime(&candidate).earliest())
            .map_or_else(|| Instant::from_utc(local.and_utc()), |time| Instant::from_utc(time.to_utc()))
    }

    /// The instant after the last one at which the wall clock shows less than `local`: in a fold the
    /// second time round, but the first where `local` is the fold's own beginning. For the ends of
    /// windows.
    #[must_use]
    pub fn last_instant(self, local: NaiveDateTime) -> Instant {
        let second = TimeDelta::seconds(1);
        local
            .checked_sub_signed(second)
            .and_then(|before| self.0.from_local_datetime(&before).latest())
            .map_or_else(|| self.first_instant(local), |before| Instant::from_utc(before.to_utc()).plus(second))
    }

    /// A local day as an interval: 23, 24 or 25 hours.
    #[must_use]
    pub fn day(self, date: NaiveDate) -> Option<Interval> {
        let start = self.first_instant(date.and_time(NaiveTime::MIN));
        let end = self.first_instant(date.succ_opt()?.and_time(NaiveTime::MIN));
        Interval::new(start, end)
    }

    /// RFC 3339 with this zone's offset at the instant: `2025-12-15T10:00:00-03:00`.
    #[must_use]
    pub fn rfc3339(self, instant: Instant) -> String {
        let local = instant.0.with_timezone(&self.0);
        local.with_timezone(&local.offset().fix()).to_rfc3339_opts(SecondsFormat::AutoSi, false)
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Zone {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::parse(&name).map_err(|_| serde::de::Error::custom("not an IANA time zone"))
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
