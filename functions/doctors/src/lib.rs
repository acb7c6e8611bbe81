//! Doctors and specialties: `/api/doctors/`.

pub mod doctor;
pub mod specialty;

use web::{Router, routes};

/// It reaches the table and nothing else.
pub type Reached = platform::TableOnly;

/// The routes of this function.
pub fn router() -> Router {
    Router::default()
        .routes(routes!(doctor::list_doctors, doctor::create_doctor))
        .routes(routes!(specialty::list_specialties, specialty::create_specialty))
        .routes(routes!(
            specialty::get_specialty,
            specialty::replace_specialty,
            specialty::update_specialty,
            specialty::delete_specialty
        ))
        .routes(routes!(doctor::get_doctor, doctor::replace_doctor, doctor::update_doctor, doctor::deactivate_doctor))
}
