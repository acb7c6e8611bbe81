//! A patient in a list, with what the list shows of the patient's appointments on request.

use crate::View;
use crate::patient::PatientView;
use crate::values::DateTime;
use app::appointments::patient_summary::{ListedPatient, PatientSummary};
use domain::appointment::{Appointment, Status};
use domain::ids::AppointmentId;

/// A patient. All clinics share the patients.
#[derive(View)]
#[expect(clippy::option_option, reason = "absent where it wasn't asked for, null where there is none")]
pub struct ListedPatientView {
    #[field(flatten)]
    patient: PatientView,
    /// With `expand=summary`, the first appointment to come that is pending or confirmed, at the clinics that you see.
    /// Absent otherwise.
    #[field(omit_none)]
    next_appointment: Option<Option<AppointmentSummaryView>>,
    /// With `expand=summary`, the last appointment that took place or should have, at the clinics that you see. Absent
    /// otherwise.
    #[field(omit_none)]
    last_appointment: Option<Option<AppointmentSummaryView>>,
    /// With `expand=summary`, how many of the last 50 appointments at the clinics that you see were missed. Absent
    /// otherwise.
    #[field(omit_none)]
    no_shows: Option<usize>,
}

/// An appointment of a patient in a list.
#[derive(View)]
pub struct AppointmentSummaryView {
    id: AppointmentId,
    #[field(example = "2025-12-15T10:00:00-03:00")]
    start_datetime: DateTime,
    doctor_name: String,
    #[field(example = "PENDING")]
    status: Status,
}

impl From<&ListedPatient> for ListedPatientView {
    fn from(listed: &ListedPatient) -> Self {
        let of = |chosen: fn(&PatientSummary) -> Option<&Appointment>| {
            listed.summary.as_ref().map(|summary| chosen(summary).map(AppointmentSummaryView::from))
        };
        Self {
            patient: PatientView::from(&listed.patient),
            next_appointment: of(|summary| summary.next.as_ref()),
            last_appointment: of(|summary| summary.last.as_ref()),
            no_shows: listed.summary.as_ref().map(|summary| summary.no_shows),
        }
    }
}

impl From<&Appointment> for AppointmentSummaryView {
    fn from(appointment: &Appointment) -> Self {
        Self {
            id: appointment.id,
            start_datetime: DateTime::new(appointment.start, appointment.zone),
            doctor_name: appointment.doctor_name.as_str().to_owned(),
            status: appointment.status,
        }
    }
}
