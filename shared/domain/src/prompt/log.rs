//! The prompts that were sent to a number.

use super::{Choice, Prompt};
use crate::ids::{AppointmentId, NotificationId};
use crate::time::{Instant, TimeDelta};
use serde::{Deserialize, Serialize};

/// How long a question stays open.
pub const QUESTION_TIMEOUT: TimeDelta = TimeDelta::hours(24);
/// How long after the start of its appointment a reminder can be answered. The answer says that it is too late.
pub const REMINDER_TIMEOUT: TimeDelta = TimeDelta::hours(24);
/// At most this many announcements are kept. The decision depends on whether there are several, not on how many.
const MAX_ANNOUNCEMENTS: usize = 10;
/// The last question, and the one before: whether the last one was sent may not be known yet.
const MAX_QUESTIONS: usize = 2;

/// A prompt in the log. It is added when its message is claimed, so it may not be on the screen: the message's own row
/// says whether it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedPrompt {
    /// The message that asks.
    pub message: NotificationId,
    pub prompt: Prompt,
    pub asked_at: Instant,
    /// When it can no longer be answered.
    pub until: Instant,
    /// Whether a question was open when it was sent. Only of announcements.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub interrupts: bool,
    /// The last answer. It closes a question; an announcement stays open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<GivenAnswer>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenAnswer {
    /// What was chosen; `None` if the question was closed in another way.
    pub choice: Option<Choice>,
    pub at: Instant,
}

/// A prompt that is on the screen, or may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenPrompt {
    pub asked: AskedPrompt,
    /// Whether its message was certainly accepted by the provider.
    pub is_certain: bool,
}

impl AskedPrompt {
    #[must_use]
    pub fn is_open_question(&self, now: Instant) -> bool {
        !self.prompt.is_announcement() && self.answer.is_none() && now < self.until
    }
}

/// The last question and the announcements since it, in the order in which they were sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PromptLog(Vec<AskedPrompt>);

impl PromptLog {
    /// The prompts, in the order in which they were sent.
    #[must_use]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &AskedPrompt> {
        self.0.iter()
    }

    #[must_use]
    pub fn last(&self) -> Option<&AskedPrompt> {
        self.0.last()
    }

    /// Adds the prompt of a message that is about to be sent. One of an earlier attempt is replaced.
    pub fn ask(&mut self, message: NotificationId, prompt: Prompt, until: Instant, now: Instant) {
        self.0.retain(|asked| asked.message != message && now < asked.until);
        let is_open = |asked: &AskedPrompt| asked.is_open_question(now);
        let interrupts = prompt.is_announcement() && self.0.iter().any(is_open);
        self.0.push(AskedPrompt { message, prompt, asked_at: now, until, interrupts, answer: None });
        let from_question = |number: usize| {
            let mut questions = self.0.iter().enumerate().rev().filter(|(_, asked)| !asked.prompt.is_announcement());
            questions.nth(number - 1).map(|(index, _)| index)
        };
        let kept_from = from_question(MAX_QUESTIONS).unwrap_or(0);
        self.0.drain(..kept_from);
        while self.0.iter().filter(|asked| asked.prompt.is_announcement()).count() > MAX_ANNOUNCEMENTS {
            if let Some(oldest) = self.0.iter().position(|asked| asked.prompt.is_announcement()) {
                self.0.remove(oldest);
            }
        }
    }

    /// Records an answer to a message's prompt.
    pub fn answer(&mut self, message: NotificationId, choice: Choice, now: Instant) {
        for asked in self.0.iter_mut().filter(|asked| asked.message == message) {
            asked.answer = Some(GivenAnswer { choice: Some(choice), at: now });
        }
    }

    /// Closes the open questions: something else was understood, or the patient left them.
    pub fn close_questions(&mut self, now: Instant) {
        for asked in self.0.iter_mut().filter(|asked| asked.is_open_question(now)) {
            asked.answer = Some(GivenAnswer { choice: None, at: now });
        }
    }

    /// Whether slots were offered for an appointment, and none chosen yet.
    #[must_use]
    pub fn awaits_slot(&self, appointment: AppointmentId) -> bool {
        let is_offer = |prompt: &Prompt| matches!(prompt, Prompt::Slots { appointment: of, .. } if *of == appointment);
        self.0.iter().any(|asked| is_offer(&asked.prompt) && asked.answer.is_none())
    }
}
