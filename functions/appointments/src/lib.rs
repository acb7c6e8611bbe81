//! Routes of `/api/appointments/`: appointments, actions on them, and their history.

pub mod action;
pub mod appointment;

use web::{Router, routes};

pub const CAPABILITIES: platform::TableOnly = platform::TableOnly;

pub fn router() -> Router {
    Router::default()
        .routes(routes!(appointment::list_appointments, appointment::book_appointment))
        .routes(routes!(appointment::get_appointment, appointment::update_appointment))
        .routes(routes!(action::list_actions, action::act_on_appointment))
}
