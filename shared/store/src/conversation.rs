//! Where the conversation with a number stands. Processing a message conditions on its version, so
//! that two messages can't both answer one question.

use crate::item::Entity;
use crate::keys::Key;
use domain::ids::AppointmentId;
use domain::phone::MatchKey;
use domain::time::{Instant, TimeDelta};
use serde::{Deserialize, Serialize};

/// For how long an open question waits for its answer.
pub const ANSWERED_WITHIN: TimeDelta = TimeDelta::hours(24);

/// A conversation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Conversation {
    /// With whom.
    pub number: MatchKey,
    /// What was asked last, if it still waits.
    pub question: Option<Question>,
    /// When the patient wrote last: for a day after that WhatsApp delivers free text.
    pub heard_at: Option<Instant>,
    /// When a number of which nobody knows anything was last told so.
    pub turned_away_at: Option<Instant>,
    /// When a text was first not understood. The second time within 24 hours a person takes over …
    pub unclear_at: Option<Instant>,
    /// … and from then on the robot is silent for as long.
    pub handed_over_at: Option<Instant>,
    /// When it last changed.
    pub updated_at: Instant,
    /// One more with each change; 0 before the first.
    pub version: u64,
}

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Question {
    /// Shall this appointment really be cancelled? 1 yes, 2 no.
    Cancel {
        /// The appointment.
        appointment: AppointmentId,
        /// When it was asked.
        asked_at: Instant,
    },
    /// Which of these times instead? They are numbered from 1; one more is none of them.
    Slots {
        /// The appointment that is to be moved.
        appointment: AppointmentId,
        /// When they begin.
        offers: Vec<Instant>,
        /// When it was asked.
        asked_at: Instant,
    },
    /// Which of these appointments? They are numbered from 1.
    Which {
        /// The appointments.
        #[serde(rename = "visits")] // the stored name
        appointments: Vec<AppointmentId>,
        /// What is to be done to it.
        about: About,
        /// When it was asked.
        asked_at: Instant,
    },
}

/// What a patient wants who hasn't said yet of which appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// To come.
    Confirm,
    /// Another time.
    Reschedule,
    /// Not to come.
    Cancel,
}

impl Question {
    /// When it was asked.
    #[must_use]
    pub fn asked_at(&self) -> Instant {
        match self {
            Self::Cancel { asked_at, .. } | Self::Slots { asked_at, .. } | Self::Which { asked_at, .. } => *asked_at,
        }
    }

    /// The appointment that it is about, where there is only one.
    #[must_use]
    pub fn appointment(&self) -> Option<AppointmentId> {
        match self {
            Self::Cancel { appointment, .. } | Self::Slots { appointment, .. } => Some(*appointment),
            Self::Which { .. } => None,
        }
    }
}

impl Conversation {
    /// A conversation that hasn't begun.
    #[must_use]
    pub fn new(number: MatchKey, now: Instant) -> Self {
        Self {
            number,
            question: None,
            heard_at: None,
            turned_away_at: None,
            unclear_at: None,
            handed_over_at: None,
            updated_at: now,
            version: 0,
        }
    }

    /// The question that is open at `now`.
    #[must_use]
    pub fn open_question(&self, now: Instant) -> Option<&Question> {
        self.question.as_ref().filter(|question| now.since(question.asked_at()) < ANSWERED_WITHIN)
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
