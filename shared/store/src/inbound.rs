//! Messages from patients: stored first, then processed.

use crate::item::Entity;
use crate::keys::{IndexKey, Key, by_receipt};
use crate::schema::Index;
use domain::ids::{AppointmentId, PatientId};
use domain::notification::{Address, MessageText};
use domain::time::Instant;
use serde::{Deserialize, Serialize};

/// A message from a patient.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Inbound {
    /// Twilio's id: the same message delivered twice is one row.
    pub message_sid: String,
    /// Who wrote, verbatim.
    pub from: Address,
    /// The words, where they may be read as an answer.
    pub readable: Option<MessageText>,
    /// The words or the file name, as they came.
    pub body: MessageText,
    /// What the pressed button carries.
    pub button_payload: Option<String>,
    /// Twilio's id of the message that it answers.
    pub original_sid: Option<String>,
    /// The visit that it turned out to be about.
    pub appointment: Option<AppointmentId>,
    /// The patient that it turned out to be from.
    pub patient: Option<PatientId>,
    /// What it turned out to mean.
    pub intent: Option<InboundIntent>,
    /// What came of it, in one word.
    pub outcome: Option<String>,
    /// A person has to look at it.
    pub needs_attention: bool,
    /// When it was stored.
    pub received_at: Instant,
    /// When its effect was written; `None` until then.
    pub processed_at: Option<Instant>,
    /// One more with each change.
    pub version: u64,
}

/// What a message means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InboundIntent {
    /// The patient will come.
    Confirm,
    /// Another time, please.
    Reschedule,
    /// The patient won't come.
    Cancel,
    /// One of the choices that were offered.
    Choice,
    /// No more messages.
    OptOut,
    /// Messages again.
    OptIn,
    /// Not understood.
    Unclear,
    /// A picture, a voice message, a document.
    Media,
}

impl Entity for Inbound {
    const KIND: &'static str = "inbound";

    fn key(&self) -> Key {
        Key::inbound(&self.message_sid)
    }

    fn indexes(&self) -> Vec<(Index, IndexKey)> {
        vec![(Index::One, by_receipt(self.received_at, &self.message_sid))]
    }
}

/// The pointer to a message that isn't processed yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Unprocessed {
    /// The message.
    pub message_sid: String,
    /// When it was stored.
    pub received_at: Instant,
}

impl Entity for Unprocessed {
    const KIND: &'static str = "unprocessed";

    fn key(&self) -> Key {
        Key::unprocessed(self.received_at, &self.message_sid)
    }
}
