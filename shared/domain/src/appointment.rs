//! An appointment.

use crate::ids::{AppointmentId, ClinicId, DoctorId, NotificationId, PatientId, RoomId, UserId};
use crate::name::Name;
use crate::notification::NotificationStatus;
use crate::text::Note;
use crate::time::{Instant, Interval, TimeDelta, Zone};
use serde::{Deserialize, Serialize};

/// The shortest appointment.
pub const MIN_LENGTH: TimeDelta = TimeDelta::minutes(5);
/// The longest appointment.
pub const MAX_LENGTH: TimeDelta = TimeDelta::hours(12);

/// An appointment. Its time never changes: moving an appointment makes a new, linked one, so that a late answer to
/// an old message can't touch the new time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appointment {
    /// Its id.
    pub id: AppointmentId,
    /// Who comes.
    pub patient: PatientId,
    /// The patient's name: a copy.
    pub patient_name: Name,
    /// Whom to see.
    pub doctor: DoctorId,
    /// The doctor's name: a copy.
    pub doctor_name: Name,
    /// Where.
    pub clinic: ClinicId,
    /// The clinic's name: a copy.
    pub clinic_name: Name,
    /// In which room.
    pub room: RoomId,
    /// The room's name: a copy.
    pub room_name: Name,
    /// The clinic's clock.
    pub zone: Zone,
    /// When it begins.
    pub start: Instant,
    /// When it ends.
    pub end: Instant,
    /// Minutes that the doctor's agenda keeps free after it, as they were at booking.
    pub buffer_minutes: u16,
    /// Where it stands.
    pub status: Status,
    /// Why the patient comes.
    pub reason: Option<Note<500>>,
    /// Notes of the reception desk.
    pub notes: Option<Note<2000>>,
    /// A "sobreturno".
    pub overbook: bool,
    /// Since when it is confirmed.
    pub confirmed_at: Option<Instant>,
    /// By which way it was confirmed.
    pub confirmed_via: Option<Via>,
    /// Why it was cancelled.
    pub cancel_reason: Option<Note<500>>,
    /// The appointment that this one replaces.
    pub rescheduled_from: Option<AppointmentId>,
    /// The appointment that replaces this one.
    pub rescheduled_to: Option<AppointmentId>,
    /// Until when the time stays taken although the patient asked for another.
    pub hold_until: Option<Instant>,
    /// A person has to look at it.
    pub needs_attention: bool,
    /// Its reminder.
    pub reminder: Reminder,
    /// When the status last changed: some actions are allowed for a while after.
    pub status_at: Instant,
    /// Who booked it; `None` where the patient did.
    pub created_by: Option<UserId>,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// One more with each change, those of copies and of the reminder aside.
    pub version: u64,
}

/// Where an appointment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Booked, not confirmed.
    Pending,
    /// Confirmed.
    Confirmed,
    /// To be moved, or moved.
    Rescheduled,
    /// Cancelled.
    Cancelled,
    /// The patient was seen.
    Completed,
    /// The patient didn't come.
    NoShow,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::Confirmed, Self::Rescheduled, Self::Cancelled, Self::Completed, Self::NoShow];
    /// Their names, in the order of [`Self::ALL`].
    pub const NAMES: &'static [&'static str] =
        &["PENDING", "CONFIRMED", "RESCHEDULED", "CANCELLED", "COMPLETED", "NO_SHOW"];

    /// The name, as clients see it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Confirmed => "CONFIRMED",
            Self::Rescheduled => "RESCHEDULED",
            Self::Cancelled => "CANCELLED",
            Self::Completed => "COMPLETED",
            Self::NoShow => "NO_SHOW",
        }
    }

    /// Reads a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

/// By which way an appointment was confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Via {
    /// The patient answered.
    Whatsapp,
    /// The reception desk did it.
    Operator,
}

/// What an appointment shows of its reminder: a copy of the notification's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reminder {
    /// The notification.
    pub notification: NotificationId,
    /// When it is due.
    pub due_at: Instant,
    /// Where it stands.
    pub status: NotificationStatus,
}

impl Appointment {
    /// The time of the appointment.
    #[must_use]
    pub fn interval(&self) -> Option<Interval> {
        Interval::new(self.start, self.end)
    }

    /// Whether it is still to come and agreed upon.
    #[must_use]
    pub fn is_active(&self) -> bool {
        matches!(self.status, Status::Pending | Status::Confirmed)
    }

    /// Whether another time was asked for, and not found yet.
    #[must_use]
    pub fn waits_for_another_time(&self) -> bool {
        self.status == Status::Rescheduled && self.rescheduled_to.is_none()
    }

    /// Whether its entries stand in the agendas.
    #[must_use]
    pub fn takes_time(&self) -> bool {
        match self.status {
            Status::Pending | Status::Confirmed | Status::Completed | Status::NoShow => true,
            Status::Rescheduled => self.hold_until.is_some(),
            Status::Cancelled => false,
        }
    }
}
