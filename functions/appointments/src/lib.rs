//! Appointments and what is done to them: `/api/appointments/`.

pub mod action;
pub mod appointment;
pub mod view;

pub use view::AppointmentView;

use web::{Router, routes};

/// It reaches the table and nothing else.
pub type Reached = platform::TableOnly;

/// The routes of this function.
pub fn router() -> Router {
    Router::default()
        .routes(routes!(appointment::list_appointments, appointment::book_appointment))
        .routes(routes!(appointment::get_appointment, appointment::update_appointment))
        .routes(routes!(action::list_actions, action::act_on_appointment))
}
