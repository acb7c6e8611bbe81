//! Appointments, their status and their reminder.

use crate::attention::{Attention, AttentionKind};
use crate::ids::{AppointmentId, ClinicId, DoctorId, NotificationId, PatientId, RoomId, UserId};
use crate::name::Name;
use crate::notification::NotificationStatus;
use crate::text::Note;
use crate::time::{Instant, Interval, TimeDelta, Zone};
use serde::{Deserialize, Serialize};

pub const MIN_LENGTH: TimeDelta = TimeDelta::minutes(5);
pub const MAX_LENGTH: TimeDelta = TimeDelta::hours(12);

/// An appointment. Its start never changes: rescheduling creates a new, linked appointment, so that a late reply to an
/// old message can't change the new one. Its end may change, which no message names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appointment {
    pub id: AppointmentId,
    pub patient: PatientId,
    /// A copy of the patient's name.
    pub patient_name: Name,
    pub doctor: DoctorId,
    /// A copy of the doctor's name.
    pub doctor_name: Name,
    pub clinic: ClinicId,
    /// A copy of the clinic's name.
    pub clinic_name: Name,
    pub room: RoomId,
    /// A copy of the room's name.
    pub room_name: Name,
    /// The clinic's time zone.
    pub zone: Zone,
    pub start: Instant,
    pub end: Instant,
    /// Minutes that the doctor's agenda keeps free after the appointment: the setting at the time of booking.
    pub buffer_minutes: u16,
    pub status: Status,
    /// The reason for the appointment.
    pub reason: Option<Note<500>>,
    /// Notes of the reception desk.
    pub notes: Option<Note<2000>>,
    /// Whether it was booked beyond capacity (a "sobreturno").
    pub overbook: bool,
    pub confirmed_at: Option<Instant>,
    pub confirmed_via: Option<ConfirmationChannel>,
    pub cancel_reason: Option<Note<500>>,
    /// The appointment that this one replaces.
    pub rescheduled_from: Option<AppointmentId>,
    /// The appointment that replaces this one.
    pub rescheduled_to: Option<AppointmentId>,
    /// Until when the time stays reserved after the patient asked for another.
    pub hold_until: Option<Instant>,
    /// Whether it is in the staff's worklist.
    pub needs_attention: bool,
    /// Why. Empty in a row from before the worklist (November 2026), whatever the flag says: [`Self::reasons`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attention: Vec<Attention>,
    /// Whether no availability covers its time any more: the clinic closed the time after the booking.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stranded: bool,
    pub reminder: Reminder,
    /// The last notice about it, or the last one about the appointment that it replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<NotificationId>,
    /// When the status last changed: some actions are allowed only for a while after that.
    pub status_at: Instant,
    /// The user who booked it; `None` if the patient did.
    pub created_by: Option<UserId>,
    pub created_at: Instant,
    pub updated_at: Instant,
    /// Incremented with each change, except changes of the copied names, of the reminder's status and of
    /// the last notice.
    pub version: u64,
}

/// The status of an appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Booked, not confirmed.
    Pending,
    Confirmed,
    /// Waiting for a new time, or replaced by another appointment.
    Rescheduled,
    Cancelled,
    Completed,
    NoShow,
}

impl Status {
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::Confirmed, Self::Rescheduled, Self::Cancelled, Self::Completed, Self::NoShow];
    /// The names, in the order of [`Self::ALL`].
    pub const NAMES: &'static [&'static str] =
        &["PENDING", "CONFIRMED", "RESCHEDULED", "CANCELLED", "COMPLETED", "NO_SHOW"];

    /// The name that API clients see.
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

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

/// The channel through which an appointment was confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ConfirmationChannel {
    /// The patient replied to a message.
    Whatsapp,
    /// A user confirmed it.
    Operator,
}

/// A copy of the reminder's state, for display. The notification's row is authoritative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reminder {
    pub notification: NotificationId,
    pub due_at: Instant,
    pub status: NotificationStatus,
}

/// How long after the end of an appointment staff have until it counts as unrecorded: the desk closes the day in the
/// evening.
pub const RECORDING_TIME: TimeDelta = TimeDelta::hours(12);

impl Appointment {
    /// `[start, end)`; `None` if the row is inconsistent.
    #[must_use]
    pub fn interval(&self) -> Option<Interval> {
        Interval::new(self.start, self.end)
    }

    /// Whether it is expected to take place: pending or confirmed.
    #[must_use]
    pub fn is_active(&self) -> bool {
        matches!(self.status, Status::Pending | Status::Confirmed)
    }

    /// From when on it counts as unrecorded if it is still active: nobody said whether the patient came.
    #[must_use]
    pub fn recording_deadline(&self) -> Instant {
        self.end.plus(RECORDING_TIME)
    }

    /// Whether its patient can still answer for it.
    #[must_use]
    pub fn is_to_come(&self, now: Instant) -> bool {
        (self.is_active() || self.waits_for_another_time()) && self.start > now
    }

    /// Whether the patient asked for another time and none was chosen yet.
    #[must_use]
    pub fn waits_for_another_time(&self) -> bool {
        self.status == Status::Rescheduled && self.rescheduled_to.is_none()
    }

    /// Why it is in the worklist.
    #[must_use]
    pub fn reasons(&self) -> Vec<Attention> {
        if !self.needs_attention || !self.attention.is_empty() {
            return self.attention.clone();
        }
        let kind = match self.stranded {
            true => AttentionKind::Stranded,
            false if self.waits_for_another_time() => AttentionKind::RescheduleRequested,
            false => AttentionKind::MessageFailed,
        };
        vec![Attention { kind, since: self.updated_at }]
    }

    /// Puts it in the worklist for one more reason.
    pub fn need_attention(&mut self, kind: AttentionKind, now: Instant) {
        let mut reasons = self.reasons();
        if reasons.iter().all(|reason| reason.kind != kind) {
            reasons.push(Attention { kind, since: now });
        }
        (self.needs_attention, self.attention) = (true, reasons);
    }

    /// Takes back the reasons of these kinds. It leaves the worklist with the last one.
    pub fn settle(&mut self, kinds: &[AttentionKind]) {
        let mut reasons = self.reasons();
        reasons.retain(|reason| !kinds.contains(&reason.kind));
        (self.needs_attention, self.attention) = (!reasons.is_empty(), reasons);
    }

    /// Takes it out of the worklist.
    pub fn settle_all(&mut self) {
        self.settle(&AttentionKind::ALL);
    }

    /// Whether the agendas contain its entries.
    #[must_use]
    pub fn occupies_time(&self) -> bool {
        match self.status {
            Status::Pending | Status::Confirmed | Status::Completed | Status::NoShow => true,
            Status::Rescheduled => self.hold_until.is_some(),
            Status::Cancelled => false,
        }
    }
}
