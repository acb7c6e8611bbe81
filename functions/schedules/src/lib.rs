//! When doctors see patients: `/api/schedules/`.
//!
//! An entry of `/api/schedules/` is a stretch of one local day of one doctor in one room, with its
//! slots and which of them are free. It comes from a dated window or from a weekly rule; holidays and
//! blocked time are taken off.

pub mod block;
mod hours;
mod period;
pub mod rule;
pub mod schedule;
pub mod slot;

use web::{Router, routes};

/// It reaches the table and nothing else.
pub type Reached = platform::TableOnly;

/// The routes of this function.
pub fn router() -> Router {
    Router::default()
        .routes(routes!(schedule::list_schedules, schedule::create_schedule))
        .routes(routes!(slot::list_slots))
        .routes(routes!(rule::list_rules, rule::create_rule))
        .routes(routes!(rule::get_rule, rule::replace_rule, rule::update_rule, rule::delete_rule))
        .routes(routes!(block::list_blocks, block::create_block))
        .routes(routes!(block::get_block, block::replace_block, block::update_block, block::delete_block))
        .routes(routes!(
            schedule::get_schedule,
            schedule::replace_schedule,
            schedule::update_schedule,
            schedule::delete_schedule
        ))
}
