//! The rows of appointments.

use crate::item::{Entity, number, text};
use crate::keys::{
    IndexKey, Key, clinic_appointments_partition, doctor_appointments_partition, patient_appointments_partition,
    start_key,
};
use crate::schema::Index;
use crate::transaction::{Purpose, Transaction, UpdateExpression};
use domain::appointment::Appointment;
use domain::ids::AppointmentId;
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

/// Updates the copy of a reminder's status in the appointment, without incrementing the appointment's version.
/// With `version` the appointment must be unchanged since it was read.
pub fn update_reminder_status(
    transaction: &mut Transaction,
    id: AppointmentId,
    status: NotificationStatus,
    version: Option<u64>,
) {
    let mut values = vec![(":status", text(status.name()))];
    values.extend(version.map(|version| (":read", number(version))));
    transaction.update(
        Purpose::Version,
        Key::appointment(id),
        &UpdateExpression {
            update: "SET reminder.#status = :status",
            condition: Some(if version.is_some() { "version = :read" } else { "attribute_exists(PK)" }),
            names: &[("#status", "status".to_owned())],
            values: &values,
        },
    );
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
