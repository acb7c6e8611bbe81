//! Clinics, their settings and their rooms.

use crate::ids::{ClinicId, RoomId};
use crate::messages::QuickReply;
use crate::phone::Phone;
use crate::record::Record;
use crate::text::Line;
use crate::time::{LocalTime, Zone};
use serde::{Deserialize, Serialize};

pub type Clinic = Record<ClinicId, ClinicProfile>;

pub type Room = Record<RoomId, RoomProfile>;

pub const MAX_QUICK_REPLIES: usize = 30;
pub const DEFAULT_MEDIA_DAYS: u16 = 30;

fn default_media_days() -> u16 {
    DEFAULT_MEDIA_DAYS
}

/// The editable fields of a clinic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClinicProfile {
    pub name: Line<150>,
    /// The street address; reminders include it.
    pub address: Option<Line<200>>,
    pub phone_number: Option<Phone>,
    pub timezone: Zone,
    pub reminders: ReminderSettings,
    /// How long the time of an appointment stays reserved after the patient asked for another, in minutes.
    pub hold_minutes: u32,
    /// How many appointments per doctor and day may be booked beyond capacity.
    pub overbook_per_day: u32,
    /// Whether patients get a notice when staff book an appointment.
    pub notify_on_create: bool,
    /// Whether patients get a notice when staff cancel.
    pub notify_on_cancel: bool,
    /// Whether patients get a notice when staff move an appointment.
    pub notify_on_move: bool,
    /// The number to call in an emergency; `None` for [that of the country](crate::emergency_number).
    #[serde(default)]
    pub emergency_number: Option<Line<20>>,
    /// At most [`MAX_QUICK_REPLIES`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quick_replies: Vec<QuickReply>,
    /// For how many days staff can get the files that patients send, 1 to 365.
    #[serde(default = "default_media_days")]
    pub media_days: u16,
}

/// When patients of a clinic are reminded. A change applies to appointments that are booked after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReminderSettings {
    /// Calendar days before the appointment, 0 to 14.
    pub days_before: u8,
    /// The local time of reminders.
    pub time: LocalTime,
    /// The local time at which quiet hours begin.
    pub quiet_from: LocalTime,
    /// The local time at which quiet hours end. Equal to `quiet_from` means no quiet hours.
    pub quiet_until: LocalTime,
}

impl Default for ReminderSettings {
    fn default() -> Self {
        let hour = |hour| LocalTime::from_hms_opt(hour, 0, 0).unwrap_or(LocalTime::MIN);
        Self { days_before: 2, time: hour(9), quiet_from: hour(20), quiet_until: hour(8) }
    }
}

/// The editable fields of a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomProfile {
    pub clinic: ClinicId,
    /// Unique in its clinic.
    pub name: Line<100>,
    /// How many appointments may take place at once, 1 to 50.
    pub capacity: u16,
}
