//! The state of the conversation with a number. Processing a message checks its version, so that two messages
//! can't answer the same question.

use crate::item::Entity;
use crate::keys::Key;
use domain::ids::AppointmentId;
use domain::phone::MatchKey;
use domain::time::{Instant, TimeDelta};
use serde::{Deserialize, Serialize};

/// How long a question stays open.
pub const ANSWER_TIMEOUT: TimeDelta = TimeDelta::hours(24);

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Conversation {
    pub number: MatchKey,
    /// The last question, unless it was answered.
    pub question: Option<Question>,
    /// The time of the last inbound message. WhatsApp delivers free text for a day after it.
    #[serde(rename = "heard_at")] // the stored name
    pub last_message_at: Option<Instant>,
    /// When an unknown sender last got the reply that the number is unknown.
    #[serde(rename = "turned_away_at")] // the stored name
    pub rejected_at: Option<Instant>,
    /// When a message was first not understood. After a second one within 24 hours staff take over.
    pub unclear_at: Option<Instant>,
    /// When staff took over. There are no automatic replies for 24 hours from then on.
    pub handed_over_at: Option<Instant>,
    /// When a message that may report an emergency was last answered.
    #[serde(default)]
    pub emergency_answered_at: Option<Instant>,
    /// What the number wrote while it belonged to nobody.
    #[serde(default)]
    pub unknown_sender: Option<UnknownSender>,
    pub updated_at: Instant,
    /// Incremented with each change; 0 before the first.
    pub version: u64,
}

/// The messages of a number that belongs to nobody, within a day from the first one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownSender {
    pub since: Instant,
    /// Not counted further than the daily limit.
    pub messages: u32,
}

/// A question that waits for an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Question {
    /// Whether to cancel this appointment: 1 yes, 2 no.
    Cancel { appointment: AppointmentId, asked_at: Instant },
    /// Which of these slots to take instead, numbered from 1. One more number means none of them.
    Slots {
        /// The appointment to reschedule.
        appointment: AppointmentId,
        /// The starts of the offered slots.
        offers: Vec<Instant>,
        asked_at: Instant,
    },
    /// Which of these appointments is meant, numbered from 1.
    Which {
        #[serde(rename = "visits")] // the stored name
        appointments: Vec<AppointmentId>,
        /// What to do with the chosen appointment.
        about: PendingIntent,
        asked_at: Instant,
    },
}

/// The intent of a patient who still has to choose the appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PendingIntent {
    Confirm,
    Reschedule,
    Cancel,
}

impl Question {
    #[must_use]
    pub fn asked_at(&self) -> Instant {
        match self {
            Self::Cancel { asked_at, .. } | Self::Slots { asked_at, .. } | Self::Which { asked_at, .. } => *asked_at,
        }
    }

    /// The appointment, if the question is about a single one.
    #[must_use]
    pub fn appointment(&self) -> Option<AppointmentId> {
        match self {
            Self::Cancel { appointment, .. } | Self::Slots { appointment, .. } => Some(*appointment),
            Self::Which { .. } => None,
        }
    }
}

impl Conversation {
    /// A new conversation, not yet written.
    #[must_use]
    pub fn new(number: MatchKey, now: Instant) -> Self {
        Self {
            number,
            question: None,
            last_message_at: None,
            rejected_at: None,
            unclear_at: None,
            handed_over_at: None,
            emergency_answered_at: None,
            unknown_sender: None,
            updated_at: now,
            version: 0,
        }
    }

    /// The question, unless it has expired.
    #[must_use]
    pub fn open_question(&self, now: Instant) -> Option<&Question> {
        self.question.as_ref().filter(|question| now.since(question.asked_at()) < ANSWER_TIMEOUT)
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
