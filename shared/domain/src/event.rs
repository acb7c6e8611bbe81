//! Domain events: their names, their payloads, and the row changes that cause them.
//!
//! An event is derived from a committed change of one row: [`appointment_event`] and [`notification_event`] compare
//! the row before and after it. An event holds ids and codes and no personal data; consumers read the rest
//! from the API. Its id consists of the row's id and version, so that consumers recognise duplicates.

use crate::appointment::{Appointment, Status};
use crate::ids::{AppointmentId, ClinicId, DoctorId, NotificationId, PatientId, RoomId};
use crate::notification::{Notification, NotificationKind, NotificationStatus};
use crate::time::Instant;
use serde::Serialize;

/// The version of the payload. Adding a member keeps the version; removing one or changing its meaning
/// increments it.
pub const VERSION: u32 = 1;

/// The type of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventName {
    Created,
    Confirmed,
    Unconfirmed,
    Cancelled,
    Reopened,
    /// The patient asked for another time, or another appointment replaced this one.
    Rescheduled,
    Completed,
    NoShow,
    /// A message didn't reach its patient and is not retried.
    NotificationFailed,
}

impl EventName {
    pub const ALL: [Self; 9] = [
        Self::Created,
        Self::Confirmed,
        Self::Unconfirmed,
        Self::Cancelled,
        Self::Reopened,
        Self::Rescheduled,
        Self::Completed,
        Self::NoShow,
        Self::NotificationFailed,
    ];

    /// The `detail-type` on the bus.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Created => "appointment.created",
            Self::Confirmed => "appointment.confirmed",
            Self::Unconfirmed => "appointment.unconfirmed",
            Self::Cancelled => "appointment.cancelled",
            Self::Reopened => "appointment.reopened",
            Self::Rescheduled => "appointment.rescheduled",
            Self::Completed => "appointment.completed",
            Self::NoShow => "appointment.no_show",
            Self::NotificationFailed => "notification.failed",
        }
    }

    /// One sentence about when it is emitted, for `infra/docs/events.md`.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Created => {
                "An appointment was booked, also as the new time of one that was moved (`rescheduled_from`)."
            }
            Self::Confirmed => "The patient will come; also where an appointment that was to be moved is kept.",
            Self::Unconfirmed => "The confirmation was taken back.",
            Self::Cancelled => "The appointment won't take place.",
            Self::Reopened => {
                "A cancelled appointment takes place after all, or `COMPLETED` or `NO_SHOW` was taken back (`status`)."
            }
            Self::Rescheduled => {
                "Another time is wanted (`rescheduled_to` is null), or was found (it names the new appointment)."
            }
            Self::Completed => "The patient was seen.",
            Self::NoShow => "The patient didn't come.",
            Self::NotificationFailed => "A message didn't reach its patient, and is not tried again by itself.",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainEvent {
    pub name: EventName,
    pub detail: Detail,
}

/// The payload of an event: its `detail` on the bus.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Detail {
    pub version: u32,
    /// `<id of the row>.<version of the row>`: equal for duplicate deliveries of one event.
    pub id: String,
    /// When the change was committed, with a resolution of one second.
    pub occurred_at: Instant,
    #[serde(flatten)]
    pub subject: EventSubject,
}

/// The object of an event, with its ids and codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum EventSubject {
    Appointment {
        appointment: AppointmentId,
        status: Status,
        patient: PatientId,
        doctor: DoctorId,
        clinic: ClinicId,
        room: RoomId,
        /// The appointment that this one replaces.
        rescheduled_from: Option<AppointmentId>,
        /// The appointment that replaces this one.
        rescheduled_to: Option<AppointmentId>,
    },
    Notification {
        notification: NotificationId,
        appointment: AppointmentId,
        /// The patient whom the message was meant for.
        patient: PatientId,
        clinic: ClinicId,
        kind: NotificationKind,
        /// `failed`: rejected. `undelivered`: accepted, but not delivered to the phone.
        status: NotificationStatus,
        /// Twilio's error code, if it gave one.
        error_code: Option<u32>,
    },
}

/// The event for a change of an appointment's row. `None` for changes without an event: a copied name or
/// reminder status, edited notes, an expired hold.
#[must_use]
pub fn appointment_event(before: Option<&Appointment>, after: &Appointment, at: Instant) -> Option<DomainEvent> {
    let name = match before {
        None => EventName::Created,
        Some(before) if before.status == after.status => {
            // The patient had asked for another time, and the new appointment was booked.
            (before.rescheduled_to.is_none() && after.rescheduled_to.is_some()).then_some(EventName::Rescheduled)?
        }
        Some(before) => match after.status {
            Status::Pending | Status::Confirmed
                if matches!(before.status, Status::Cancelled | Status::Completed | Status::NoShow) =>
            {
                EventName::Reopened
            }
            Status::Pending => EventName::Unconfirmed,
            Status::Confirmed => EventName::Confirmed,
            Status::Rescheduled => EventName::Rescheduled,
            Status::Cancelled => EventName::Cancelled,
            Status::Completed => EventName::Completed,
            Status::NoShow => EventName::NoShow,
        },
    };
    let subject = EventSubject::Appointment {
        appointment: after.id,
        status: after.status,
        patient: after.patient,
        doctor: after.doctor,
        clinic: after.clinic,
        room: after.room,
        rescheduled_from: after.rescheduled_from,
        rescheduled_to: after.rescheduled_to,
    };
    Some(event(name, format!("{}.{}", after.id, after.version), at, subject))
}

/// The event for a change of a notification's row: `None` unless this change made it fail. Later changes of
/// a failed row give no second event.
#[must_use]
pub fn notification_event(before: Option<&Notification>, after: &Notification, at: Instant) -> Option<DomainEvent> {
    let has_failed = |status| matches!(status, NotificationStatus::Failed | NotificationStatus::Undelivered);
    if !has_failed(after.status) || before.is_some_and(|before| has_failed(before.status)) {
        return None;
    }
    let subject = EventSubject::Notification {
        notification: after.id,
        appointment: after.appointment,
        patient: after.patient,
        clinic: after.clinic,
        kind: after.kind,
        status: after.status,
        error_code: after.error_code,
    };
    Some(event(EventName::NotificationFailed, format!("{}.{}", after.id, after.version), at, subject))
}

fn event(name: EventName, id: String, occurred_at: Instant, subject: EventSubject) -> DomainEvent {
    DomainEvent { name, detail: Detail { version: VERSION, id, occurred_at, subject } }
}

#[cfg(test)]
#[path = "event_tests.rs"]
mod tests;
