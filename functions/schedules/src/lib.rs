//! When doctors see patients: `/api/schedules/`.
//!
//! An entry is a window of one doctor in one room on one local day, with its slots and which of
//! them are free.

pub mod schedule;

use utoipa_axum::routes;
use web::Router;

/// The routes of this function.
pub fn router() -> Router {
    Router::default().routes(routes!(schedule::list_schedules, schedule::create_schedule)).routes(routes!(
        schedule::get_schedule,
        schedule::replace_schedule,
        schedule::update_schedule,
        schedule::delete_schedule
    ))
}
