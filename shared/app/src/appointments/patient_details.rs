//! What a list of appointments shows of their patients on request.

use crate::App;
use crate::support::error::AppError;
use domain::appointment::Appointment;
use domain::ids::PatientId;
use domain::patient::{BirthDate, Patient};
use domain::phone::Phone;
use domain::text::Line;
use std::collections::{BTreeSet, HashMap};
use store::keys::Key;

/// An appointment in a list.
#[derive(Debug)]
pub struct ListedAppointment {
    pub appointment: Appointment,
    /// `None` unless the list was asked for it.
    pub patient: Option<PatientDetail>,
}

/// What the front desk needs to reach and identify a patient.
#[derive(Debug, Clone)]
pub struct PatientDetail {
    pub phone_number: Option<Phone>,
    pub document_type: Line<20>,
    pub document_number: Line<50>,
    pub birth_date: Option<BirthDate>,
}

impl From<Patient> for PatientDetail {
    fn from(patient: Patient) -> Self {
        let profile = patient.profile;
        Self {
            phone_number: profile.phone_number,
            document_type: profile.document_type,
            document_number: profile.document_number,
            birth_date: profile.birth_date,
        }
    }
}

/// Adds their patients to appointments; without `shown`, nothing is read.
pub async fn add_patient_details(
    app: &App,
    appointments: Vec<Appointment>,
    shown: bool,
) -> Result<Vec<ListedAppointment>, AppError> {
    let wanted: BTreeSet<PatientId> =
        appointments.iter().filter(|_| shown).map(|appointment| appointment.patient).collect();
    let keys: Vec<(PatientId, Key)> = wanted.into_iter().map(|id| (id, Key::patient(id))).collect();
    let mut batch = app.table.batch_eventual(&keys.iter().map(|(_, key)| key.clone()).collect::<Vec<_>>()).await?;
    let mut details: HashMap<PatientId, PatientDetail> = HashMap::new();
    for (id, key) in &keys {
        details.extend(batch.take::<Patient>(key)?.map(|patient| (*id, patient.into())));
    }
    let listed = appointments.into_iter().map(|appointment| {
        let patient = details.get(&appointment.patient).cloned();
        ListedAppointment { appointment, patient }
    });
    Ok(listed.collect())
}
