//! When a doctor sees patients in a room.
//!
//! An [`Opening`] is one stretch of one local day. It comes from a [`Window`], which is for that day
//! alone, or from a [`WeeklyRule`](crate::weekly_rule::WeeklyRule), which has one in each of its
//! weeks. Everything that books or shows time works on openings and doesn't ask where they are from.

use crate::ids::{ClinicId, DoctorId, RoomId, RuleId, WindowId};
use crate::time::{Instant, Interval, LocalDate, LocalTime, Zone};
use serde::{Deserialize, Serialize};

/// Length of a slot in minutes: the shortest and the longest.
pub const SLOT_MINUTES: (u16, u16) = (5, 240);

/// A stretch of one local day in which one doctor sees patients in one room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// What it comes from.
    pub source: Source,
    /// Whose time it is.
    pub doctor: DoctorId,
    /// In which room.
    pub room: RoomId,
    /// The room's clinic.
    pub clinic: ClinicId,
    /// The clinic's zone.
    pub zone: Zone,
    /// The local day.
    pub date: LocalDate,
    /// Local time at which it begins.
    pub start_time: LocalTime,
    /// Local time at which it ends, after `start_time`.
    pub end_time: LocalTime,
    /// Length of a slot.
    pub slot_minutes: u16,
}

/// What an opening comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A dated window.
    Window(WindowId),
    /// A weekly rule.
    Rule(RuleId),
}

impl Opening {
    /// The opening as an interval. Over a clock change it is as long as the wall clock says.
    /// `None` where the change swallowed it.
    #[must_use]
    pub fn interval(&self) -> Option<Interval> {
        Interval::new(
            self.zone.first_instant(self.date.and_time(self.start_time)),
            self.zone.last_instant(self.date.and_time(self.end_time)),
        )
    }

    /// Whether two openings of one doctor share time. By one wall clock that is what it shows, so that
    /// openings which touch don't come to overlap in an hour that a clock change repeats.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        if self.zone == other.zone {
            self.date == other.date && self.start_time < other.end_time && other.start_time < self.end_time
        } else {
            matches!((self.interval(), other.interval()), (Some(a), Some(b)) if a.overlaps(b))
        }
    }
}

/// A dated window: one doctor, one room, one local day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Its id.
    pub id: WindowId,
    /// Whose time it is.
    pub doctor: DoctorId,
    /// In which room.
    pub room: RoomId,
    /// The room's clinic.
    pub clinic: ClinicId,
    /// The clinic's zone: a copy, so that a booking needs no third round of reads. A clinic's zone
    /// can't change while it has windows.
    pub zone: Zone,
    /// The local day.
    pub date: LocalDate,
    /// Local time at which it opens.
    pub start_time: LocalTime,
    /// Local time at which it closes, after `start_time`.
    pub end_time: LocalTime,
    /// Length of a slot, within [`SLOT_MINUTES`].
    pub slot_minutes: u16,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// One more with each change.
    pub version: u64,
}

impl Window {
    /// Its one opening.
    #[must_use]
    pub fn opening(&self) -> Opening {
        Opening {
            source: Source::Window(self.id),
            doctor: self.doctor,
            room: self.room,
            clinic: self.clinic,
            zone: self.zone,
            date: self.date,
            start_time: self.start_time,
            end_time: self.end_time,
            slot_minutes: self.slot_minutes,
        }
    }
}
