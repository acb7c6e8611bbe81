//! Messages in both directions as one thread.

use crate::View;
use crate::values::{DateTime, Direction};
use app::messaging::thread::ThreadEntry;
use domain::ids::{AppointmentId, InboundId, NotificationId};
use store::inbound::InboundIntent;

/// A message to or from a patient.
#[derive(Clone, View)]
pub struct ThreadEntryView {
    /// Id of the inbound message or of the notification.
    #[field(format = "uuid")]
    id: String,
    /// `in` for messages from the patient, `out` for messages to the patient.
    direction: Direction,
    /// The text; `null` where there is none, where it isn't composed yet, and after an erasure.
    text: Option<String>,
    /// Of a message to the patient: `reminder`, `reply`, `offer` or `notice`. Of one from the patient: its intent, as in
    /// the list of inbound messages; `null` until it is processed.
    #[field(example = "reminder")]
    kind: Option<&'static str>,
    /// Delivery status of a message to the patient; `null` for one from the patient.
    #[field(example = "read")]
    status: Option<&'static str>,
    /// When it was written or sent; when it was due, if it wasn't sent.
    at: DateTime,
    /// Id of the appointment that it is about, if that is known.
    appointment: Option<AppointmentId>,
    /// Id of the notification, for a message to the patient.
    notification: Option<NotificationId>,
    /// Id of the inbound message, for a message from the patient.
    inbound: Option<InboundId>,
}

impl From<&ThreadEntry> for ThreadEntryView {
    fn from(entry: &ThreadEntry) -> Self {
        let text = entry.text().map(|text| text.0.clone());
        match entry {
            ThreadEntry::Received(row) => Self {
                id: row.id().to_string(),
                direction: Direction::In,
                text,
                kind: row.intent.map(InboundIntent::name),
                status: None,
                at: DateTime::new(entry.at(), row.zone),
                appointment: row.appointment,
                notification: None,
                inbound: Some(row.id()),
            },
            ThreadEntry::Sent(row) => Self {
                id: row.id.to_string(),
                direction: Direction::Out,
                text,
                kind: Some(row.kind.name()),
                status: Some(row.status.name()),
                at: DateTime::new(entry.at(), row.zone),
                appointment: Some(row.appointment),
                notification: Some(row.id),
                inbound: None,
            },
        }
    }
}
