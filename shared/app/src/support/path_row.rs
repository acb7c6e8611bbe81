//! The row that a request asks for by its path. It is read along with its caller's rows, not after them, so the answer
//! waits for the table once. Whether the caller may see it is decided when both are there, as ever; and a token that
//! proves nothing doesn't have it read.

use domain::ids::{AppointmentId, ClinicId, DoctorId, NotificationId, PatientId, RoomId};
use store::Key;

/// What a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathRow {
    /// An appointment.
    Appointment(AppointmentId),
    /// A clinic.
    Clinic(ClinicId),
    /// A doctor.
    Doctor(DoctorId),
    /// A message.
    Notification(NotificationId),
    /// A patient.
    Patient(PatientId),
    /// A room.
    Room(RoomId),
}

impl PathRow {
    /// Where it is.
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
