//! Messages to patients, and the rows that lead to them.

use crate::item::Entity;
use crate::keys::{IndexKey, Key, appointment_notifications_partition, by_due, clinic_notifications_partition};
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
            (Index::One, by_due(appointment_notifications_partition(self.appointment), self.due_at, self.id)),
            (Index::Three, by_due(clinic_notifications_partition(self.clinic), self.due_at, self.id)),
        ]
    }
}

/// When a notification has to be looked at next. The row is in a partition of its day and shard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DuePointer {
    /// The notification.
    pub notification: NotificationId,
    /// When.
    pub at: Instant,
}

impl Entity for DuePointer {
    const KIND: &'static str = "due";

    fn key(&self) -> Key {
        Key::due(self.at, self.notification)
    }
}

/// Adds the change of a notification: the row over the version that was read, and its pointer moved
/// to where the new row wants to be looked at, or removed.
pub fn save(transaction: &mut Transaction, before: &Notification, after: &Notification) {
    transaction.replace(Purpose::Version, after, before.version);
    if before.next_at == after.next_at {
        return;
    }
    if let Some(at) = before.next_at {
        transaction.delete(Purpose::Append, Key::due(at, before.id));
    }
    point(transaction, after);
}

/// Adds a new notification with its pointer.
pub fn add(transaction: &mut Transaction, notification: &Notification) {
    transaction.create(Purpose::Append, notification);
    point(transaction, notification);
}

fn point(transaction: &mut Transaction, notification: &Notification) {
    if let Some(at) = notification.next_at {
        transaction.overwrite(Purpose::Append, &DuePointer { notification: notification.id, at });
    }
}

/// Which notification a message of Twilio's is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MessageRow {
    /// Twilio's id of the message.
    pub sid: String,
    /// The notification.
    pub notification: NotificationId,
}

impl Entity for MessageRow {
    const KIND: &'static str = "message";

    fn key(&self) -> Key {
        Key::message(&self.sid)
    }
}

/// An appointment of which a number was reminded.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RemindedAppointment {
    /// The number.
    pub number: MatchKey,
    /// When the appointment begins.
    pub start: Instant,
    /// The notification.
    pub notification: NotificationId,
    /// The appointment.
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
