//! Availability of a doctor in a room: dated windows, and the periods that windows and rules give.
//!
//! An [`AvailabilityPeriod`] belongs to one local day. It comes from a [`Window`], which applies to that day
//! only, or from a [`WeeklyRule`](crate::weekly_rule::WeeklyRule), which gives periods in each of its
//! weeks. Booking and listing work on periods and don't distinguish their sources.

use crate::ids::{ClinicId, DoctorId, RoomId, RuleId, WindowId};
use crate::time::{EndTime, Instant, Interval, LocalDate, LocalTime, TimeDelta, Zone};
use serde::{Deserialize, Serialize};

/// The bounds of the length of a slot in minutes, both included.
pub const SLOT_MINUTES: (u16, u16) = (5, 240);

/// A period of one local day in which one doctor can be booked in one room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AvailabilityPeriod {
    pub source: Source,
    pub doctor: DoctorId,
    pub room: RoomId,
    /// The room's clinic.
    pub clinic: ClinicId,
    pub zone: Zone,
    /// The day in the clinic's time zone.
    pub date: LocalDate,
    pub start_time: LocalTime,
    /// After `start_time`.
    pub end_time: EndTime,
    pub slot_minutes: u16,
}

/// The window or rule that gives an availability period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    Window(WindowId),
    Rule(RuleId),
}

impl AvailabilityPeriod {
    /// The period as instants. Across a clock change its length is what the wall clock shows. `None` if the
    /// clock change skips the whole period.
    #[must_use]
    pub fn interval(&self) -> Option<Interval> {
        Interval::new(
            self.zone.first_instant(self.date.and_time(self.start_time)),
            self.zone.last_instant(self.end_time.on(self.date)),
        )
    }

    /// Whether at least one slot fits into the period.
    #[must_use]
    pub fn has_slot(&self) -> bool {
        self.interval().is_some_and(|open| open.length() >= TimeDelta::minutes(i64::from(self.slot_minutes)))
    }

    /// Whether two periods of one doctor overlap. In one time zone local times are compared, so that periods that
    /// touch don't overlap in an hour that a clock change repeats.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        if self.zone == other.zone {
            self.date == other.date
                && other.end_time.is_after(self.start_time)
                && self.end_time.is_after(other.start_time)
        } else {
            matches!((self.interval(), other.interval()), (Some(a), Some(b)) if a.overlaps(b))
        }
    }
}

/// A dated window: one doctor, one room, one local day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    pub id: WindowId,
    pub doctor: DoctorId,
    pub room: RoomId,
    /// The room's clinic.
    pub clinic: ClinicId,
    /// A copy of the clinic's time zone, which saves a booking a third round of reads. The zone of a clinic
    /// can't change while it has windows.
    pub zone: Zone,
    /// The day in the clinic's time zone.
    pub date: LocalDate,
    pub start_time: LocalTime,
    /// After `start_time`.
    pub end_time: EndTime,
    /// Within [`SLOT_MINUTES`].
    pub slot_minutes: u16,
    /// Whether the doctor's weekly rules don't apply on this day.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub instead_of_rules: bool,
    pub created_at: Instant,
    pub updated_at: Instant,
    /// Incremented with each change.
    pub version: u64,
}

impl Window {
    #[must_use]
    pub fn period(&self) -> AvailabilityPeriod {
        AvailabilityPeriod {
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
