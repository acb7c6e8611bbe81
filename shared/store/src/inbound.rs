//! Inbound messages. They are stored first and processed afterwards.

use crate::item::Entity;
use crate::keys::{self, IndexKey, Key, receipt_key};
use crate::schema::Index;
use domain::attention::Attention;
use domain::ids::{AppointmentId, ClinicId, Id as _, InboundId, PatientId};
use domain::notification::{Address, MessageText};
use domain::phone::MatchKey;
use domain::time::{Instant, Zone};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::{Builder, Uuid, Version};

/// The UUID namespace of message ids. Any fixed value is sufficient.
const NAMESPACE: Uuid = Uuid::from_u128(0x8f0c_1d3e_54b2_5c0a_9a67_2f1e_7d40_b811);

/// The id of an inbound message, derived from Twilio's id so that a repeated delivery finds the same row. It has
/// the form of a UUIDv7, but its time has no meaning.
#[must_use]
pub fn inbound_id(message_sid: &str) -> InboundId {
    let named = Uuid::new_v5(&NAMESPACE, message_sid.as_bytes());
    InboundId::from_uuid(Builder::from_bytes(named.into_bytes()).with_version(Version::SortRand).into_uuid())
}

/// An inbound message.
#[derive(Clone, Serialize, Deserialize)]
pub struct Inbound {
    /// Twilio's id. Repeated deliveries of one message share a row.
    pub message_sid: String,
    /// The sender's address exactly as Twilio delivered it.
    pub from: Address,
    /// The number of a sender who hides it, if it is known.
    #[serde(default)]
    pub sender_address: Option<Address>,
    /// The patients whom the sender's number stood for when the message arrived: only they may be affected by it. `None`
    /// in a row from before November 2026.
    #[serde(default)]
    pub sender_patients: Option<BTreeSet<PatientId>>,
    /// The text, if it may be interpreted.
    pub readable: Option<MessageText>,
    /// The text or the file name as received.
    pub body: MessageText,
    /// The attached files, which the provider keeps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<InboundMedia>,
    /// The payload of the pressed button.
    pub button_payload: Option<String>,
    /// Twilio's id of the message that it replies to.
    pub original_sid: Option<String>,
    /// Set if the provider's own opt-out handling recognised the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opt_out_keyword: Option<OptOutKeyword>,
    /// Set by processing, if the appointment was found.
    pub appointment: Option<AppointmentId>,
    /// Set by processing, if the patient was found.
    pub patient: Option<PatientId>,
    pub clinic: Option<ClinicId>,
    /// The time zone of that clinic.
    pub zone: Option<Zone>,
    /// Set by processing.
    pub intent: Option<InboundIntent>,
    /// The result of processing, in one word.
    pub outcome: Option<String>,
    /// Whether it is in the staff's worklist.
    pub needs_attention: bool,
    /// Why it was put there last.
    #[serde(default)]
    pub attention: Option<Attention>,
    /// When it was sent, if its webhook didn't arrive and it was recovered later.
    #[serde(default)]
    pub written_at: Option<Instant>,
    pub received_at: Instant,
    /// When its effect was written; `None` if that is pending.
    pub processed_at: Option<Instant>,
    /// Its position in the conversation with the number, counted from 1.
    #[serde(default, rename = "turn")] // the stored name
    pub sequence: Option<u64>,
    /// Incremented with each change.
    pub version: u64,
}

domain::opaque!(Inbound);

/// An attached file, by the provider's ids. Its URL is made from them and the settings, so no stored one is ever called.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboundMedia {
    pub message_sid: String,
    pub media_sid: String,
    /// As the provider names it; empty if that isn't known.
    pub content_type: String,
}

domain::opaque!(InboundMedia);

/// What the provider's own opt-out handling took a message for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OptOutKeyword {
    /// No more messages.
    Stop,
    /// Messages are welcome again.
    Start,
}

/// The interpreted intent of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InboundIntent {
    Confirm,
    Reschedule,
    Cancel,
    /// An answer to a question.
    Choice,
    OptOut,
    OptIn,
    /// Not understood.
    Unclear,
    /// A picture, a voice message, a document.
    Media,
}

impl InboundIntent {
    /// The names that API clients see.
    pub const NAMES: &'static [&'static str] =
        &["confirm", "reschedule", "cancel", "choice", "opt_out", "opt_in", "unclear", "media"];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Reschedule => "reschedule",
            Self::Cancel => "cancel",
            Self::Choice => "choice",
            Self::OptOut => "opt_out",
            Self::OptIn => "opt_in",
            Self::Unclear => "unclear",
            Self::Media => "media",
        }
    }
}

impl Inbound {
    #[must_use]
    pub fn id(&self) -> InboundId {
        inbound_id(&self.message_sid)
    }

    /// When the message was sent, or if that is unknown when it was received.
    #[must_use]
    pub fn written_or_received_at(&self) -> Instant {
        self.written_at.unwrap_or(self.received_at)
    }

    /// The match key of the sender's number; of the address, if the number isn't known.
    #[must_use]
    pub fn number(&self) -> MatchKey {
        MatchKey::of(&self.reply_address().0)
    }

    /// Where answers go: to the number, if it is known, because Twilio refuses the ids of users who hide it.
    #[must_use]
    pub fn reply_address(&self) -> &Address {
        self.sender_address.as_ref().unwrap_or(&self.from)
    }
}

impl Entity for Inbound {
    const KIND: &'static str = "inbound";

    fn key(&self) -> Key {
        Key::inbound(self.id())
    }

    fn indexes(&self) -> Vec<(Index, IndexKey)> {
        let index_key = |partition: String| receipt_key(partition, self.received_at, self.id());
        let mut indexes = vec![
            (Index::One, index_key(keys::inbound_partition(self.received_at.utc_day()))),
            (Index::Two, index_key(keys::thread_partition(&self.number()))),
        ];
        if self.needs_attention {
            indexes.push((Index::Three, index_key(keys::INBOUND_ATTENTION.to_owned())));
        }
        indexes
    }
}

/// The pointer to an unprocessed message. The messages of a number are processed in the order in which they were
/// stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Unprocessed {
    pub number: MatchKey,
    pub message_sid: String,
    pub received_at: Instant,
}

impl Entity for Unprocessed {
    const KIND: &'static str = "unprocessed";

    fn key(&self) -> Key {
        Key::unprocessed(&self.number, self.received_at, &self.message_sid)
    }

    fn indexes(&self) -> Vec<(Index, IndexKey)> {
        vec![(Index::Three, keys::all_unprocessed_key(self.received_at, &self.message_sid))]
    }
}
