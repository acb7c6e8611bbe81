//! The rows of notifications, and the rows that point to them.

use crate::item::Entity;
use crate::keys::{IndexKey, Key, appointment_notifications_partition, clinic_notifications_partition, due_key};
use crate::schema::Index;
use crate::transaction::{Purpose, Transaction};
use domain::ids::{AppointmentId, NotificationId};
use domain::notification::Notification;
use domain::phone::MatchKey;
use domain::time::{Instant, TimeDelta};
use serde::{Deserialize, Serialize};

impl Entity for Notification {
    const KIND: &'static str = "notification";

    fn key(&self) -> Key {
        Key::notification(self.id)
    }

    fn indexes(&self) -> Vec<(Index, IndexKey)> {
        vec![
            (Index::One, due_key(appointment_notifications_partition(self.appointment), self.due_at, self.id)),
            (Index::Three, due_key(clinic_notifications_partition(self.clinic), self.due_at, self.id)),
        ]
    }
}

/// The pointer to a notification that has to be processed. It is in a partition by UTC day and shard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DuePointer {
    pub notification: NotificationId,
    pub at: Instant,
}

impl Entity for DuePointer {
    const KIND: &'static str = "due";

    fn key(&self) -> Key {
        Key::due(self.at, self.notification)
    }
}

/// Replaces a notification at the version that was read, and moves or deletes its due pointer.
pub fn save(transaction: &mut Transaction, before: &Notification, after: &Notification) {
    transaction.replace(Purpose::Version, after, before.version);
    if before.next_at == after.next_at {
        return;
    }
    if let Some(at) = before.next_at {
        transaction.delete(Purpose::Append, Key::due(at, before.id));
    }
    write_due_pointer(transaction, after);
}

/// Adds a new notification and its due pointer.
pub fn add(transaction: &mut Transaction, notification: &Notification) {
    transaction.create(Purpose::Append, notification);
    write_due_pointer(transaction, notification);
}

fn write_due_pointer(transaction: &mut Transaction, notification: &Notification) {
    if let Some(at) = notification.next_at {
        transaction.overwrite(Purpose::Append, &DuePointer { notification: notification.id, at });
    }
}

/// Maps Twilio's id of a message to the notification.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MessageRow {
    pub sid: String,
    pub notification: NotificationId,
    /// Whether Twilio reported that it wasn't delivered, and the notification is sent again as another message.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undelivered: bool,
}

impl MessageRow {
    #[must_use]
    pub fn accepted(sid: &str, notification: NotificationId) -> Self {
        Self { sid: sid.to_owned(), notification, undelivered: false }
    }
}

impl Entity for MessageRow {
    const KIND: &'static str = "message";

    fn key(&self) -> Key {
        Key::message(&self.sid)
    }
}

/// An appointment of which a number was reminded. Replies from the number can refer to it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RemindedAppointment {
    pub number: MatchKey,
    /// The start of the appointment.
    pub start: Instant,
    pub notification: NotificationId,
    pub appointment: AppointmentId,
}

impl Entity for RemindedAppointment {
    const KIND: &'static str = "reminded";

    fn key(&self) -> Key {
        Key::reminded(&self.number, self.start, self.notification)
    }

    fn expires_at(&self) -> Option<Instant> {
        Some(self.start.plus(TimeDelta::days(7)))
    }
}
