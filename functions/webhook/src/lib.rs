//! Routes that Twilio calls: `/api/notifications/whatsapp/webhook/` and `…/status/`.
//!
//! They are public. The signature is verified over the configured public URL and all parameters before anything
//! else is processed. The response to Twilio is an empty TwiML, because patients are answered by separate, tracked
//! messages. Only a sender without any appointment is answered in the TwiML itself.

pub mod inbound;
pub mod signed;
pub mod status;

use web::{Router, routes};

/// Answers to patients are sent as messages.
pub const CAPABILITIES: platform::TableAndMessages = platform::TableAndMessages;

pub fn router() -> Router {
    Router::default().routes(routes!(inbound::receive_message)).routes(routes!(status::receive_status))
}
