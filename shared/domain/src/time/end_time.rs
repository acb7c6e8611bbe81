//! The time of day at which availability ends.

use super::{LocalDate, LocalDateTime, LocalTime, parse_time};
use crate::violation::Rule;
use chrono::Days;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A local time, or 24:00: the midnight at which the day ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EndTime {
    At(LocalTime),
    Midnight,
}

/// 24:00 as clients write it; seconds may follow.
const MIDNIGHT: [&str; 2] = ["24:00", "24:00:00"];

impl EndTime {
    /// Parses `HH:MM` or `HH:MM:SS`, up to `24:00:00`.
    pub fn parse(text: &str) -> Result<Self, Rule> {
        if MIDNIGHT.contains(&text) { Ok(Self::Midnight) } else { parse_time(text).map(Self::At) }
    }

    /// The local time at which a day's availability ends; after 24:00 it is on the next day.
    #[must_use]
    pub fn on(self, date: LocalDate) -> LocalDateTime {
        match self {
            Self::At(time) => date.and_time(time),
            Self::Midnight => date.checked_add_days(Days::new(1)).unwrap_or(date).and_time(LocalTime::MIN),
        }
    }

    /// Whether it is after a time of the same day.
    #[must_use]
    pub fn is_after(self, start: LocalTime) -> bool {
        Self::At(start) < self
    }
}

impl From<LocalTime> for EndTime {
    fn from(time: LocalTime) -> Self {
        Self::At(time)
    }
}

impl fmt::Display for EndTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(time) => write!(f, "{}", time.format("%H:%M:%S")),
            Self::Midnight => f.write_str("24:00:00"),
        }
    }
}

impl Serialize for EndTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EndTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(|_| serde::de::Error::custom("not a time of day"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::de::IntoDeserializer as _;
    use serde::de::value::StrDeserializer;

    #[test]
    fn midnight_is_the_end_of_the_day_and_not_its_beginning() {
        let date = "2025-12-31".parse().unwrap();
        for (text, on) in [
            ("24:00", "2026-01-01T00:00:00"),
            ("24:00:00", "2026-01-01T00:00:00"),
            ("00:00", "2025-12-31T00:00:00"),
            ("23:59:59", "2025-12-31T23:59:59"),
        ] {
            assert_eq!(EndTime::parse(text).unwrap().on(date), on.parse().unwrap(), "{text}");
        }
        let (midnight, noon) = (EndTime::parse("24:00").unwrap(), EndTime::parse("12:00").unwrap());
        assert!(midnight > EndTime::parse("23:59:59").unwrap() && noon.is_after(LocalTime::MIN));
        assert!(!EndTime::At(LocalTime::MIN).is_after(LocalTime::MIN));
        for text in ["24:01", "24:00:01", "25:00", "24", "24:0"] {
            assert_eq!(EndTime::parse(text), Err(Rule::Time), "{text}");
        }
    }

    #[test]
    fn rows_of_older_builds_are_read() {
        for time in ["13:00:00", "24:00:00"] {
            let text: StrDeserializer<'_, serde::de::value::Error> = time.into_deserializer();
            assert_eq!(EndTime::deserialize(text).unwrap().to_string(), time);
        }
    }
}
