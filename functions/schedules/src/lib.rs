//! Routes of `/api/schedules/`: availability, weekly rules, blocks and free slots.
//!
//! An entry of `/api/schedules/` is the availability of a doctor in a room on a local day, with its slots and
//! whether they are free. It comes from an availability window or a weekly rule. On holidays and in blocks no slot
//! is free.

pub mod block;
pub mod rule;
pub mod schedule;
pub mod slot;

use web::{Router, routes};

pub const CAPABILITIES: platform::TableOnly = platform::TableOnly;

pub fn router() -> Router {
    Router::default()
        .routes(routes!(schedule::list_schedules, schedule::create_schedule))
        .routes(routes!(slot::list_slots))
        .routes(routes!(schedule::list_windows))
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
