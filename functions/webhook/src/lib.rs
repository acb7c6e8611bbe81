//! What Twilio tells us: `/api/notifications/whatsapp/webhook/` and `…/status/`.
//!
//! Public, and trusted only as far as the signature goes: it is checked over the configured public
//! address and every parameter before anything else is looked at. The answer to Twilio is an empty
//! TwiML, since patients are answered by messages that are tracked. Only somebody with whom there is no
//! appointment to talk about is told so in the TwiML itself.

pub mod inbound;
pub mod signed;
pub mod status;

use web::{Router, routes};

/// It answers patients.
#[derive(Debug, Clone, Copy)]
pub struct Reached;

impl platform::Reach for Reached {
    const MESSAGES: bool = true;
}

/// The routes of this function.
pub fn router() -> Router {
    Router::default().routes(routes!(inbound::receive_message)).routes(routes!(status::receive_status))
}
