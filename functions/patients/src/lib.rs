//! Patients and their contacts: `/api/patients/`.
//!
//! Any part of a name, a document or a phone number finds a patient; the organisation's clinics
//! share them all.

pub mod appointments;
pub mod contact;
pub mod patient;
pub mod privacy;

use web::{Router, routes};

/// It reaches the table and nothing else.
pub type Reached = platform::TableOnly;

/// The routes of this function.
pub fn router() -> Router {
    Router::default()
        .routes(routes!(patient::list_patients, patient::create_patient))
        .routes(routes!(
            patient::get_patient,
            patient::replace_patient,
            patient::update_patient,
            patient::deactivate_patient
        ))
        .routes(routes!(contact::list_contacts, contact::create_contact))
        .routes(routes!(
            contact::get_contact,
            contact::replace_contact,
            contact::update_contact,
            contact::delete_contact
        ))
        .routes(routes!(appointments::list_patient_appointments))
        .routes(routes!(privacy::export_patient))
        .routes(routes!(privacy::erase_patient))
}
