//! Generates the list of domain events in `infra/docs/events.md`, each with its meaning and an example.

use domain::appointment::Status;
use domain::event::{Detail, EventName, EventSubject, VERSION};
use domain::ids::{AppointmentId, ClinicId, DoctorId, Id, NotificationId, PatientId, RoomId};
use domain::notification::{NotificationKind, NotificationStatus};
use domain::time::Instant;
use std::fmt::Write as _;

/// The list as Markdown.
#[must_use]
pub fn markdown() -> String {
    let mut out = String::new();
    for name in EventName::ALL {
        let detail = serde_json::to_string(&example(name)).unwrap_or_default();
        // Writing to a String can't fail.
        let _ = write!(out, "**`{}`**: {}\n\n```json\n{detail}\n```\n\n", name.text(), name.meaning());
    }
    out
}

/// The detail of an example event of this name.
#[must_use]
pub fn example(name: EventName) -> Detail {
    let detail = |id: String, subject| Detail { version: VERSION, id, occurred_at: at(), subject };
    let appointment = id::<AppointmentId>(5);
    let status = match name {
        EventName::NotificationFailed => {
            let notification = id::<NotificationId>(6);
            let subject = EventSubject::Notification {
                notification,
                appointment,
                patient: id(1),
                clinic: id(4),
                kind: NotificationKind::Reminder,
                status: NotificationStatus::Undelivered,
                error_code: Some(63024),
            };
            return detail(format!("{notification}.4"), subject);
        }
        EventName::Created | EventName::Unconfirmed | EventName::Reopened => Status::Pending,
        EventName::Confirmed => Status::Confirmed,
        EventName::Cancelled => Status::Cancelled,
        EventName::Rescheduled => Status::Rescheduled,
        EventName::Completed => Status::Completed,
        EventName::NoShow => Status::NoShow,
    };
    let version = if name == EventName::Created { 1 } else { 2 };
    let subject = EventSubject::Appointment {
        appointment,
        status,
        patient: id::<PatientId>(1),
        doctor: id::<DoctorId>(2),
        clinic: id::<ClinicId>(4),
        room: id::<RoomId>(3),
        rescheduled_from: None,
        rescheduled_to: (name == EventName::Rescheduled).then(|| id(7)),
    };
    detail(format!("{appointment}.{version}"), subject)
}

fn id<I: Id>(number: u128) -> I {
    I::from_uuid(uuid::Uuid::from_u128(0x0194_0000_0000_7000_8000_0000_0000_0000 + number))
}

/// An arbitrary instant.
fn at() -> Instant {
    Instant::from_unix(1_795_444_512).unwrap_or_else(|| Instant::from_utc(Default::default()))
}
