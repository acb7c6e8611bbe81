//! An inbound message as the provider delivers it, and the row that it is stored as.

use domain::notification::{Address, MessageText};
use domain::time::Instant;
use store::inbound::{Inbound, OptOutKeyword};

/// An inbound message, after its signature was verified.
#[derive(Clone)]
pub struct ReceivedMessage {
    pub message_sid: String,
    /// The sender, as Twilio sent it.
    pub from: Address,
    pub body: MessageText,
    /// The body, if it may be interpreted as a reply: that of a text, not the caption of a document or picture.
    pub readable: Option<MessageText>,
    pub button_payload: Option<String>,
    /// The SID of the message that it quotes.
    pub original_sid: Option<String>,
    /// Set if the provider's own opt-out handling recognised it.
    pub opt_out_keyword: Option<OptOutKeyword>,
    /// When it was written, if it was recovered later.
    pub written_at: Option<Instant>,
}

domain::opaque!(ReceivedMessage);

pub(super) fn inbound_row(received: &ReceivedMessage, now: Instant) -> Inbound {
    Inbound {
        message_sid: received.message_sid.clone(),
        from: received.from.clone(),
        readable: received.readable.clone(),
        body: received.body.clone(),
        button_payload: received.button_payload.clone(),
        original_sid: received.original_sid.clone(),
        opt_out_keyword: received.opt_out_keyword,
        appointment: None,
        patient: None,
        clinic: None,
        zone: None,
        intent: None,
        outcome: None,
        needs_attention: false,
        attention: None,
        written_at: received.written_at,
        received_at: now,
        processed_at: None,
        sequence: None,
        version: 1,
    }
}
