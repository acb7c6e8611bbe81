//! Patients: `/api/patients/`.
//!
//! Any part of a name, a document or a phone number finds a patient; the organisation's clinics
//! share them all.

pub mod patient;
pub mod visits;

use utoipa_axum::routes;
use web::Router;

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
        .routes(routes!(visits::list_patient_appointments))
}
