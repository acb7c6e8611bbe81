//! Domain events: what other systems are told. Which there are, what is in them, and which change of a
//! row is which of them.
//!
//! An event is made of a committed change of one row: [`of_appointment`] and [`of_notification`] look at
//! the row before and after it. It holds ids and codes, nothing that says anything of a person: whoever
//! wants to know more asks the API. Its id is made of the row's id and version, so an event that comes
//! twice can be told from two events.

use crate::appointment::{Appointment, Status};
use crate::ids::{AppointmentId, ClinicId, DoctorId, NotificationId, PatientId, RoomId};
use crate::notification::{Notification, NotificationKind, NotificationStatus};
use crate::time::Instant;
use serde::Serialize;

/// The version of what stands in an event. Members may be added to it; one that goes or changes its
/// meaning makes it the next.
pub const VERSION: u32 = 1;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Name {
    /// An appointment was booked.
    Created,
    /// The patient will come.
    Confirmed,
    /// The confirmation was taken back.
    Unconfirmed,
    /// The appointment won't take place.
    Cancelled,
    /// A cancelled appointment takes place after all.
    Reopened,
    /// Another time is wanted, or was found.
    Rescheduled,
    /// The patient was seen.
    Completed,
    /// The patient didn't come.
    NoShow,
    /// A message didn't reach its patient, and no other try will be made.
    NotificationFailed,
}

impl Name {
    /// Every name.
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

    /// When it is emitted, in one sentence for `infra/docs/events.md`.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Created => {
                "An appointment was booked, also as the new time of one that was moved (`rescheduled_from`)."
            }
            Self::Confirmed => "The patient will come; also where an appointment that was to be moved is kept.",
            Self::Unconfirmed => "The confirmation was taken back.",
            Self::Cancelled => "The appointment won't take place.",
            Self::Reopened => "A cancelled appointment takes place after all.",
            Self::Rescheduled => {
                "Another time is wanted (`rescheduled_to` is null), or was found (it names the new appointment)."
            }
            Self::Completed => "The patient was seen.",
            Self::NoShow => "The patient didn't come.",
            Self::NotificationFailed => "A message didn't reach its patient, and is not tried again by itself.",
        }
    }
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainEvent {
    /// What happened.
    pub name: Name,
    /// To what.
    pub detail: Detail,
}

/// What stands in an event: its `detail` on the bus.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Detail {
    /// [`VERSION`].
    pub version: u32,
    /// `<row>.<version of the row>`: the same whenever the same event comes again.
    pub id: String,
    /// When the change was committed, to the second.
    pub occurred_at: Instant,
    /// What it is about.
    #[serde(flatten)]
    pub subject: Subject,
}

/// What an event is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Subject {
    /// An appointment.
    Appointment {
        /// Its id.
        appointment: AppointmentId,
        /// Where it stands now.
        status: Status,
        /// Who comes.
        patient: PatientId,
        /// Whom to see.
        doctor: DoctorId,
        /// Where.
        clinic: ClinicId,
        /// In which room.
        room: RoomId,
        /// The appointment that it replaces.
        rescheduled_from: Option<AppointmentId>,
        /// The appointment that replaces it.
        rescheduled_to: Option<AppointmentId>,
    },
    /// A message.
    Notification {
        /// Its id.
        notification: NotificationId,
        /// The appointment that it is about.
        appointment: AppointmentId,
        /// Who should have got it.
        patient: PatientId,
        /// The appointment's clinic.
        clinic: ClinicId,
        /// What kind of message.
        kind: NotificationKind,
        /// `failed`: refused. `undelivered`: accepted, and didn't reach the phone.
        status: NotificationStatus,
        /// Twilio's code, where it gave one.
        error_code: Option<u32>,
    },
}

/// The event of a change of an appointment's row; `None` where nothing happened that is told: a copy of a name
/// or of a reminder's status changed, notes were edited, a hold ran out.
#[must_use]
pub fn of_appointment(before: Option<&Appointment>, after: &Appointment, at: Instant) -> Option<DomainEvent> {
    let name = match before {
        None => Name::Created,
        Some(before) if before.status == after.status => {
            // An appointment that was to be moved was moved.
            (before.rescheduled_to.is_none() && after.rescheduled_to.is_some()).then_some(Name::Rescheduled)?
        }
        Some(before) => match after.status {
            Status::Pending if before.status == Status::Cancelled => Name::Reopened,
            Status::Pending => Name::Unconfirmed,
            Status::Confirmed => Name::Confirmed,
            Status::Rescheduled => Name::Rescheduled,
            Status::Cancelled => Name::Cancelled,
            Status::Completed => Name::Completed,
            Status::NoShow => Name::NoShow,
        },
    };
    let subject = Subject::Appointment {
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

/// The event of a change of a message's row; `None` unless the message has just failed. It isn't told
/// twice of one message, whatever changes in its row afterwards.
#[must_use]
pub fn of_notification(before: Option<&Notification>, after: &Notification, at: Instant) -> Option<DomainEvent> {
    let lost = |status| matches!(status, NotificationStatus::Failed | NotificationStatus::Undelivered);
    if !lost(after.status) || before.is_some_and(|before| lost(before.status)) {
        return None;
    }
    let subject = Subject::Notification {
        notification: after.id,
        appointment: after.appointment,
        patient: after.patient,
        clinic: after.clinic,
        kind: after.kind,
        status: after.status,
        error_code: after.error_code,
    };
    Some(event(Name::NotificationFailed, format!("{}.{}", after.id, after.version), at, subject))
}

fn event(name: Name, id: String, occurred_at: Instant, subject: Subject) -> DomainEvent {
    DomainEvent { name, detail: Detail { version: VERSION, id, occurred_at, subject } }
}

#[cfg(test)]
#[path = "event_tests.rs"]
mod tests;
