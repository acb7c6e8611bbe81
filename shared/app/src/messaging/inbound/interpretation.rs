//! Interprets an inbound message: its button, the message that it quotes, the last prompt, or its words alone.
//! `domain::reply` reads the words, `domain::prompt` decides which prompt a bare answer belongs to.

use super::first_names::first_names;
use super::kept_answers::{self, BareAnswer};
use super::quoted::QuotedNotification;
use super::seen_prompts::SeenPrompts;
use crate::App;
use crate::support::error::AppError;
use domain::ids::{AppointmentId, NotificationId};
use domain::notification::Notification;
use domain::prompt::{AnswerText, Choice, ChosenAction, Decision, Prompt};
use domain::reply::{self, ButtonAction, Intent, Reading};
use domain::time::Instant;
use store::conversation::Conversation;
use store::inbound::{Inbound, InboundIntent};

/// What a message asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Requested {
    OptOut,
    OptIn,
    /// An action on an appointment.
    Act {
        action: ChosenAction,
        /// `None` if the words don't say which one.
        appointment: Option<AppointmentId>,
        /// The message whose prompt it answers.
        answers: Option<NotificationId>,
    },
    /// The same answer as a moment ago.
    Repeat(Choice),
    /// To read the answer of staff that is kept, about this appointment.
    ReadAnswer(AppointmentId),
    /// The last question again: it isn't answered.
    AskAgain(Prompt),
    /// A bare answer that belongs to no prompt, or may belong to several.
    AskMeaning,
    /// Leave the open question.
    Leave,
    Courtesy,
    Unclear,
    /// A picture, a document, or other media.
    NotText,
}

impl Requested {
    fn act(action: ChosenAction, appointment: Option<AppointmentId>) -> Self {
        Self::Act { action, appointment, answers: None }
    }

    /// The intent that is stored with the message.
    pub(super) fn intent(&self) -> InboundIntent {
        match self {
            Self::OptOut => InboundIntent::OptOut,
            Self::OptIn => InboundIntent::OptIn,
            Self::Act { action, .. } | Self::Repeat(Choice { action, .. }) => match action {
                ChosenAction::Confirm => InboundIntent::Confirm,
                ChosenAction::Reschedule => InboundIntent::Reschedule,
                ChosenAction::AskCancel | ChosenAction::Cancel => InboundIntent::Cancel,
                ChosenAction::Keep | ChosenAction::Slot(_) | ChosenAction::NoSlot => InboundIntent::Choice,
            },
            Self::Leave | Self::ReadAnswer(_) => InboundIntent::Choice,
            Self::AskAgain(_) | Self::AskMeaning | Self::Courtesy | Self::Unclear => InboundIntent::Unclear,
            Self::NotText => InboundIntent::Media,
        }
    }

    /// Whether its words name an action, without being an answer to a prompt.
    pub(super) fn is_by_words(&self) -> bool {
        matches!(self, Self::Act { answers: None, .. })
    }

    /// The appointment that it is about, as far as the message and the prompts say.
    pub(super) fn appointment(&self) -> Option<AppointmentId> {
        match self {
            Self::Act { appointment, .. } => *appointment,
            Self::Repeat(choice) => Some(choice.appointment),
            Self::ReadAnswer(appointment) => Some(*appointment),
            Self::AskAgain(prompt) => prompt.subject(),
            _ => None,
        }
    }
}

/// Interprets a message: the pressed button, or the text.
pub(super) async fn interpret(
    app: &App,
    message: &Inbound,
    quoted: &QuotedNotification,
    conversation: &Conversation,
    now: Instant,
) -> Result<Requested, AppError> {
    let quoted_row = match quoted {
        QuotedNotification::Notification(row) => Some(row.as_ref()),
        QuotedNotification::None | QuotedNotification::OtherRecipient => None,
    };
    if let Some(button) = message.button_payload.as_deref().and_then(reply::parse_button) {
        let action = match button.action {
            ButtonAction::Confirm => ChosenAction::Confirm,
            ButtonAction::Reschedule => ChosenAction::Reschedule,
            ButtonAction::Cancel | ButtonAction::CancelYes => ChosenAction::Cancel,
            ButtonAction::Keep => ChosenAction::Keep,
        };
        return Ok(Requested::act(action, quoted_row.map(|row| row.appointment)));
    }
    let Some(text) = &message.readable else { return Ok(Requested::NotText) };
    let reading = reply::interpret(&text.0);
    match reading {
        Reading::Act(Intent::OptOut) => return Ok(Requested::OptOut),
        Reading::Act(Intent::OptIn) => return Ok(Requested::OptIn),
        _ => {}
    }
    let seen = SeenPrompts::read(app, conversation, now).await?;
    match kept_answers::asked_for(app, (conversation, &seen), quoted_row, reading, now).await? {
        Some(BareAnswer::Reads(appointment)) => return Ok(Requested::ReadAnswer(appointment)),
        Some(BareAnswer::IsUnclear) => return Ok(Requested::AskMeaning),
        None => {}
    }
    let asked =
        seen.prompts.iter().map(|seen| seen.asked.prompt.clone()).chain(quoted_row.and_then(Notification::asks));
    let names = if needs_names(reading) { first_names(app, &listed(asked)).await? } else { Vec::new() };
    let answer = AnswerText { text: &text.0, reading, names: &names };
    if let Some(row) = quoted_row {
        if let Some(choice) = row.asks().and_then(|prompt| answer.choice(&prompt)) {
            let Choice { action, appointment } = choice;
            return Ok(Requested::Act { action, appointment: Some(appointment), answers: Some(row.id) });
        }
        if !reading.is_bare() {
            return Ok(by_words(reading, None, Some(row.appointment)));
        }
    }
    if matches!(quoted, QuotedNotification::OtherRecipient) {
        return Ok(by_words(reading, None, None));
    }
    let last = seen.last();
    let was_asked_later = message.written_at.zip(last).is_some_and(|(written, last)| written < last.asked_at);
    let decision = seen.decide(&answer, was_asked_later, now);
    Ok(match (decision, last) {
        (Decision::Choose(Choice { action, appointment }), last) => {
            let answers = last.map(|last| last.message);
            Requested::Act { action, appointment: Some(appointment), answers }
        }
        (Decision::Repeat(choice), _) => Requested::Repeat(choice),
        (Decision::AskAgain, Some(last)) => Requested::AskAgain(last.prompt.clone()),
        // "Ok" after a message that asks nothing.
        (Decision::AskMeaning, last) if reading == Reading::Fine && last.is_none_or(|last| last.answer.is_some()) => {
            Requested::Courtesy
        }
        (Decision::AskMeaning | Decision::AskAgain, _) => Requested::AskMeaning,
        (Decision::ByWords, _) => by_words(reading, seen.open_question(now), seen.subject(now)),
    })
}

/// What the words say without being an answer to a prompt.
fn by_words(reading: Reading, open_question: Option<&Prompt>, subject: Option<AppointmentId>) -> Requested {
    let again = |question: &Prompt| Requested::AskAgain(question.clone());
    match (reading, open_question) {
        // "Confirmo" may confirm the cancellation, or one of the slots.
        (Reading::Act(Intent::Confirm), Some(question @ (Prompt::Cancel { .. } | Prompt::Slots { .. }))) => {
            again(question)
        }
        (Reading::Act(Intent::Confirm), _) => Requested::act(ChosenAction::Confirm, subject),
        (Reading::Act(Intent::Reschedule), _) => Requested::act(ChosenAction::Reschedule, subject),
        // The patient has to confirm before anything is cancelled.
        (Reading::Act(Intent::Cancel), _) => Requested::act(ChosenAction::AskCancel, subject),
        (Reading::Act(Intent::OptOut), _) => Requested::OptOut,
        (Reading::Act(Intent::OptIn), _) => Requested::OptIn,
        (Reading::Leave, Some(_)) => Requested::Leave,
        (Reading::Leave, None) | (Reading::Choice(_) | Reading::Yes | Reading::No | Reading::Fine, _) => {
            Requested::AskMeaning
        }
        (Reading::Courtesy, _) => Requested::Courtesy,
        (Reading::Unclear, Some(question)) => again(question),
        (Reading::Unclear, None) => Requested::Unclear,
    }
}

/// Whether a text may be a name of a list.
fn needs_names(reading: Reading) -> bool {
    reading == Reading::Unclear
}

fn listed(prompts: impl Iterator<Item = Prompt>) -> Vec<AppointmentId> {
    let lists = prompts.filter_map(|prompt| match prompt {
        Prompt::Which { appointments, .. } => Some(appointments),
        _ => None,
    });
    lists.flatten().collect()
}
