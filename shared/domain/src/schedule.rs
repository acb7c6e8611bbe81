//! When a doctor sees patients in a room.

use crate::ids::{ClinicId, DoctorId, RoomId, WindowId};
use crate::time::{Instant, Interval, LocalDate, LocalTime, Zone};
use serde::{Deserialize, Serialize};

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
    /// Length of a slot, 5 to 240 minutes.
    pub slot_minutes: u16,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// One more with each change.
    pub version: u64,
}

impl Window {
    /// The window as an interval. Over a clock change it is as long as the wall clock says.
    /// `None` where the change swallowed it.
    #[must_use]
    pub fn interval(&self) -> Option<Interval> {
        Interval::new(
            self.zone.first_instant(self.date.and_time(self.start_time)),
            self.zone.last_instant(self.date.and_time(self.end_time)),
        )
    }

    /// Whether two windows of one doctor are open at the same time.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        matches!((self.interval(), other.interval()), (Some(a), Some(b)) if a.overlaps(b))
    }
}
