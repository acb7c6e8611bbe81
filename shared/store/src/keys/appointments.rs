//! Keys of appointments, their history and their holds.

use super::agenda::{DOCTOR, PATIENT};
use super::directory::clinic_partition;
use super::{DETAIL, IndexKey, Key, compact_id, index, key, timed};
use domain::ids::{ActionId, AppointmentId, ClinicId, DoctorId, PatientId};
use domain::time::{Instant, LocalDate};

/// The partition of the pointers to appointments with a hold.
pub(crate) const HOLDS: &str = "HOLDS";
/// The partition of the pointers to appointments that need attention.
pub(crate) const APPOINTMENT_ATTENTION: &str = "APPOINTMENT_ATTENTION";
pub(crate) const ACTION_PREFIX: &str = "ACTION#";

/// The prefix of the pointers of a clinic.
pub(crate) fn attention_prefix(clinic: ClinicId) -> String {
    format!("{}#", compact_id(clinic))
}

pub(crate) fn appointment_partition(id: AppointmentId) -> String {
    format!("APPOINTMENT#{id}")
}

impl Key {
    #[must_use]
    pub fn appointment(id: AppointmentId) -> Self {
        key(appointment_partition(id), DETAIL)
    }

    /// The pointer to an appointment with a hold, sorted by the end of the hold.
    #[must_use]
    pub fn hold(until: Instant, appointment: AppointmentId) -> Self {
        key(HOLDS, timed(until, appointment))
    }

    /// The pointer to an appointment that needs attention, sorted by its start within its clinic.
    #[must_use]
    pub fn attention(clinic: ClinicId, start: Instant, appointment: AppointmentId) -> Self {
        let prefix = attention_prefix(clinic);
        key(APPOINTMENT_ATTENTION, format!("{prefix}{}", timed(start, compact_id(appointment))))
    }

    /// The instant up to which unrecorded appointments were searched for.
    #[must_use]
    pub fn recording_checkpoint() -> Self {
        key("RECORDING_CHECKPOINT", DETAIL)
    }

    /// An entry of the history of an appointment.
    #[must_use]
    pub fn action(appointment: AppointmentId, id: ActionId) -> Self {
        key(appointment_partition(appointment), format!("{ACTION_PREFIX}{id}"))
    }
}

/// The partition of a patient's appointments in GSI1.
#[must_use]
pub fn patient_appointments_partition(patient: PatientId) -> String {
    format!("{PATIENT}#{}", compact_id(patient))
}

/// The partition of a doctor's appointments in GSI2.
#[must_use]
pub fn doctor_appointments_partition(doctor: DoctorId) -> String {
    format!("{DOCTOR}#{}", compact_id(doctor))
}

/// The partition of a clinic's appointments in GSI3.
#[must_use]
pub fn clinic_appointments_partition(clinic: ClinicId) -> String {
    clinic_partition(compact_id(clinic))
}

/// The key of an appointment in each of the three. The id distinguishes appointments with the same start.
#[must_use]
pub fn start_key(partition: String, start: Instant, id: AppointmentId) -> IndexKey {
    index(partition, timed(start, compact_id(id)))
}

/// The UTC day of the start in such a sort key, which is also the position of a list.
#[must_use]
pub fn start_day(sort_key: &str) -> Option<LocalDate> {
    sort_key.split_once('T')?.0.parse().ok()
}
