//! An inbound message as the provider delivers it, its sender, and the row that it is stored as.

use domain::ids::PatientId;
use domain::notification::{Address, MessageText};
use domain::phone::MatchKey;
use domain::time::Instant;
use std::collections::BTreeSet;
use store::external_user::ExternalUser;
use store::inbound::{Inbound, InboundMedia, OptOutKeyword};

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
    /// Set if the provider's own opt-out handling recognised it.
    pub opt_out_keyword: Option<OptOutKeyword>,
    /// When it was written, if it was recovered later.
    pub written_at: Option<Instant>,
}

domain::opaque!(ReceivedMessage);

/// The sender of a message.
#[derive(Debug)]
pub(super) struct Sender {
    /// A number, or a WhatsApp user whose number isn't known.
    pub(super) number: MatchKey,
    /// The number of a user who hides it, if it is known.
    pub(super) address: Option<Address>,
    /// The patients who have the number, or whose contact receives their messages at it, unless it is in quarantine for
    /// them. `None` if that couldn't be read; then it is read when the message is processed.
    pub(super) patients: Option<BTreeSet<PatientId>>,
    /// The number of the user, if it is new.
    pub(super) learned: Option<ExternalUser>,
}

impl Sender {
    /// What the address alone says.
    pub(super) fn of_address(from: &Address) -> Self {
        Self { number: MatchKey::of(&from.0), address: None, patients: None, learned: None }
    }
}

pub(super) fn inbound_row(
    received: &ReceivedMessage,
    media: &[InboundMedia],
    sender: &Sender,
    now: Instant,
) -> Inbound {
    Inbound {
        message_sid: received.message_sid.clone(),
        from: received.from.clone(),
        sender_address: sender.address.clone(),
        sender_patients: sender.patients.clone(),
        readable: received.readable.clone(),
        body: received.body.clone(),
        media: media.to_vec(),
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
