//! Appointments.

use crate::item::{Entity, number, text};
use crate::keys::{
    IndexKey, Key, by_start, clinic_appointments_partition, doctor_appointments_partition,
    patient_appointments_partition,
};
use crate::schema::Index;
use crate::transaction::{Change, Purpose, Transaction};
use domain::appointment::Appointment;
use domain::ids::AppointmentId;
use domain::notification::NotificationStatus;

impl Entity for Appointment {
    const KIND: &'static str = "appointment";

    fn key(&self) -> Key {
        Key::appointment(self.id)
    }

    fn indexes(&self) -> Vec<(Index, IndexKey)> {
        let place = |partition| by_start(partition, self.start, self.id);
        vec![
            (Index::One, place(patient_appointments_partition(self.patient))),
            (Index::Two, place(doctor_appointments_partition(self.doctor))),
            (Index::Three, place(clinic_appointments_partition(self.clinic))),
        ]
    }
}

/// Adds to a notification's change: the copy of its status that the appointment shows. It doesn't
/// raise the appointment's version. With `version` the appointment has to be the one that was read.
pub fn show_reminder(
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
        Change {
            update: "SET reminder.#status = :status",
            condition: Some(if version.is_some() { "version = :read" } else { "attribute_exists(PK)" }),
            names: &[("#status", "status".to_owned())],
            values: &values,
        },
    );
}
