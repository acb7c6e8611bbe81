//! Routes of `/api/clinics/`: clinics, rooms and holidays.

pub mod clinic;
pub mod holiday;
pub mod room;

use web::{Router, routes};

pub const CAPABILITIES: platform::TableOnly = platform::TableOnly;

pub fn router() -> Router {
    Router::default()
        .routes(routes!(clinic::list_clinics, clinic::create_clinic))
        .routes(routes!(clinic::get_clinic, clinic::replace_clinic, clinic::update_clinic, clinic::deactivate_clinic))
        .routes(routes!(room::list_rooms, room::create_room))
        .routes(routes!(room::get_room, room::replace_room, room::update_room, room::deactivate_room))
        .routes(routes!(holiday::list_holidays, holiday::create_holiday))
        .routes(routes!(
            holiday::get_holiday,
            holiday::replace_holiday,
            holiday::update_holiday,
            holiday::delete_holiday
        ))
}
