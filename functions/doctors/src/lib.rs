//! Routes of `/api/doctors/`: doctors and specialties.

pub mod doctor;
pub mod specialty;

use web::{Router, routes};

pub const CAPABILITIES: platform::TableOnly = platform::TableOnly;

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
