//! Routes of `/api/notifications/` and `/api/worklist/`: messages to patients, inbound messages, and what a person has to
//! look at, for staff.
//!
//! `functions/webhook` receives inbound messages; `functions/reminders` sends due notifications.

pub mod inbound;
pub mod notification;
pub mod worklist;

use web::{Router, routes};

/// A receptionist can send a message by hand.
pub const CAPABILITIES: platform::TableAndMessages = platform::TableAndMessages;

pub fn router() -> Router {
    Router::default()
        .routes(routes!(notification::list_notifications))
        .routes(routes!(notification::get_notification))
        .routes(routes!(notification::send_notification))
        .routes(routes!(inbound::list_inbound))
        .routes(routes!(inbound::get_inbound, inbound::update_inbound))
        .routes(routes!(inbound::link_inbound))
        .routes(routes!(inbound::reply_to_inbound))
        .routes(routes!(inbound::list_quick_replies))
        .routes(routes!(inbound::get_inbound_media))
        .routes(routes!(worklist::list_worklist))
        .routes(routes!(worklist::count_worklist))
        .routes(routes!(worklist::update_worklist_entry))
}
