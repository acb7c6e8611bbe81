//! An appointment in a list, with what the list shows of its patient on request.

use crate::View;
use crate::appointment::AppointmentView;
use app::appointments::patient_details::{ListedAppointment, PatientDetail};
use domain::patient::BirthDate;

/// An appointment in a list.
#[derive(View)]
pub struct ListedAppointmentView {
    #[field(flatten)]
    appointment: AppointmentView,
    /// With `expand=patient`, what the front desk needs to reach and identify the patient. Absent otherwise.
    #[field(omit_none)]
    patient_detail: Option<PatientDetailView>,
}

/// The patient of an appointment in a list.
#[derive(View)]
pub struct PatientDetailView {
    /// E.164. `null` after an erasure.
    #[field(example = "+5491123456789")]
    phone_number: Option<String>,
    #[field(example = "DNI")]
    document_type: String,
    #[field(example = "30.123.456")]
    document_number: String,
    birth_date: Option<BirthDate>,
}

impl From<&ListedAppointment> for ListedAppointmentView {
    fn from(listed: &ListedAppointment) -> Self {
        Self {
            appointment: AppointmentView::from(&listed.appointment),
            patient_detail: listed.patient.as_ref().map(PatientDetailView::from),
        }
    }
}

impl From<&PatientDetail> for PatientDetailView {
    fn from(detail: &PatientDetail) -> Self {
        Self {
            phone_number: detail.phone_number.as_ref().map(|number| number.as_str().to_owned()),
            document_type: detail.document_type.as_str().to_owned(),
            document_number: detail.document_number.as_str().to_owned(),
            birth_date: detail.birth_date,
        }
    }
}
