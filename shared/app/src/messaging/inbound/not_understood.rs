//! Messages that aren't understood: the patient is asked again, and a person looks at what stays unclear. At most
//! [`MAX_REPLIES`] automatic replies go to a number within 24 hours, since an auto-responder may answer each of them.

use super::interpretation::Requested;
use super::message_handler::{MessageHandler, MessageOutcome, Understanding};
use super::resolved_appointment::ResolvedAppointment;
use crate::App;
use crate::support::error::AppError;
use domain::appointment::Appointment;
use domain::attention::AttentionKind;
use domain::messages::Reply;
use domain::prompt::Prompt;
use domain::reply::concerns_a_person;
use domain::time::{Instant, TimeDelta};
use store::conversation::Conversation;
use store::inbound::Inbound;
use store::keys::Key;

/// Replies to messages that aren't understood, the last one included, which says that a person will answer.
const MAX_REPLIES: u8 = 3;
/// Of the bare answers in a row that belong to no prompt, the first ones are answered with a list.
const LISTED_UNPROMPTED: u8 = 2;
/// The time that [`MAX_REPLIES`] counts for, and the time without automatic replies after them.
const WINDOW: TimeDelta = TimeDelta::hours(24);
/// After this time a message that wasn't understood goes to the worklist, unless something understood follows.
const ATTENTION_DELAY: TimeDelta = TimeDelta::minutes(30);
/// So close to the appointment it goes there at once.
const URGENT: TimeDelta = TimeDelta::hours(24);

/// An instant that is so recent that it counts.
fn recent(at: Option<Instant>, now: Instant) -> Option<Instant> {
    at.filter(|at| now.since(*at) < WINDOW)
}

/// Whether staff have taken the conversation over, so that no automatic reply follows.
pub(super) fn staff_took_over(conversation: &Conversation, now: Instant) -> bool {
    recent(conversation.handed_over_at, now).is_some()
}

impl MessageHandler<'_> {
    pub(super) async fn not_understood(
        &self,
        requested: &Requested,
        resolved: &ResolvedAppointment,
        conversation: &Conversation,
    ) -> Result<MessageOutcome, AppError> {
        let now = self.uow.now;
        if staff_took_over(conversation, now) {
            return self.silenced(conversation).await;
        }
        let replies = recent(conversation.unclear_at, now).map_or(0, |_| conversation.unclear_replies);
        let is_unprompted = *requested == Requested::AskMeaning;
        let may_ask = match is_unprompted {
            true => conversation.unprompted_answers < LISTED_UNPROMPTED && replies + 1 < MAX_REPLIES,
            false => replies == 0,
        };
        let question = self.question_again(requested, resolved).await?;
        Ok(match question {
            Some(question) if may_ask && is_unprompted => {
                MessageOutcome { understanding: Understanding::Unprompted, ..question }
            }
            Some(question) if may_ask => MessageOutcome {
                understanding: Understanding::Unclear,
                attention: Some(AttentionKind::Inbound),
                attention_delay: if self.is_urgent(resolved) { TimeDelta::zero() } else { ATTENTION_DELAY },
                ..question
            },
            Some(_) => handed_over("handed_over", Reply::HandedOver),
            None => handed_over("no_visit", Reply::NoAppointment),
        })
    }

    /// The question that the message may have meant to answer. `None` without an appointment to come.
    async fn question_again(
        &self,
        requested: &Requested,
        resolved: &ResolvedAppointment,
    ) -> Result<Option<MessageOutcome>, AppError> {
        if let Requested::AskAgain(prompt) = requested {
            let again = match &resolved.appointment {
                Some(appointment) => repeat_question(prompt, appointment),
                None => None,
            };
            return match again {
                Some(outcome) => Ok(Some(outcome)),
                None => self.repeat_list(prompt).await,
            };
        }
        let only = resolved.appointment.as_ref().filter(|appointment| appointment.is_to_come(self.uow.now));
        match (requested, only) {
            (Requested::AskMeaning, _) | (_, None) => self.ask_meaning(resolved).await,
            (_, Some(appointment)) => {
                let reply = if *requested == Requested::NotText { Reply::NotText } else { Reply::Unclear };
                let prompt = Prompt::Choices { appointment: appointment.id };
                Ok(Some(MessageOutcome::asking("asked_again", reply, prompt)))
            }
        }
    }

    /// Whether a person has to look at the message at once.
    fn is_urgent(&self, resolved: &ResolvedAppointment) -> bool {
        let is_soon = |appointment: &Appointment| {
            appointment.is_to_come(self.uow.now) && appointment.start.since(self.uow.now) < URGENT
        };
        let text = self.message.readable.as_ref().map(|text| text.0.as_str());
        resolved.appointment.iter().chain(&resolved.candidates).any(is_soon) || text.is_some_and(concerns_a_person)
    }

    /// After the conversation was handed over there is no reply, and one message of it in the worklist at a time.
    async fn silenced(&self, conversation: &Conversation) -> Result<MessageOutcome, AppError> {
        let listed = unclear_message(self.uow.app, conversation).await?;
        let is_listed = listed.is_some_and(|row| row.needs_attention);
        Ok(MessageOutcome {
            reply: None,
            understanding: Understanding::Silenced,
            attention: (!is_listed).then_some(AttentionKind::Inbound),
            ..MessageOutcome::with_reply("handed_over", Reply::HandedOver)
        })
    }
}

/// The same question about a single appointment once more.
fn repeat_question(prompt: &Prompt, appointment: &Appointment) -> Option<MessageOutcome> {
    let (start, zone) = (appointment.start, appointment.zone);
    let reply = match prompt {
        Prompt::Cancel { .. } => Reply::AskCancel(start, zone),
        Prompt::Slots { offers, .. } => Reply::Offer { gone: false, slots: offers.clone(), zone },
        Prompt::Reminder { .. } | Prompt::Choices { .. } => Reply::Unclear,
        Prompt::Which { .. } | Prompt::Actions { .. } => return None,
    };
    let prompt = match prompt {
        Prompt::Reminder { appointment } => Prompt::Choices { appointment: *appointment },
        other => other.clone(),
    };
    Some(MessageOutcome::asking("asked_again", reply, prompt))
}

fn handed_over(name: &'static str, reply: Reply) -> MessageOutcome {
    MessageOutcome {
        understanding: Understanding::HandedOver,
        attention: Some(AttentionKind::Inbound),
        ..MessageOutcome::with_reply(name, reply)
    }
}

async fn unclear_message(app: &App, conversation: &Conversation) -> Result<Option<Inbound>, AppError> {
    match conversation.unclear_message {
        Some(id) => Ok(app.table.get::<Inbound>(&Key::inbound(id)).await?),
        None => Ok(None),
    }
}

/// The earlier message that wasn't understood, if it isn't in the worklist yet. Once something is understood, or a later
/// message is in the worklist, nobody has to look at it.
pub(super) async fn message_to_settle(
    app: &App,
    conversation: &Conversation,
    understanding: Understanding,
    now: Instant,
) -> Result<Option<Inbound>, AppError> {
    if !matches!(understanding, Understanding::Understood | Understanding::HandedOver) {
        return Ok(None);
    }
    let row = unclear_message(app, conversation).await?;
    Ok(row.filter(|row| row.needs_attention && row.attention.is_some_and(|attention| attention.since > now)))
}

/// Counts a message in its conversation.
pub(super) fn count_message(
    conversation: &Conversation,
    message: &Inbound,
    outcome: &MessageOutcome,
    now: Instant,
) -> Conversation {
    let unclear_at = recent(conversation.unclear_at, now);
    let replies = unclear_at.map_or(0, |_| conversation.unclear_replies);
    let is_understood = matches!(
        outcome.understanding,
        Understanding::Understood | Understanding::Courtesy | Understanding::AnswerRead
    );
    let is_hand_over = matches!(outcome.understanding, Understanding::HandedOver | Understanding::Refused);
    let in_worklist = outcome.attention.is_some() && !is_understood;
    Conversation {
        unclear_at: if is_understood { unclear_at } else { unclear_at.or(Some(now)) },
        unclear_replies: replies.saturating_add(u8::from(!is_understood && outcome.reply.is_some())),
        unprompted_answers: match outcome.understanding {
            Understanding::Unprompted => conversation.unprompted_answers.saturating_add(1),
            Understanding::Courtesy | Understanding::Silenced => conversation.unprompted_answers,
            _ => 0,
        },
        courtesy_answered: outcome.understanding == Understanding::Courtesy,
        handed_over_at: if is_hand_over { Some(now) } else { recent(conversation.handed_over_at, now) },
        unclear_message: match outcome.understanding {
            _ if in_worklist => Some(message.id()),
            Understanding::Understood => None,
            _ => conversation.unclear_message,
        },
        ..conversation.clone()
    }
}
