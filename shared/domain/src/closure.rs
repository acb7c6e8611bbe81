//! Blocks and holidays: times at which a doctor, a room or a clinic can't be booked.

use crate::ids::{BlockId, ClinicId, DoctorId, HolidayId, RoomId};
use crate::text::{Line, Note};
use crate::time::{Instant, Interval, LocalDate, Zone};
use serde::{Deserialize, Serialize};

/// A time span in which a doctor, a room or a whole clinic can't be booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    pub id: BlockId,
    pub of: BlockTarget,
    /// The clinic of the room, or the clinic itself; `None` for a doctor.
    pub clinic: Option<ClinicId>,
    /// The time zone of that clinic, in which the block is shown.
    pub zone: Option<Zone>,
    pub start: Instant,
    /// After `start`.
    pub end: Instant,
    /// For the staff, never shown to patients.
    pub reason: Option<Note<500>>,
    pub created_at: Instant,
    pub updated_at: Instant,
    /// Incremented with each change.
    pub version: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockTarget {
    /// A doctor, in every clinic.
    Doctor(DoctorId),
    /// A room, for every doctor.
    Room(RoomId),
    /// Every room of a clinic.
    Clinic(ClinicId),
}

impl Block {
    /// `[start, end)`; `None` if the row is inconsistent.
    #[must_use]
    pub fn interval(&self) -> Option<Interval> {
        Interval::new(self.start, self.end)
    }
}

/// A local day on which a clinic, or every clinic, is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holiday {
    pub id: HolidayId,
    /// `None` for a holiday of all clinics.
    pub clinic: Option<ClinicId>,
    /// The calendar day in each clinic's time zone.
    pub date: LocalDate,
    pub name: Line<150>,
    pub created_at: Instant,
    pub updated_at: Instant,
    /// Incremented with each change.
    pub version: u64,
}

/// The merged closed time of a doctor or a room: intervals in order that don't touch each other.
///
/// Serialised as pairs of Unix seconds, because every booking pays for the size of the row that holds it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(i64, i64)>", into = "Vec<(i64, i64)>")]
pub struct Closures(Vec<Interval>);

impl Closures {
    /// Merges intervals that overlap or touch.
    #[must_use]
    pub fn of(intervals: impl IntoIterator<Item = Interval>) -> Self {
        let mut intervals: Vec<Interval> = intervals.into_iter().collect();
        intervals.sort_unstable();
        let mut merged: Vec<Interval> = Vec::new();
        for next in intervals {
            match merged.last_mut() {
                Some(last) if next.start() <= last.end() => *last = last.until(next.end()),
                _ => merged.push(next),
            }
        }
        Self(merged)
    }

    /// Without the intervals that ended by `now`.
    #[must_use]
    pub fn without_past(mut self, now: Instant) -> Self {
        self.0.retain(|closed| closed.end() > now);
        self
    }

    /// Whether any part of `wanted` is closed.
    #[must_use]
    pub fn overlaps(&self, wanted: Interval) -> bool {
        self.0.iter().any(|closed| closed.overlaps(wanted))
    }

    /// Whether all of `wanted` is closed.
    #[must_use]
    pub fn contains(&self, wanted: Interval) -> bool {
        self.0.iter().any(|closed| closed.contains(wanted))
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The intervals, in order.
    pub fn iter(&self) -> impl Iterator<Item = Interval> {
        self.0.iter().copied()
    }
}

impl From<Vec<(i64, i64)>> for Closures {
    fn from(pairs: Vec<(i64, i64)>) -> Self {
        let interval = |(start, end)| Interval::new(Instant::from_unix(start)?, Instant::from_unix(end)?);
        Self::of(pairs.into_iter().filter_map(interval))
    }
}

impl From<Closures> for Vec<(i64, i64)> {
    fn from(closures: Closures) -> Self {
        closures.0.into_iter().map(|closed| (closed.start().unix(), closed.end().unix())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn interval(start: i64, end: i64) -> Interval {
        Interval::new(Instant::from_unix(start).unwrap(), Instant::from_unix(end).unwrap()).unwrap()
    }

    proptest! {
        /// Compared with a model that checks each second.
        #[test]
        fn merging_closes_the_same_seconds_as_the_parts(
            parts in prop::collection::vec((0i64..60, 1i64..20), 0..8),
            start in 0i64..70, length in 1i64..20, now in 0i64..70,
        ) {
            let wanted = interval(start, start + length);
            let open = |second: i64| !parts.iter().any(|(s, l)| *s <= second && second < s + l);
            let closures = Closures::of(parts.iter().map(|(s, l)| interval(*s, s + l)));
            prop_assert_eq!(closures.overlaps(wanted), (start..start + length).any(|second| !open(second)));
            prop_assert_eq!(closures.contains(wanted), (start..start + length).all(|second| !open(second)));
            let numbers: Vec<(i64, i64)> = closures.clone().into();
            prop_assert!(numbers.windows(2).all(|pair| pair[0].1 < pair[1].0), "in order, apart: {:?}", numbers);
            prop_assert_eq!(&Closures::from(numbers), &closures);
            // Dropping past intervals changes nothing for later times.
            let later = closures.clone().without_past(Instant::from_unix(now).unwrap());
            if now <= start {
                prop_assert_eq!(later.overlaps(wanted), closures.overlaps(wanted));
            }
        }
    }
}
