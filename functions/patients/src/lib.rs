//! Routes of `/api/patients/`: patients, their contacts and messages, and export and erasure of their data.
//!
//! Patients are found by any part of a name, document or phone number. All clinics of the organisation share them.

pub mod appointments;
pub mod contact;
pub mod messages;
pub mod patient;
pub mod privacy;

use web::{Router, routes};

pub const CAPABILITIES: platform::TableOnly = platform::TableOnly;

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
        .routes(routes!(messages::list_patient_messages))
        .routes(routes!(privacy::export_patient))
        .routes(routes!(privacy::erase_patient))
}
