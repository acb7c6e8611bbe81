//! An inbound message as the provider delivers it, and the row that it is stored as.

use super::sender::Sender;
use domain::notification::{Address, MessageText};
use domain::time::Instant;
use store::inbound::Inbound;

/// An inbound message, after its signature was verified.
#[derive(Clone)]
pub struct ReceivedMessage {
    pub message_sid: String,
    /// The sender, as Twilio sent it.
    pub from: Address,
    /// The sender's WhatsApp user id, which is the same with a visible and a hidden number.
    pub external_user: Option<Address>,
    pub body: MessageText,
    /// The body, if it may be interpreted as a reply: that of a text, not the caption of a document or picture.
    pub readable: Option<MessageText>,
    pub button_payload: Option<String>,
    /// The SID of the message that it quotes.
    pub original_sid: Option<String>,
    /// When it was written, if it was recovered later.
    pub written_at: Option<Instant>,
}

domain::opaque!(ReceivedMessage);

pub(super) fn inbound_row(received: &ReceivedMessage, sender: &Sender, now: Instant) -> Inbound {
    Inbound {
        message_sid: received.message_sid.clone(),
        from: received.from.clone(),
        sender_address: sender.address.clone(),
        sender_patients: sender.patients.clone(),
        readable: received.readable.clone(),
        body: received.body.clone(),
        button_payload: received.button_payload.clone(),
        original_sid: received.original_sid.clone(),
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
