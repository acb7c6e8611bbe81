//! What is stored when a message is processed: the message itself, the mark that it waits, and the conversation.

use super::interpretation::Requested;
use super::kept_answers::ReleasedAnswers;
use super::message_handler::{MessageOutcome, Understanding};
use super::not_understood::count_message;
use crate::support::unit_of_work::UnitOfWork;
use domain::appointment::Appointment;
use domain::attention::Attention;
use domain::ids::{NotificationId, PatientId};
use domain::prompt::{Choice, PromptLog, QUESTION_TIMEOUT};
use domain::time::Instant;
use store::Purpose;
use store::conversation::Conversation;
use store::inbound::Inbound;
use store::keys::Key;

pub(super) struct ProcessedMessage<'a> {
    pub(super) requested: &'a Requested,
    pub(super) outcome: &'a MessageOutcome,
    /// The appointment that it is about.
    pub(super) about: Option<&'a Appointment>,
    /// The patient whose message it is.
    pub(super) patient: Option<PatientId>,
    /// The notification with the reply.
    pub(super) reply: Option<NotificationId>,
    /// The answers of staff that were kept for it.
    pub(super) kept: &'a ReleasedAnswers,
}

impl ProcessedMessage<'_> {
    /// Adds the rows to the transaction.
    pub(super) fn record(&self, uow: &mut UnitOfWork<'_>, before: &Inbound, conversation: &Conversation) {
        let now = uow.now;
        let (number, sid) = (before.number(), &before.message_sid);
        let message = self.message(before, conversation, now);
        uow.transaction.replace(Purpose::Version, &message, before.version);
        uow.transaction.delete(Purpose::Append, Key::unprocessed(&number, before.received_at, sid));
        let next = Conversation {
            prompts: self.prompts(conversation, now),
            last_message_at: conversation.last_message_at.max(Some(before.written_or_received_at())),
            updated_at: now,
            version: conversation.version + 1,
            ..self.kept.applied_to(count_message(conversation, before, self.outcome, now))
        };
        uow.transaction.replace(Purpose::Version, &next, conversation.version);
    }

    fn message(&self, before: &Inbound, conversation: &Conversation, now: Instant) -> Inbound {
        let Self { requested, outcome, about, patient, .. } = self;
        Inbound {
            appointment: about.map(|appointment| appointment.id),
            patient: *patient,
            clinic: about.map(|appointment| appointment.clinic),
            zone: about.map(|appointment| appointment.zone),
            intent: Some(requested.intent()),
            outcome: Some(outcome.name.to_owned()),
            needs_attention: outcome.attention.is_some(),
            attention: outcome.attention.map(|kind| Attention { kind, since: now.plus(outcome.attention_delay) }),
            processed_at: Some(now),
            sequence: Some(conversation.version + 1),
            version: before.version + 1,
            ..before.clone()
        }
    }

    /// The prompts after the message: the one that it answers has its answer, what was understood closes the question, and
    /// the reply may ask a new one.
    fn prompts(&self, conversation: &Conversation, now: Instant) -> PromptLog {
        let mut prompts = conversation.prompts.clone();
        if matches!(self.outcome.understanding, Understanding::Understood | Understanding::HandedOver) {
            if let Requested::Act { action, appointment: Some(appointment), answers: Some(message) } = self.requested {
                prompts.answer(*message, Choice { action: *action, appointment: *appointment }, now);
            }
            prompts.close_questions(now);
        }
        if let (Some(reply), Some(prompt)) = (self.reply, &self.outcome.prompt) {
            prompts.ask(reply, prompt.clone(), now.plus(QUESTION_TIMEOUT), now);
        }
        prompts
    }
}
