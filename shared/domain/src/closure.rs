//! When nobody can be seen although there would be an opening: blocks and holidays.

use crate::ids::{BlockId, ClinicId, DoctorId, HolidayId, RoomId};
use crate::text::{Line, Note};
use crate::time::{Instant, Interval, LocalDate, Zone};
use serde::{Deserialize, Serialize};

/// A stretch of time in which a doctor, a room or a whole clinic can't be booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// Its id.
    pub id: BlockId,
    /// What it closes.
    pub of: Blocked,
    /// The clinic of the room, or the clinic itself. A doctor belongs to none.
    pub clinic: Option<ClinicId>,
    /// That clinic's zone, in which the block is shown.
    pub zone: Option<Zone>,
    /// From when.
    pub start: Instant,
    /// Until when, after `start`.
    pub end: Instant,
    /// Why: for the staff, never for patients.
    pub reason: Option<Note<500>>,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// One more with each change.
    pub version: u64,
}

/// What a block closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blocked {
    /// A doctor, wherever.
    Doctor(DoctorId),
    /// A room, for everybody.
    Room(RoomId),
    /// All rooms of a clinic.
    Clinic(ClinicId),
}

impl Block {
    /// The time that it closes.
    #[must_use]
    pub fn interval(&self) -> Option<Interval> {
        Interval::new(self.start, self.end)
    }
}

/// A local day on which a clinic, or every clinic, is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holiday {
    /// Its id.
    pub id: HolidayId,
    /// Where; everywhere if `None`.
    pub clinic: Option<ClinicId>,
    /// The day, by each clinic's own wall clock.
    pub date: LocalDate,
    /// Its name.
    pub name: Line<150>,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// One more with each change.
    pub version: u64,
}

/// All the time in which a doctor or a room is closed, whyever: stretches in order that don't touch.
///
/// Kept in seconds, because it is part of a row that each booking pays for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(i64, i64)>", into = "Vec<(i64, i64)>")]
pub struct Closures(Vec<Interval>);

impl Closures {
    /// Puts stretches together; what overlaps or touches becomes one.
    #[must_use]
    pub fn of(stretches: impl IntoIterator<Item = Interval>) -> Self {
        let mut stretches: Vec<Interval> = stretches.into_iter().collect();
        stretches.sort_unstable();
        let mut merged: Vec<Interval> = Vec::new();
        for next in stretches {
            match merged.last_mut() {
                Some(last) if next.start() <= last.end() => *last = last.until(next.end()),
                _ => merged.push(next),
            }
        }
        Self(merged)
    }

    /// Without what is over.
    #[must_use]
    pub fn after(mut self, now: Instant) -> Self {
        self.0.retain(|closed| closed.end() > now);
        self
    }

    /// Whether a part of `wanted` is closed.
    #[must_use]
    pub fn touch(&self, wanted: Interval) -> bool {
        self.0.iter().any(|closed| closed.overlaps(wanted))
    }

    /// Whether all of `wanted` is closed.
    #[must_use]
    pub fn cover(&self, wanted: Interval) -> bool {
        self.0.iter().any(|closed| closed.contains(wanted))
    }

    /// Whether nothing is closed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The stretches, in order.
    pub fn iter(&self) -> impl Iterator<Item = Interval> {
        self.0.iter().copied()
    }
}

impl From<Vec<(i64, i64)>> for Closures {
    fn from(stretches: Vec<(i64, i64)>) -> Self {
        let interval = |(start, end)| Interval::new(Instant::from_unix(start)?, Instant::from_unix(end)?);
        Self::of(stretches.into_iter().filter_map(interval))
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
        /// Held against a model that looks at each second.
        #[test]
        fn they_close_exactly_what_their_parts_close(
            parts in prop::collection::vec((0i64..60, 1i64..20), 0..8),
            start in 0i64..70, length in 1i64..20, now in 0i64..70,
        ) {
            let wanted = interval(start, start + length);
            let open = |second: i64| !parts.iter().any(|(s, l)| *s <= second && second < s + l);
            let closures = Closures::of(parts.iter().map(|(s, l)| interval(*s, s + l)));
            prop_assert_eq!(closures.touch(wanted), (start..start + length).any(|second| !open(second)));
            prop_assert_eq!(closures.cover(wanted), (start..start + length).all(|second| !open(second)));
            let numbers: Vec<(i64, i64)> = closures.clone().into();
            prop_assert!(numbers.windows(2).all(|pair| pair[0].1 < pair[1].0), "in order, apart: {:?}", numbers);
            prop_assert_eq!(&Closures::from(numbers), &closures);
            // Dropping what is over changes nothing for what is to come.
            let later = closures.clone().after(Instant::from_unix(now).unwrap());
            if now <= start {
                prop_assert_eq!(later.touch(wanted), closures.touch(wanted));
            }
        }
    }
}
