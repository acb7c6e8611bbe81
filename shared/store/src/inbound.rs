//! Messages from patients: stored first, then processed.

use crate::item::Entity;
use crate::keys::{self, IndexKey, Key, by_receipt};
use crate::schema::Index;
use domain::ids::{AppointmentId, ClinicId, Id as _, InboundId, PatientId};
use domain::notification::{Address, MessageText};
use domain::phone::MatchKey;
use domain::time::{Instant, Zone};
use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid, Version};

/// Makes ids of Twilio's. Any fixed value will do.
const NAMESPACE: Uuid = Uuid::from_u128(0x8f0c_1d3e_54b2_5c0a_9a67_2f1e_7d40_b811);

/// The id of the message that Twilio calls so: always the same, since the row has to be found by it
/// when the message is delivered again. It has the shape of all other ids, but its time says nothing.
#[must_use]
pub fn id_of(message_sid: &str) -> InboundId {
    let named = Uuid::new_v5(&NAMESPACE, message_sid.as_bytes());
    InboundId::from_uuid(Builder::from_bytes(named.into_bytes()).with_version(Version::SortRand).into_uuid())
}

/// A message from a patient.
#[derive(Clone, Serialize, Deserialize)]
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
    /// The appointment that it turned out to be about.
    pub appointment: Option<AppointmentId>,
    /// The patient that it turned out to be from.
    pub patient: Option<PatientId>,
    /// The appointment's clinic.
    pub clinic: Option<ClinicId>,
    /// That clinic's clock.
    pub zone: Option<Zone>,
    /// What it turned out to mean.
    pub intent: Option<InboundIntent>,
    /// What came of it, in one word.
    pub outcome: Option<String>,
    /// A person has to look at it.
    pub needs_attention: bool,
    /// When it was written, where it didn't arrive right after.
    #[serde(default)]
    pub written_at: Option<Instant>,
    /// When it was stored.
    pub received_at: Instant,
    /// When its effect was written; `None` until then.
    pub processed_at: Option<Instant>,
    /// Its turn in the conversation with its number, counted from 1.
    #[serde(default)]
    pub turn: Option<u64>,
    /// One more with each change.
    pub version: u64,
}

domain::opaque!(Inbound);

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

impl InboundIntent {
    /// Its name.
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
    /// Its id.
    #[must_use]
    pub fn id(&self) -> InboundId {
        id_of(&self.message_sid)
    }

    /// When the patient wrote, as far as is known.
    #[must_use]
    pub fn heard_at(&self) -> Instant {
        self.written_at.unwrap_or(self.received_at)
    }

    /// What all spellings of its sender's number have in common.
    #[must_use]
    pub fn number(&self) -> MatchKey {
        MatchKey::of(&self.from.0)
    }
}

impl Entity for Inbound {
    const KIND: &'static str = "inbound";

    fn key(&self) -> Key {
        Key::inbound(self.id())
    }

    fn indexes(&self) -> Vec<(Index, IndexKey)> {
        let place = |partition: String| by_receipt(partition, self.received_at, self.id());
        let mut indexes = vec![
            (Index::One, place(keys::inbound_partition(self.received_at.utc_day()))),
            (Index::Two, place(keys::thread_partition(&self.number()))),
        ];
        if self.needs_attention {
            indexes.push((Index::Three, place(keys::INBOUND_ATTENTION.to_owned())));
        }
        indexes
    }
}

/// The pointer to a message that isn't processed yet, among those of its number: they are processed in
/// the order in which they were stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Unprocessed {
    /// Whose.
    pub number: MatchKey,
    /// The message.
    pub message_sid: String,
    /// When it was stored.
    pub received_at: Instant,
}

impl Entity for Unprocessed {
    const KIND: &'static str = "unprocessed";

    fn key(&self) -> Key {
        Key::unprocessed(&self.number, self.received_at, &self.message_sid)
    }

    fn indexes(&self) -> Vec<(Index, IndexKey)> {
        vec![(Index::Three, keys::any_unprocessed(self.received_at, &self.message_sid))]
    }
}
