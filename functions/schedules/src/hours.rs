//! Parses the hours of an availability window or weekly rule in a request body.

use domain::schedule::SLOT_MINUTES;
use domain::time::{LocalTime, parse_time};
use domain::violation::{Rule, Violations};

/// Default length of a slot, in minutes.
const DEFAULT_SLOT: i64 = 30;

/// Start and end of the availability, and the length of its slots in minutes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hours {
    pub(crate) start_time: LocalTime,
    pub(crate) end_time: LocalTime,
    pub(crate) slot_minutes: u16,
}

impl Hours {
    pub(crate) fn parse(v: &mut Violations, start: &str, end: &str, slot: Option<i64>) -> Option<Self> {
        let start_time = v.take("start_time", parse_time(start));
        let end_time = v.take("end_time", parse_time(end));
        let (least, most) = SLOT_MINUTES;
        let slot = u16::try_from(slot.unwrap_or(DEFAULT_SLOT)).ok().filter(|slot| (least..=most).contains(slot));
        let slot_minutes = v.take("slot_minutes", slot.ok_or(Rule::Range(i64::from(least), i64::from(most))));
        let (start_time, end_time) = start_time.zip(end_time)?;
        if end_time <= start_time {
            v.add("end_time", Rule::EndNotAfterStart);
        }
        slot_minutes.map(|slot_minutes| Self { start_time, end_time, slot_minutes })
    }
}

/// Formats a time as `HH:MM:SS`.
pub(crate) fn format_time(time: LocalTime) -> String {
    time.format("%H:%M:%S").to_string()
}
