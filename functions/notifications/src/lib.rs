//! Messages to patients and from them, as the reception desk sees them: `/api/notifications/`.
//!
//! What patients answer arrives at `functions/webhook`; what is due is sent by `functions/reminders`.

pub mod inbound;
pub mod notification;

use web::{Router, routes};

/// It sends what a receptionist asks it to.
#[derive(Debug, Clone, Copy)]
pub struct Reached;

impl platform::Reach for Reached {
    const MESSAGES: bool = true;
}

/// The routes of this function.
pub fn router() -> Router {
    Router::default()
        .routes(routes!(notification::list_notifications))
        .routes(routes!(notification::get_notification))
        .routes(routes!(notification::send_notification))
        .routes(routes!(inbound::list_inbound))
        .routes(routes!(inbound::get_inbound, inbound::update_inbound))
}
