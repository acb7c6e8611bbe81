//! Interprets an inbound message in the light of the last prompt. Pure; `domain::reply` reads the text itself.

use domain::reply::{self, ButtonAction, CancelAnswer, Intent, OfferAnswer, Reading};
use store::conversation::{PendingIntent, Question};
use store::inbound::{Inbound, InboundIntent};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RequestedAction {
    Confirm,
    Reschedule,
    /// Cancel the appointment: by a button, or as the answer to the cancel question.
    Cancel,
    /// Probably cancel the appointment: ask for confirmation first.
    CancelUnconfirmed,
    /// Keep the appointment, as the answer to the cancel question.
    Keep,
    OptOut,
    OptIn,
    /// The offered slot with this index.
    Slot(usize),
    /// None of the offered slots.
    NoSlot,
    /// The listed appointment with this index.
    Appointment(usize),
    Unclear,
    /// A picture, a document, or other media.
    NotText,
}

impl RequestedAction {
    /// The intent that is stored with the message.
    #[must_use]
    pub(super) fn intent(self) -> InboundIntent {
        match self {
            Self::Confirm => InboundIntent::Confirm,
            Self::Reschedule => InboundIntent::Reschedule,
            Self::Cancel | Self::CancelUnconfirmed => InboundIntent::Cancel,
            Self::Keep | Self::Slot(_) | Self::NoSlot | Self::Appointment(_) => InboundIntent::Choice,
            Self::OptOut => InboundIntent::OptOut,
            Self::OptIn => InboundIntent::OptIn,
            Self::Unclear => InboundIntent::Unclear,
            Self::NotText => InboundIntent::Media,
        }
    }
}

impl From<PendingIntent> for RequestedAction {
    fn from(about: PendingIntent) -> Self {
        match about {
            PendingIntent::Confirm => Self::Confirm,
            PendingIntent::Reschedule => Self::Reschedule,
            PendingIntent::Cancel => Self::CancelUnconfirmed,
        }
    }
}

/// What a reply may answer.
#[derive(Debug, Clone, Copy)]
pub(super) enum Prompt<'a> {
    /// Only the question that every reminder asks.
    Reminder,
    Question(&'a Question),
    /// An expired question, or a question followed by a reminder. A reply that could answer either is taken
    /// for neither.
    Ambiguous,
}

/// The prompt that a reply refers to. `open`: the question hasn't expired; `reminded_since`: a reminder was sent
/// after it.
#[must_use]
pub(super) fn current_prompt(question: Option<&Question>, open: bool, reminded_since: bool) -> Prompt<'_> {
    match question {
        None => Prompt::Reminder,
        Some(question) => match (open, reminded_since) {
            (true, false) => Prompt::Question(question),
            (false, true) => Prompt::Reminder,
            (true, true) | (false, false) => Prompt::Ambiguous,
        },
    }
}

/// Interprets the pressed button, or the text if none was pressed.
#[must_use]
pub(super) fn interpret(message: &Inbound, prompt: Prompt<'_>) -> RequestedAction {
    if let Some(button) = message.button_payload.as_deref().and_then(reply::parse_button) {
        return match button.action {
            ButtonAction::Confirm => RequestedAction::Confirm,
            ButtonAction::Reschedule => RequestedAction::Reschedule,
            ButtonAction::Cancel | ButtonAction::CancelYes => RequestedAction::Cancel,
            ButtonAction::Keep => RequestedAction::Keep,
        };
    }
    let Some(text) = &message.readable else { return RequestedAction::NotText };
    let reading = reply::interpret(&text.0);
    match (reading, prompt) {
        (Reading::Act(Intent::OptOut), _) => RequestedAction::OptOut,
        (Reading::Act(Intent::OptIn), _) => RequestedAction::OptIn,
        (_, Prompt::Question(Question::Slots { offers, .. })) => interpret_offer_reply(&text.0, offers.len(), reading),
        (_, Prompt::Question(Question::Cancel { .. })) => match reply::interpret_cancel_answer(&text.0) {
            CancelAnswer::Cancel => RequestedAction::Cancel,
            CancelAnswer::Keep => RequestedAction::Keep,
            CancelAnswer::Unclear => RequestedAction::Unclear,
        },
        (Reading::Choice(number), Prompt::Question(Question::Which { appointments, .. })) => {
            list_index(number, appointments.len()).map_or(RequestedAction::Unclear, RequestedAction::Appointment)
        }
        (Reading::Act(Intent::Confirm), Prompt::Reminder | Prompt::Question(Question::Which { .. }))
        | (Reading::Choice(1), Prompt::Reminder) => RequestedAction::Confirm,
        (Reading::Act(Intent::Reschedule), _) | (Reading::Choice(2), Prompt::Reminder) => RequestedAction::Reschedule,
        // The patient has to confirm before anything is cancelled.
        (Reading::Act(Intent::Cancel), _) | (Reading::Choice(3), Prompt::Reminder) => {
            RequestedAction::CancelUnconfirmed
        }
        (Reading::Act(Intent::Confirm) | Reading::Choice(_) | Reading::Unclear, _) => RequestedAction::Unclear,
    }
}

/// Interprets a reply to a list of offered slots. It may also ask for other times, or to cancel.
fn interpret_offer_reply(text: &str, offered: usize, reading: Reading) -> RequestedAction {
    let offered = u8::try_from(offered).unwrap_or(u8::MAX);
    match (reply::interpret_offer_answer(text, offered), reading) {
        (OfferAnswer::Choice(index), _) => RequestedAction::Slot(index.into()),
        (OfferAnswer::NoneOfThese, _) => RequestedAction::NoSlot,
        (OfferAnswer::Keep, _) => RequestedAction::Keep,
        (OfferAnswer::Unclear, Reading::Act(Intent::Reschedule)) => RequestedAction::Reschedule,
        (OfferAnswer::Unclear, Reading::Act(Intent::Cancel)) => RequestedAction::CancelUnconfirmed,
        (OfferAnswer::Unclear, _) => RequestedAction::Unclear,
    }
}

/// The index in a list that a number from 1 on means.
fn list_index(number: u8, length: usize) -> Option<usize> {
    usize::from(number).checked_sub(1).filter(|index| *index < length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::{AppointmentId, Id as _};
    use domain::time::Instant;

    #[test]
    fn a_question_is_open_until_it_expires_or_a_reminder_is_sent() {
        let at = Instant::from_unix(0).unwrap();
        let question = Question::Cancel { appointment: AppointmentId::nil(), asked_at: at };
        assert!(matches!(current_prompt(None, false, true), Prompt::Reminder));
        assert!(matches!(current_prompt(Some(&question), true, false), Prompt::Question(_)));
        assert!(matches!(current_prompt(Some(&question), true, true), Prompt::Ambiguous));
        assert!(matches!(current_prompt(Some(&question), false, false), Prompt::Ambiguous));
        assert!(matches!(current_prompt(Some(&question), false, true), Prompt::Reminder));
    }
}
