//! The parameters of changes of the calendar that may leave appointments stranded, and the answer to a dry run.

use crate::values::DateTime;
use crate::{Params, View};
use app::support::change::ChangeConditions;
use app::support::dependents::{AffectedAppointment, AffectedAppointments};
use domain::ids::{AppointmentId, PatientId};
use domain::phone::Phone;

#[derive(Debug, Params)]
pub struct ForceParams {
    /// `true`: make the change although it leaves appointments stranded; they are marked as needing attention.
    force: Option<bool>,
    /// `true`: change nothing; the answer is 200 with the schema `AffectedView`: the appointments that the change would
    /// leave stranded.
    dry_run: Option<bool>,
}

impl ForceParams {
    /// `if_match` is the required version; `None` accepts any.
    #[must_use]
    pub fn conditions(&self, if_match: Option<u64>) -> ChangeConditions {
        ChangeConditions { if_match, force: self.force.unwrap_or(false), dry_run: self.dry_run.unwrap_or(false) }
    }
}

/// What a change would affect: the answer to a dry run.
#[derive(Clone, View)]
pub struct AffectedView {
    /// The upcoming appointments that the change would leave stranded, as far as the caller may see them, by start.
    affected: Vec<AffectedAppointmentView>,
    /// The number of all of them.
    count: usize,
}

/// An upcoming appointment that a change would leave stranded.
#[derive(Clone, View)]
pub struct AffectedAppointmentView {
    appointment: AppointmentId,
    patient: PatientId,
    patient_name: String,
    phone_number: Option<Phone>,
    /// With the clinic's offset.
    start_datetime: DateTime,
}

impl From<&AffectedAppointments> for AffectedView {
    fn from(affected: &AffectedAppointments) -> Self {
        Self { affected: affected.visible.iter().map(Into::into).collect(), count: affected.count }
    }
}

impl From<&AffectedAppointment> for AffectedAppointmentView {
    fn from(AffectedAppointment { appointment, phone_number }: &AffectedAppointment) -> Self {
        Self {
            appointment: appointment.id,
            patient: appointment.patient,
            patient_name: appointment.patient_name.as_str().to_owned(),
            phone_number: phone_number.clone(),
            start_datetime: DateTime::new(appointment.start, appointment.zone),
        }
    }
}
