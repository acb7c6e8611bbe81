//! Clinics and their rooms.

use crate::ids::{ClinicId, RoomId};
use crate::phone::Phone;
use crate::record::Record;
use crate::text::Line;
use crate::time::{LocalTime, Zone};
use serde::{Deserialize, Serialize};

/// A clinic.
pub type Clinic = Record<ClinicId, ClinicProfile>;

/// A room.
pub type Room = Record<RoomId, RoomProfile>;

/// What an ADMIN edits of a clinic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClinicProfile {
    /// Its name.
    pub name: Line<150>,
    /// Where it is; reminders say it.
    pub address: Option<Line<200>>,
    /// Phone number.
    pub phone_number: Option<Phone>,
    /// The clock on its wall.
    pub timezone: Zone,
    /// When and how patients are reminded.
    pub reminders: ReminderSettings,
    /// For how long an appointment's time stays taken after the patient asked for another, in minutes.
    pub hold_minutes: u32,
    /// Appointments a doctor may take a day beyond the free ones.
    pub overbook_per_day: u32,
    /// Whether patients get a notice of a new appointment.
    pub notify_on_create: bool,
    /// Whether patients get a notice when staff cancel.
    pub notify_on_cancel: bool,
    /// Whether patients get a notice when staff move an appointment.
    pub notify_on_move: bool,
}

/// When patients of a clinic are reminded. They apply to appointments booked from then on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReminderSettings {
    /// This many calendar days before the appointment, 0 to 14.
    pub days_before: u8,
    /// At this local time.
    pub time: LocalTime,
    /// No message from this local time …
    pub quiet_from: LocalTime,
    /// … until this one. Equal means no quiet hours.
    pub quiet_until: LocalTime,
}

impl Default for ReminderSettings {
    fn default() -> Self {
        let hour = |hour| LocalTime::from_hms_opt(hour, 0, 0).unwrap_or(LocalTime::MIN);
        Self { days_before: 2, time: hour(9), quiet_from: hour(20), quiet_until: hour(8) }
    }
}

/// What an ADMIN edits of a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomProfile {
    /// The clinic that it is in.
    pub clinic: ClinicId,
    /// Its name, unique in its clinic.
    pub name: Line<100>,
    /// How many appointments it holds at once, 1 to 50.
    pub capacity: u16,
}
