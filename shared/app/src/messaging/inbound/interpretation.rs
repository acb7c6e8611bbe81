//! What a message asks for, given the question that is open. Pure: the words' meaning is `domain`'s.

use domain::reply::{self, ButtonAction, CancelAnswer, Intent, OfferAnswer, Reading};
use store::conversation::{About, Question};
use store::inbound::{Inbound, InboundIntent};

/// What a message asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The patient comes.
    Confirm,
    /// Another time.
    Reschedule,
    /// The appointment is off: by a button, or after being asked.
    Cancel,
    /// The appointment is off, it seems: ask once more.
    CancelPerhaps,
    /// The appointment stays, after being asked.
    Keep,
    /// No more messages.
    OptOut,
    /// Messages again.
    OptIn,
    /// This time of those that were offered, counted from 0.
    Slot(usize),
    /// None of them.
    NoSlot,
    /// This appointment of those that were listed, counted from 0.
    Appointment(usize),
    /// Not understood.
    Unclear,
    /// Not a text at all.
    NotText,
}

impl Wanted {
    /// How the message is filed.
    #[must_use]
    pub(super) fn intent(self) -> InboundIntent {
        match self {
            Self::Confirm => InboundIntent::Confirm,
            Self::Reschedule => InboundIntent::Reschedule,
            Self::Cancel | Self::CancelPerhaps => InboundIntent::Cancel,
            Self::Keep | Self::Slot(_) | Self::NoSlot | Self::Appointment(_) => InboundIntent::Choice,
            Self::OptOut => InboundIntent::OptOut,
            Self::OptIn => InboundIntent::OptIn,
            Self::Unclear => InboundIntent::Unclear,
            Self::NotText => InboundIntent::Media,
        }
    }
}

impl From<About> for Wanted {
    fn from(about: About) -> Self {
        match about {
            About::Confirm => Self::Confirm,
            About::Reschedule => Self::Reschedule,
            About::Cancel => Self::CancelPerhaps,
        }
    }
}

/// What a message may answer.
#[derive(Debug, Clone, Copy)]
pub(super) enum Asked<'a> {
    /// What every reminder asks, and nothing else.
    Reminder,
    /// This question.
    Question(&'a Question),
    /// A question that is old, or a reminder that came after one: nobody can tell. What would be an
    /// answer to both means neither.
    Unsure,
}

/// What was asked last, given the question that was put last and whether a reminder came after it.
#[must_use]
pub(super) fn asked(question: Option<&Question>, open: bool, reminded_since: bool) -> Asked<'_> {
    match question {
        None => Asked::Reminder,
        Some(question) => match (open, reminded_since) {
            (true, false) => Asked::Question(question),
            (false, true) => Asked::Reminder,
            (true, true) | (false, false) => Asked::Unsure,
        },
    }
}

/// Reads a message: its button if one was pressed, its words otherwise.
#[must_use]
pub(super) fn read(message: &Inbound, asked: Asked<'_>) -> Wanted {
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
    match (reading, asked) {
        (Reading::Act(Intent::OptOut), _) => Wanted::OptOut,
        (Reading::Act(Intent::OptIn), _) => Wanted::OptIn,
        (_, Asked::Question(Question::Slots { offers, .. })) => to_an_offer(&words.0, offers.len(), reading),
        (_, Asked::Question(Question::Cancel { .. })) => match reply::answers_cancel_question(&words.0) {
            CancelAnswer::Cancel => Wanted::Cancel,
            CancelAnswer::Keep => Wanted::Keep,
            CancelAnswer::Unclear => Wanted::Unclear,
        },
        (Reading::Choice(number), Asked::Question(Question::Which { appointments, .. })) => {
            line(number, appointments.len()).map_or(Wanted::Unclear, Wanted::Appointment)
        }
        (Reading::Act(Intent::Reschedule), _) => Wanted::Reschedule,
        // It is asked once more before anything happens.
        (Reading::Act(Intent::Cancel), _) => Wanted::CancelPerhaps,
        (Reading::Act(Intent::Confirm), Asked::Reminder | Asked::Question(Question::Which { .. })) => Wanted::Confirm,
        (Reading::Choice(1), Asked::Reminder) => Wanted::Confirm,
        (Reading::Choice(2), Asked::Reminder) => Wanted::Reschedule,
        (Reading::Choice(3), Asked::Reminder) => Wanted::CancelPerhaps,
        (Reading::Act(Intent::Confirm) | Reading::Choice(_) | Reading::Unclear, _) => Wanted::Unclear,
    }
}

/// What is said to a list of so many times. Whoever has had enough of them may still call it off.
fn to_an_offer(words: &str, offered: usize, reading: Reading) -> Wanted {
    let offered = u8::try_from(offered).unwrap_or(u8::MAX);
    match (reply::answers_offer(words, offered), reading) {
        (OfferAnswer::Choice(place), _) => Wanted::Slot(place.into()),
        (OfferAnswer::NoneOfThese, _) => Wanted::NoSlot,
        (OfferAnswer::Keep, _) => Wanted::Keep,
        (OfferAnswer::Unclear, Reading::Act(Intent::Reschedule)) => Wanted::Reschedule,
        (OfferAnswer::Unclear, Reading::Act(Intent::Cancel)) => Wanted::CancelPerhaps,
        (OfferAnswer::Unclear, _) => Wanted::Unclear,
    }
}

/// Which line of a list a number means, counted from 0.
fn line(number: u8, lines: usize) -> Option<usize> {
    usize::from(number).checked_sub(1).filter(|place| *place < lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::{AppointmentId, Id as _};
    use domain::time::Instant;

    #[test]
    fn a_question_is_open_until_it_is_old_or_a_reminder_comes() {
        let at = Instant::from_unix(0).unwrap();
        let question = Question::Cancel { appointment: AppointmentId::nobody(), asked_at: at };
        assert!(matches!(asked(None, false, true), Asked::Reminder));
        assert!(matches!(asked(Some(&question), true, false), Asked::Question(_)));
        assert!(matches!(asked(Some(&question), true, true), Asked::Unsure));
        assert!(matches!(asked(Some(&question), false, false), Asked::Unsure));
        assert!(matches!(asked(Some(&question), false, true), Asked::Reminder));
    }
}
