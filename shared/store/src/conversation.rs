//! The state of the conversation with a number. Processing a message checks its version, so that two messages
//! can't answer the same question.

use crate::item::Entity;
use crate::keys::Key;
use domain::ids::{AppointmentId, InboundId, NotificationId};
use domain::phone::MatchKey;
use domain::prompt::PromptLog;
use domain::time::{Instant, TimeDelta};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Conversation {
    pub number: MatchKey,
    /// What the number was asked last.
    #[serde(default)]
    pub prompts: PromptLog,
    /// The time of the last inbound message. WhatsApp delivers free text for a day after it.
    #[serde(rename = "heard_at")] // the stored name
    pub last_message_at: Option<Instant>,
    /// When an unknown sender last got the reply that the number is unknown.
    #[serde(rename = "turned_away_at")] // the stored name
    pub rejected_at: Option<Instant>,
    /// When the first of the messages came that weren't understood within 24 hours.
    pub unclear_at: Option<Instant>,
    /// How many automatic replies those messages got.
    #[serde(default)]
    pub unclear_replies: u8,
    /// How many bare answers in a row belonged to no prompt.
    #[serde(default)]
    pub unprompted_answers: u8,
    /// Whether the last message was a courtesy, and was answered.
    #[serde(default)]
    pub courtesy_answered: bool,
    /// When staff took over. There are no automatic replies to unclear messages for 24 hours from then on.
    pub handed_over_at: Option<Instant>,
    /// When a message that may report an emergency was last answered.
    #[serde(default)]
    pub emergency_answered_at: Option<Instant>,
    /// What the number wrote while it belonged to nobody.
    #[serde(default)]
    pub unknown_sender: Option<UnknownSender>,
    /// The last message that wasn't understood. It leaves the worklist, or doesn't come to it, once one is.
    #[serde(default)]
    pub unclear_message: Option<InboundId>,
    /// The answers of staff that wait until the number writes again, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept_answers: Vec<KeptAnswer>,
    /// The last of them that the number knew of and has read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_answer: Option<ReadAnswer>,
    pub updated_at: Instant,
    /// Incremented with each change; 0 before the first.
    pub version: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptAnswer {
    pub answer: NotificationId,
    /// The message that says that there is an answer; `None` if that of an earlier one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announcement: Option<NotificationId>,
}

/// An answer of staff that the number was told of, and has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadAnswer {
    pub appointment: AppointmentId,
    /// When the message that said so was sent.
    pub announced_at: Instant,
    pub at: Instant,
}

/// The messages of a number that belongs to nobody, within a day from the first one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownSender {
    pub since: Instant,
    /// Not counted further than the daily limit.
    pub messages: u32,
}

impl Conversation {
    /// A new conversation, not yet written.
    #[must_use]
    pub fn new(number: MatchKey, now: Instant) -> Self {
        Self {
            number,
            prompts: PromptLog::default(),
            last_message_at: None,
            rejected_at: None,
            unclear_at: None,
            unclear_replies: 0,
            unprompted_answers: 0,
            courtesy_answered: false,
            handed_over_at: None,
            emergency_answered_at: None,
            unknown_sender: None,
            unclear_message: None,
            kept_answers: Vec::new(),
            read_answer: None,
            updated_at: now,
            version: 0,
        }
    }
}

impl Conversation {
    /// The messages that say that there is an answer, oldest first.
    pub fn announcements(&self) -> impl Iterator<Item = NotificationId> {
        self.kept_answers.iter().filter_map(|kept| kept.announcement)
    }
}

impl Entity for Conversation {
    const KIND: &'static str = "conversation";

    fn key(&self) -> Key {
        Key::conversation(&self.number)
    }

    fn expires_at(&self) -> Option<Instant> {
        Some(self.updated_at.plus(TimeDelta::days(30)))
    }
}
