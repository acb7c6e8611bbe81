//! The row that a request path names. It is read together with the caller's rows, so that the request waits for the
//! table once. Authorization happens after both reads, as always; for an invalid token the row is not read.

use domain::ids::{AppointmentId, ClinicId, DoctorId, NotificationId, PatientId, RoomId};
use store::Key;

/// The record that a request path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrefetchTarget {
    Appointment(AppointmentId),
    Clinic(ClinicId),
    Doctor(DoctorId),
    Notification(NotificationId),
    Patient(PatientId),
    Room(RoomId),
}

impl PrefetchTarget {
    pub(crate) fn key(self) -> Key {
        match self {
            Self::Appointment(id) => Key::appointment(id),
            Self::Clinic(id) => Key::clinic(id),
            Self::Doctor(id) => Key::doctor(id),
            Self::Notification(id) => Key::notification(id),
            Self::Patient(id) => Key::patient(id),
            Self::Room(id) => Key::room(id),
        }
    }
}
