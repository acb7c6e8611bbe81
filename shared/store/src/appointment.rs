//! The rows of appointments.

use crate::attention;
use crate::hold;
use crate::item::{Entity, number, text};
use crate::keys::{
    IndexKey, Key, clinic_appointments_partition, doctor_appointments_partition, patient_appointments_partition,
    start_key,
};
use crate::schema::Index;
use crate::transaction::{Purpose, Transaction, UpdateExpression};
use domain::appointment::Appointment;
use domain::ids::{AppointmentId, NotificationId};
use domain::notification::NotificationStatus;
use domain::time::Instant;

impl Entity for Appointment {
    const KIND: &'static str = "appointment";

    fn key(&self) -> Key {
        Key::appointment(self.id)
    }

    fn indexes(&self) -> Vec<(Index, IndexKey)> {
        let index_key = |partition| start_key(partition, self.start, self.id);
        vec![
            (Index::One, index_key(patient_appointments_partition(self.patient))),
            (Index::Two, index_key(doctor_appointments_partition(self.doctor))),
            (Index::Three, index_key(clinic_appointments_partition(self.clinic))),
        ]
    }
}

/// Writes a new appointment, or the change of one that was read, with the pointers that follow from it.
pub fn save(transaction: &mut Transaction, before: Option<&Appointment>, after: &Appointment) {
    transaction.replace(Purpose::Version, after, before.map_or(0, |before| before.version));
    hold::save_pointer(transaction, before, after);
    attention::save_pointer(transaction, before, after);
}

/// What an appointment shows of its messages. It changes without the appointment's version.
#[derive(Debug, Clone, Copy, Default)]
pub struct MessageCopies {
    /// The new status of the reminder.
    pub reminder: Option<NotificationStatus>,
    /// The new last notice.
    pub notice: Option<NotificationId>,
    /// The appointment must be unchanged since it was read at this version.
    pub version: Option<u64>,
}

/// Updates what an appointment shows of its messages.
pub fn update_message_copies(transaction: &mut Transaction, id: AppointmentId, copies: MessageCopies) {
    let MessageCopies { reminder, notice, version } = copies;
    let status = reminder.map(|status| (":status", text(status.name())));
    let notice = notice.map(|notice| (":notice", text(notice.to_string())));
    let update = match (&status, &notice) {
        (None, None) => return,
        (Some(_), None) => "SET reminder.#status = :status",
        (None, Some(_)) => "SET notice = :notice",
        (Some(_), Some(_)) => "SET reminder.#status = :status, notice = :notice",
    };
    let names = [("#status", "status".to_owned())];
    let names = if status.is_some() { names.as_slice() } else { &[] };
    let read = version.map(|version| (":read", number(version)));
    let values: Vec<_> = status.into_iter().chain(notice).chain(read).collect();
    let condition = Some(if version.is_some() { "version = :read" } else { "attribute_exists(PK)" });
    let change = UpdateExpression { update, condition, names, values: &values };
    transaction.update(Purpose::Version, Key::appointment(id), &change);
}

/// Updates the copy of a reminder's due time in the appointment, without incrementing the appointment's version.
pub fn update_reminder_due(transaction: &mut Transaction, id: AppointmentId, due_at: Instant) {
    transaction.update(
        Purpose::Version,
        Key::appointment(id),
        &UpdateExpression {
            update: "SET reminder.due_at = :due",
            condition: Some("attribute_exists(PK)"),
            names: &[],
            values: &[(":due", text(due_at.rfc3339()))],
        },
    );
}
