//! Messages to patients and from them, as the reception desk sees them: `/api/notifications/`.
//!
//! What patients answer arrives at `functions/webhook`; what is due is sent by `functions/reminders`.

pub mod inbound;
pub mod notification;

use utoipa_axum::routes;
use web::Router;

/// The routes of this function.
pub fn router() -> Router {
    Router::default()
        .routes(routes!(notification::list_notifications))
        .routes(routes!(notification::get_notification))
        .routes(routes!(notification::send_notification))
        .routes(routes!(inbound::list_inbound))
        .routes(routes!(inbound::get_inbound, inbound::update_inbound))
}
