//! What Twilio tells us: `/api/notifications/whatsapp/webhook/` and `…/status/`.
//!
//! Public, and trusted only as far as the signature goes: it is checked over the configured public
//! address and every parameter before anything else is looked at. Whatever a patient wrote, the
//! answer to Twilio is the same empty TwiML; the patient is answered by a message of its own.

pub mod inbound;
pub mod signed;
pub mod status;

use utoipa_axum::routes;
use web::Router;

/// The routes of this function.
pub fn router() -> Router {
    Router::default().routes(routes!(inbound::receive_message)).routes(routes!(status::receive_status))
}
