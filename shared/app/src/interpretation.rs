//! What a message asks for, given the question that is open. Pure: the words' meaning is `domain`'s.

use domain::reply::{self, ButtonAction, CancelAnswer, Intent, Reading};
use store::conversation::Question;
use store::inbound::{Inbound, InboundIntent};

/// What a message asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// The patient comes.
    Confirm,
    /// Another time.
    Reschedule,
    /// The visit is off: by a button, or after being asked.
    Cancel,
    /// The visit is off, it seems: ask once more.
    CancelPerhaps,
    /// The visit stays, after being asked.
    Keep,
    /// No more messages.
    OptOut,
    /// Messages again.
    OptIn,
    /// Not understood.
    Unclear,
    /// Not a text at all.
    NotText,
}

impl Wanted {
    /// How the message is filed.
    #[must_use]
    pub fn intent(self) -> InboundIntent {
        match self {
            Self::Confirm => InboundIntent::Confirm,
            Self::Reschedule => InboundIntent::Reschedule,
            Self::Cancel | Self::CancelPerhaps => InboundIntent::Cancel,
            Self::Keep => InboundIntent::Choice,
            Self::OptOut => InboundIntent::OptOut,
            Self::OptIn => InboundIntent::OptIn,
            Self::Unclear => InboundIntent::Unclear,
            Self::NotText => InboundIntent::Media,
        }
    }
}

/// Reads a message: its button if one was pressed, its words otherwise.
#[must_use]
pub fn read(message: &Inbound, question: Option<&Question>) -> Wanted {
    if let Some(button) = message.button_payload.as_deref().and_then(reply::button) {
        return match button.action {
            ButtonAction::Confirm => Wanted::Confirm,
            ButtonAction::Reschedule => Wanted::Reschedule,
            ButtonAction::Cancel | ButtonAction::CancelYes => Wanted::Cancel,
            ButtonAction::Keep => Wanted::Keep,
        };
    }
    let Some(words) = &message.readable else { return Wanted::NotText };
    let reading = reply::interpret(&words.0);
    match (reading, question) {
        (Reading::Act(Intent::OptOut), _) => Wanted::OptOut,
        (Reading::Act(Intent::OptIn), _) => Wanted::OptIn,
        (_, Some(Question::Cancel { .. })) => match reply::answers_cancel_question(&words.0) {
            CancelAnswer::Cancel => Wanted::Cancel,
            CancelAnswer::Keep => Wanted::Keep,
            CancelAnswer::Unclear => Wanted::Unclear,
        },
        (Reading::Act(Intent::Confirm) | Reading::Choice(1), None) => Wanted::Confirm,
        (Reading::Act(Intent::Reschedule) | Reading::Choice(2), None) => Wanted::Reschedule,
        (Reading::Act(Intent::Cancel) | Reading::Choice(3), None) => Wanted::CancelPerhaps,
        (Reading::Choice(_) | Reading::Unclear, None) => Wanted::Unclear,
    }
}
