//! Prompts: what a number was asked, and what an answer to it means.
//!
//! An *announcement* begins a conversation (a reminder); a *question* belongs to one. [`PromptLog`] has the prompts that
//! were sent to a number, and [`decide`] finds the one that a bare answer ("1", "sí") belongs to. A message that names an
//! action, a pressed button and a quoted message don't need that.

mod answer;
mod decision;
mod log;
#[cfg(test)]
mod tests;

pub use answer::AnswerText;
pub use decision::{Answer, Decision, decide, subject_of_words};
pub use log::{AskedPrompt, GivenAnswer, PromptLog, QUESTION_TIMEOUT, REMINDER_TIMEOUT, SeenPrompt};

use crate::ids::AppointmentId;
use crate::time::Instant;
use serde::{Deserialize, Serialize};

/// What a message asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Prompt {
    /// A reminder: 1 confirm, 2 reschedule, 3 cancel.
    Reminder { appointment: AppointmentId },
    /// The three choices of a reminder, after a message that wasn't understood.
    Choices { appointment: AppointmentId },
    /// Whether to cancel: 1 yes, 2 no.
    Cancel { appointment: AppointmentId },
    /// Which of these slots to take instead, numbered from 1. One more number means none of them.
    Slots { appointment: AppointmentId, offers: Vec<Instant> },
    /// Which of these appointments an action is meant for, numbered from 1.
    Which { about: ListedAction, appointments: Vec<AppointmentId> },
    /// Which of these actions is meant, numbered from 1.
    Actions { lines: Vec<(ListedAction, AppointmentId)> },
}

/// An action in a numbered list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListedAction {
    Confirm,
    Reschedule,
    /// Asks for a confirmation first.
    Cancel,
}

impl ListedAction {
    /// In the order in which they are listed.
    pub const ALL: [Self; 3] = [Self::Confirm, Self::Reschedule, Self::Cancel];
}

/// What the number of a line, or the words for it, choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Choice {
    pub action: ChosenAction,
    pub appointment: AppointmentId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChosenAction {
    Confirm,
    Reschedule,
    /// Ask whether to cancel.
    AskCancel,
    Cancel,
    Keep,
    /// Move the appointment to this start.
    Slot(Instant),
    /// None of the offered slots.
    NoSlot,
}

impl From<ListedAction> for ChosenAction {
    fn from(listed: ListedAction) -> Self {
        match listed {
            ListedAction::Confirm => Self::Confirm,
            ListedAction::Reschedule => Self::Reschedule,
            ListedAction::Cancel => Self::AskCancel,
        }
    }
}

impl Prompt {
    /// Whether it begins a conversation, rather than belonging to one.
    #[must_use]
    pub fn is_announcement(&self) -> bool {
        matches!(self, Self::Reminder { .. })
    }

    /// The appointment, if the prompt is about a single one.
    #[must_use]
    pub fn subject(&self) -> Option<AppointmentId> {
        match self {
            Self::Reminder { appointment }
            | Self::Choices { appointment }
            | Self::Cancel { appointment }
            | Self::Slots { appointment, .. } => Some(*appointment),
            Self::Which { appointments, .. } => only(appointments.iter().copied()),
            Self::Actions { lines } => only(lines.iter().map(|(_, appointment)| *appointment)),
        }
    }

    /// What a number means, counted from 1.
    #[must_use]
    pub fn choice(&self, number: usize) -> Option<Choice> {
        let index = number.checked_sub(1)?;
        let (action, appointment) = match self {
            Self::Reminder { appointment } | Self::Choices { appointment } => {
                (ChosenAction::from(*ListedAction::ALL.get(index)?), *appointment)
            }
            Self::Cancel { appointment } => (*[ChosenAction::Cancel, ChosenAction::Keep].get(index)?, *appointment),
            Self::Slots { appointment, offers } => {
                let slot = offers.get(index).map(|start| ChosenAction::Slot(*start));
                (slot.or((index == offers.len()).then_some(ChosenAction::NoSlot))?, *appointment)
            }
            Self::Which { about, appointments } => (ChosenAction::from(*about), *appointments.get(index)?),
            Self::Actions { lines } => lines.get(index).map(|(action, about)| (ChosenAction::from(*action), *about))?,
        };
        Some(Choice { action, appointment })
    }
}

fn only(mut appointments: impl Iterator<Item = AppointmentId>) -> Option<AppointmentId> {
    let first = appointments.next()?;
    appointments.all(|other| other == first).then_some(first)
}
