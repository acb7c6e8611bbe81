//! Carries out what an inbound message asks for: acts on the appointment and chooses the reply and next question.

use super::interpretation::{Prompt, RequestedAction};
use super::resolved_appointment::ResolvedAppointment;
use crate::appointments::actions;
use crate::messaging::notification_rows::ChatReply;
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::unit_of_work::UnitOfWork;
use domain::actor::{Actor, Channel};
use domain::appointment::Appointment;
use domain::ids::NotificationId;
use domain::lifecycle::{Action, ActorRole};
use domain::messages::{Reply, render_reply};
use domain::name::Name;
use domain::notification::{MessageText, NotificationKind};
use domain::patient::Patient;
use domain::time::{Instant, TimeDelta};
use std::collections::BTreeMap;
use store::conversation::{Conversation, PendingIntent, Question};
use store::inbound::{AttentionKind, Inbound};
use store::keys::Key;

/// At most this many appointments are listed to choose from.
const MAX_LISTED: usize = 6;
/// At most this many moves of an appointment are followed to its current time.
const MAX_MOVES: usize = 20;

#[derive(Debug)]
pub(super) struct MessageOutcome {
    /// Stored with the message and shown in the API.
    pub(super) name: &'static str,
    pub(super) reply: Option<Reply>,
    /// Why the message goes to the worklist.
    pub(super) attention: Option<AttentionKind>,
    /// The question that the reply asks.
    pub(super) question: Option<Question>,
    /// When a message was last not understood.
    pub(super) unclear_at: Option<Instant>,
    /// When the conversation was handed over to the reception desk.
    pub(super) handed_over_at: Option<Instant>,
}

impl MessageOutcome {
    pub(super) fn with_reply(name: &'static str, reply: Reply) -> Self {
        Self { name, reply: Some(reply), attention: None, question: None, unclear_at: None, handed_over_at: None }
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
        requested: RequestedAction,
        resolved: &ResolvedAppointment,
        conversation: &Conversation,
        prompt: Prompt<'_>,
    ) -> Result<MessageOutcome, AppError> {
        let requested = match (requested, prompt) {
            (RequestedAction::OptOut, _) => return self.set_opt_in(false).await,
            (RequestedAction::OptIn, _) => return self.set_opt_in(true).await,
            // The appointment is known now: do what the patient asked for before.
            (RequestedAction::Appointment(_), Prompt::Question(Question::Which { about, .. })) => {
                RequestedAction::from(*about)
            }
            (requested, _) => requested,
        };
        let Some(appointment) = &resolved.appointment else { return self.ask_which(requested, resolved).await };
        let understood = requested != RequestedAction::Unclear && requested != RequestedAction::NotText;
        if let (true, Some(outcome)) = (understood, self.reply_if_moved(appointment).await?) {
            return Ok(outcome);
        }
        let (start, zone) = (appointment.start, appointment.zone);
        if matches!(requested, RequestedAction::Confirm | RequestedAction::Keep)
            && let Some(outcome) = self.offer_if_stranded(appointment).await?
        {
            return Ok(outcome);
        }
        match requested {
            // A patient who asked for another time and now confirms this one keeps it.
            RequestedAction::Confirm | RequestedAction::Keep if appointment.waits_for_another_time() => {
                self.keep_appointment(appointment).await
            }
            RequestedAction::Confirm => {
                self.apply_action(
                    appointment,
                    Action::Confirm,
                    MessageOutcome::with_reply("confirmed", Reply::Confirmed(start, zone)),
                )
                .await
            }
            RequestedAction::Keep => Ok(MessageOutcome::with_reply("kept", Reply::Kept(start, zone))),
            RequestedAction::Cancel => {
                self.apply_action(
                    appointment,
                    Action::Cancel,
                    MessageOutcome::with_reply("cancelled", Reply::Cancelled(start, zone)),
                )
                .await
            }
            RequestedAction::CancelUnconfirmed => {
                let question = Question::Cancel { appointment: appointment.id, asked_at: self.uow.now };
                let outcome = MessageOutcome {
                    question: Some(question),
                    ..MessageOutcome::with_reply("asked", Reply::AskCancel(start, zone))
                };
                Ok(if appointment.start > self.uow.now {
                    outcome
                } else {
                    MessageOutcome::with_reply("too_late", Reply::TooLate)
                })
            }
            RequestedAction::Reschedule => self.reschedule(appointment).await,
            RequestedAction::Slot(index) => self.choose_slot(appointment, prompt, index).await,
            RequestedAction::NoSlot => Ok(MessageOutcome {
                attention: Some(AttentionKind::Inbound),
                ..MessageOutcome::with_reply("none_of_these", Reply::RescheduleRequested(start, zone))
            }),
            _ => Ok(self.not_understood(requested, appointment, prompt, conversation)),
        }
    }

    /// Asks which appointment is meant, if there are several and the requested action is clear.
    async fn ask_which(
        &self,
        requested: RequestedAction,
        resolved: &ResolvedAppointment,
    ) -> Result<MessageOutcome, AppError> {
        let about = match requested {
            RequestedAction::Confirm => Some(PendingIntent::Confirm),
            RequestedAction::Reschedule => Some(PendingIntent::Reschedule),
            RequestedAction::Cancel | RequestedAction::CancelUnconfirmed => Some(PendingIntent::Cancel),
            _ => None,
        };
        let listed: Vec<&Appointment> = resolved.candidates.iter().take(MAX_LISTED).collect();
        let (Some(about), false) = (about, listed.is_empty()) else {
            return Ok(MessageOutcome {
                attention: Some(AttentionKind::Inbound),
                ..MessageOutcome::with_reply("no_visit", Reply::NoAppointment)
            });
        };
        let keys: Vec<Key> = listed.iter().map(|appointment| Key::patient(appointment.patient)).collect();
        let unique: Vec<Key> = keys.iter().cloned().collect::<std::collections::BTreeSet<_>>().into_iter().collect();
        let mut batch = self.uow.app.table.batch(&unique).await?;
        let mut names = BTreeMap::new();
        for key in unique {
            let patient = batch.take::<Patient>(&key)?;
            names.insert(
                key,
                patient.map(|patient| Name::from(patient.profile.first_name.as_str())).unwrap_or_default(),
            );
        }
        let line = |(appointment, key): (&&Appointment, &Key)| {
            (names.get(key).cloned().unwrap_or_default(), appointment.start, appointment.zone)
        };
        let lines = listed.iter().zip(&keys).map(line).collect();
        let appointments = listed.iter().map(|appointment| appointment.id).collect();
        let question = Question::Which { appointments, about, asked_at: self.uow.now };
        Ok(MessageOutcome {
            question: Some(question),
            ..MessageOutcome::with_reply("asked_which", Reply::Which(lines))
        })
    }

    /// The reply to a message about an appointment that was moved: its current time. Changes nothing.
    async fn reply_if_moved(&self, appointment: &Appointment) -> Result<Option<MessageOutcome>, AppError> {
        let mut next = appointment.rescheduled_to;
        let mut last = None;
        for _ in 0..MAX_MOVES {
            let Some(id) = next else { break };
            last = self.uow.app.table.get::<Appointment>(&Key::appointment(id)).await?;
            next = last.as_ref().and_then(|appointment| appointment.rescheduled_to);
        }
        Ok(last.map(|current| match current.is_active() && current.start > self.uow.now {
            true => MessageOutcome::with_reply("is_elsewhere", Reply::IsNowAt(current.start, current.zone)),
            false => MessageOutcome::with_reply("too_late", Reply::TooLate),
        }))
    }

    /// The first time the patient is asked again; the second time within 24 hours the conversation is handed
    /// over to the reception desk; after that no reply is sent. An open question is repeated; without one the
    /// conversation has no question any more, since "1" must answer the last prompt.
    fn not_understood(
        &self,
        requested: RequestedAction,
        appointment: &Appointment,
        prompt: Prompt<'_>,
        conversation: &Conversation,
    ) -> MessageOutcome {
        let question = match prompt {
            Prompt::Question(question) if question.appointment() == Some(appointment.id) => Some(question.clone()),
            _ => None,
        };
        let recent = |at: Option<Instant>| at.filter(|at| self.uow.now.since(*at) < TimeDelta::hours(24));
        let outcome = match (recent(conversation.unclear_at), recent(conversation.handed_over_at)) {
            (_, Some(since)) => MessageOutcome {
                reply: None,
                attention: Some(AttentionKind::Inbound),
                handed_over_at: Some(since),
                ..MessageOutcome::with_reply("handed_over", Reply::HandedOver)
            },
            (Some(_), None) => MessageOutcome {
                attention: Some(AttentionKind::Inbound),
                handed_over_at: Some(self.uow.now),
                ..MessageOutcome::with_reply("handed_over", Reply::HandedOver)
            },
            (None, None) => MessageOutcome::with_reply(
                "asked_again",
                match &question {
                    Some(Question::Cancel { .. }) => Reply::AskCancel(appointment.start, appointment.zone),
                    Some(Question::Slots { offers, .. }) => {
                        Reply::Offer { gone: false, slots: offers.clone(), zone: appointment.zone }
                    }
                    _ if requested == RequestedAction::NotText => Reply::NotText,
                    _ => Reply::Unclear,
                },
            ),
        };
        let unclear_at = recent(conversation.unclear_at).or(Some(self.uow.now));
        MessageOutcome { question, unclear_at, ..outcome }
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
            Err(AppError::IllegalTransition { .. }) => Ok(MessageOutcome::with_reply("too_late", Reply::TooLate)),
            Err(error) => Err(error),
        }
    }

    pub(super) fn history_payload(&self) -> BTreeMap<String, String> {
        BTreeMap::from([("message_sid".to_owned(), self.message.message_sid.clone())])
    }

    /// Adds the reply. A notification belongs to an appointment: without a known one none is added.
    pub(super) async fn add_reply(
        &mut self,
        resolved: &ResolvedAppointment,
        content: Option<&Reply>,
    ) -> Result<Option<NotificationId>, AppError> {
        let (Some(appointment), Some(content)) = (resolved.for_reply(), content) else { return Ok(None) };
        let patient = crate::directory::patients::get_patient(self.uow.app, appointment.patient).await?;
        let offer = matches!(content, Reply::Offer { .. } | Reply::ClosedTime { .. });
        let chat_reply = ChatReply {
            kind: if offer { NotificationKind::Offer } else { NotificationKind::Reply },
            to: self.message.reply_address().clone(),
            text: MessageText(render_reply(content, patient.profile.language)),
            heard_at: self.message.written_or_received_at(),
        };
        Ok(Some(self.uow.reply(appointment, &patient, chat_reply)))
    }
}
