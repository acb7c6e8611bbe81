//! Carries out what an inbound message asks for: acts on the appointment and chooses the reply and the next prompt.

use super::interpretation::Requested;
use super::resolved_appointment::ResolvedAppointment;
use crate::appointments::{actions, moves};
use crate::messaging::notification_rows::ChatReply;
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::unit_of_work::UnitOfWork;
use domain::actor::{Actor, Channel};
use domain::appointment::{Appointment, Status};
use domain::attention::AttentionKind;
use domain::ids::NotificationId;
use domain::lifecycle::{Action, ActorRole};
use domain::messages::{Reply, render_reply};
use domain::notification::{MessageText, NotificationKind};
use domain::prompt::{Choice, ChosenAction, ListedAction, Prompt};
use domain::time::TimeDelta;
use std::collections::BTreeMap;
use store::conversation::Conversation;
use store::inbound::Inbound;

/// How a message counts in its conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Understanding {
    Understood,
    Courtesy,
    /// A kept answer of staff is read: an open question stays open.
    AnswerRead,
    /// Not understood.
    Unclear,
    /// A bare answer that belongs to no prompt.
    Unprompted,
    /// Staff take over.
    HandedOver,
    /// The sender may not act: staff take over, and an open question stays open.
    Refused,
    /// Not understood, and staff have taken over already.
    Silenced,
}

#[derive(Debug)]
pub(super) struct MessageOutcome {
    /// Stored with the message and shown in the API.
    pub(super) name: &'static str,
    pub(super) reply: Option<Reply>,
    /// What the reply asks.
    pub(super) prompt: Option<Prompt>,
    pub(super) understanding: Understanding,
    /// Why the message goes to the worklist.
    pub(super) attention: Option<AttentionKind>,
    /// After how long it goes there, unless something understood follows.
    pub(super) attention_delay: TimeDelta,
}

impl MessageOutcome {
    pub(super) fn with_reply(name: &'static str, reply: Reply) -> Self {
        Self {
            name,
            reply: Some(reply),
            prompt: None,
            understanding: Understanding::Understood,
            attention: None,
            attention_delay: TimeDelta::zero(),
        }
    }

    /// A reply that asks something.
    pub(super) fn asking(name: &'static str, reply: Reply, prompt: Prompt) -> Self {
        Self { prompt: Some(prompt), ..Self::with_reply(name, reply) }
    }

    /// The appointment is over, moved or cancelled. If it is still to come, it was perhaps cancelled by mistake.
    fn too_late(is_to_come: bool) -> Self {
        let attention = is_to_come.then_some(AttentionKind::Inbound);
        Self { attention, ..Self::with_reply("too_late", Reply::TooLate) }
    }
}

pub(super) struct MessageHandler<'a> {
    /// By the sender.
    pub(super) uow: UnitOfWork<'a>,
    pub(super) message: &'a Inbound,
}

/// The context of what a message changes: its author is the patient of the appointment that it is about.
pub(super) fn sender_context(request_id: &str, appointment: Option<&Appointment>) -> Context {
    let patient = |about: &Appointment| Actor::Patient { id: about.patient, name: about.patient_name.clone() };
    Context {
        actor: appointment.map_or(Actor::System, patient),
        role: ActorRole::Patient,
        channel: Channel::Whatsapp,
        ..Context::of_system(request_id.to_owned())
    }
}

impl MessageHandler<'_> {
    pub(super) async fn handle(
        &mut self,
        requested: &Requested,
        resolved: &ResolvedAppointment,
        conversation: &Conversation,
    ) -> Result<MessageOutcome, AppError> {
        match (requested, &resolved.appointment) {
            (Requested::OptOut, _) => self.set_opt_in(false).await,
            (Requested::OptIn, _) => self.set_opt_in(true).await,
            (Requested::Leave, _) => Ok(MessageOutcome::with_reply("left", Reply::NothingChanged)),
            (Requested::Courtesy, _) => Ok(MessageOutcome {
                reply: (!conversation.courtesy_answered).then_some(Reply::Courtesy),
                understanding: Understanding::Courtesy,
                ..MessageOutcome::with_reply("courtesy", Reply::Courtesy)
            }),
            (Requested::ReadAnswer(_), _) => Ok(MessageOutcome {
                reply: None,
                understanding: Understanding::AnswerRead,
                ..MessageOutcome::with_reply("answer_read", Reply::Courtesy)
            }),
            (Requested::Act { action, .. }, Some(appointment)) => self.act(*action, appointment).await,
            (Requested::Act { action, .. }, None) => match listed(*action) {
                Some(about) if !resolved.candidates.is_empty() => self.ask_which(about, &resolved.candidates).await,
                _ => self.not_understood(requested, resolved, conversation).await,
            },
            (Requested::Repeat(choice), Some(appointment)) => match repeat(*choice, appointment, conversation) {
                Some(outcome) => Ok(outcome),
                None => self.not_understood(&Requested::AskMeaning, resolved, conversation).await,
            },
            _ => self.not_understood(requested, resolved, conversation).await,
        }
    }

    /// Nested futures are large without optimisation, and the stack of a test thread is small: the largest are boxed.
    async fn act(&mut self, action: ChosenAction, appointment: &Appointment) -> Result<MessageOutcome, AppError> {
        if let Some(outcome) = self.reply_if_moved(appointment).await? {
            return Ok(outcome);
        }
        let (start, zone) = (appointment.start, appointment.zone);
        if matches!(action, ChosenAction::Confirm | ChosenAction::Keep)
            && let Some(outcome) = Box::pin(self.offer_if_stranded(appointment)).await?
        {
            return Ok(outcome);
        }
        match action {
            // A patient who asked for another time and now confirms this one keeps it.
            ChosenAction::Confirm | ChosenAction::Keep if appointment.waits_for_another_time() => {
                Box::pin(self.keep_appointment(appointment)).await
            }
            ChosenAction::Confirm => {
                let outcome = MessageOutcome::with_reply("confirmed", Reply::Confirmed(start, zone));
                self.apply_action(appointment, Action::Confirm, outcome).await
            }
            ChosenAction::Keep if !appointment.is_active() => Ok(MessageOutcome::too_late(start > self.uow.now)),
            ChosenAction::Keep => Ok(MessageOutcome::with_reply("kept", Reply::Kept(start, zone))),
            ChosenAction::Cancel => {
                let outcome = MessageOutcome::with_reply("cancelled", Reply::Cancelled(start, zone));
                self.apply_action(appointment, Action::Cancel, outcome).await
            }
            ChosenAction::AskCancel if !appointment.is_to_come(self.uow.now) => Ok(MessageOutcome::too_late(false)),
            ChosenAction::AskCancel => {
                let prompt = Prompt::Cancel { appointment: appointment.id };
                Ok(MessageOutcome::asking("asked", Reply::AskCancel(start, zone), prompt))
            }
            ChosenAction::Reschedule => Box::pin(self.reschedule(appointment)).await,
            ChosenAction::Slot(slot) => Box::pin(self.choose_slot(appointment, slot)).await,
            ChosenAction::NoSlot => Ok(MessageOutcome {
                attention: Some(AttentionKind::Inbound),
                ..MessageOutcome::with_reply("none_of_these", Reply::RescheduleRequested(start, zone))
            }),
        }
    }

    /// The reply to a message about an appointment that was moved: its current time. Changes nothing.
    async fn reply_if_moved(&self, appointment: &Appointment) -> Result<Option<MessageOutcome>, AppError> {
        let current = moves::moved_to(self.uow.app, appointment).await?;
        Ok(current.map(|current| match current.is_active() && current.start > self.uow.now {
            true => MessageOutcome::with_reply("is_elsewhere", Reply::IsNowAt(current.start, current.zone)),
            false => MessageOutcome::too_late(current.start > self.uow.now),
        }))
    }

    pub(super) async fn apply_action(
        &mut self,
        appointment: &Appointment,
        action: Action,
        outcome: MessageOutcome,
    ) -> Result<MessageOutcome, AppError> {
        let payload = self.history_payload();
        match actions::plan_action(&mut self.uow, appointment, action.into(), payload).await {
            Ok(_) => Ok(outcome),
            // Past or cancelled: the reply says so, and nothing changes.
            Err(AppError::IllegalTransition { .. }) => {
                // Cancelled twice is no mistake.
                let is_mistake = action != Action::Cancel && appointment.start > self.uow.now;
                Ok(MessageOutcome::too_late(is_mistake))
            }
            Err(error) => Err(error),
        }
    }

    pub(super) fn history_payload(&self) -> BTreeMap<String, String> {
        BTreeMap::from([("message_sid".to_owned(), self.message.message_sid.clone())])
    }

    /// Adds the reply, which comes after what was kept for the sender. A notification belongs to an appointment: without a
    /// known one none is added.
    pub(super) async fn add_reply(
        &mut self,
        resolved: &ResolvedAppointment,
        outcome: &MessageOutcome,
        after: Option<NotificationId>,
    ) -> Result<Option<NotificationId>, AppError> {
        let (Some(appointment), Some(content)) = (resolved.for_reply(), &outcome.reply) else { return Ok(None) };
        let patient = crate::directory::patients::get_patient(self.uow.app, appointment.patient).await?;
        let offer = matches!(content, Reply::Offer { .. } | Reply::ClosedTime { .. });
        let chat_reply = ChatReply {
            kind: if offer { NotificationKind::Offer } else { NotificationKind::Reply },
            to: self.message.reply_address().clone(),
            text: MessageText(render_reply(content, patient.profile.language)),
            prompt: outcome.prompt.clone(),
            promises_time: content.promises_time(),
            heard_at: self.message.written_or_received_at(),
            after,
        };
        Ok(Some(self.uow.reply(appointment, &patient, chat_reply)))
    }
}

fn listed(action: ChosenAction) -> Option<ListedAction> {
    match action {
        ChosenAction::Confirm => Some(ListedAction::Confirm),
        ChosenAction::Reschedule => Some(ListedAction::Reschedule),
        ChosenAction::AskCancel | ChosenAction::Cancel => Some(ListedAction::Cancel),
        ChosenAction::Keep | ChosenAction::Slot(_) | ChosenAction::NoSlot => None,
    }
}

/// Acknowledges an answer that was sent twice, with the same words. `None` if they aren't true any more.
fn repeat(choice: Choice, appointment: &Appointment, conversation: &Conversation) -> Option<MessageOutcome> {
    let (start, zone) = (appointment.start, appointment.zone);
    let was_offered = matches!(conversation.prompts.last(), Some(last) if matches!(last.prompt, Prompt::Slots { .. }));
    let reply = match choice.action {
        ChosenAction::Keep if was_offered && appointment.is_active() => Reply::Confirmed(start, zone),
        ChosenAction::Keep if appointment.is_active() => Reply::Kept(start, zone),
        ChosenAction::Confirm if appointment.status == Status::Confirmed => Reply::Confirmed(start, zone),
        ChosenAction::Cancel if appointment.status == Status::Cancelled => Reply::Cancelled(start, zone),
        ChosenAction::Slot(slot) if appointment.rescheduled_to.is_some() => Reply::MovedTo(slot, zone),
        ChosenAction::NoSlot | ChosenAction::Reschedule if appointment.waits_for_another_time() => {
            Reply::RescheduleRequested(start, zone)
        }
        _ => return None,
    };
    Some(MessageOutcome::with_reply("repeated", reply))
}
