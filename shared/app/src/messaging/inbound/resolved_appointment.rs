//! Resolves which appointment an inbound message is about: that of the pressed button, of the quoted message, of
//! the open question, or the only one that this number was reminded of. Never simply the last one.

use super::interpretation::{Prompt, RequestedAction, current_prompt};
use crate::App;
use crate::support::error::AppError;
use domain::appointment::Appointment;
use domain::ids::{Id as _, NotificationId};
use domain::notification::{Notification, NotificationKind};
use domain::phone::MatchKey;
use domain::reply::parse_button;
use domain::time::Instant;
use std::collections::BTreeSet;
use store::conversation::{Conversation, Question};
use store::inbound::Inbound;
use store::keys::Key;
use store::notification::{MessageRow, RemindedAppointment};

#[derive(Debug, Default)]
pub(super) struct ResolvedAppointment {
    pub(super) appointment: Option<Appointment>,
    /// The appointments that may be meant, soonest first, if it isn't clear which.
    pub(super) candidates: Vec<Appointment>,
    /// An appointment that this number was reminded of, even if the message isn't about it.
    pub(super) known_through: Option<Appointment>,
}

impl ResolvedAppointment {
    pub(super) fn of(appointment: Option<Appointment>) -> Self {
        Self { appointment, ..Self::default() }
    }

    /// The appointment that a reply is stored under.
    pub(super) fn for_reply(&self) -> Option<&Appointment> {
        self.appointment.as_ref().or(self.candidates.first()).or(self.known_through.as_ref())
    }
}

/// The notification that an inbound message refers to, by the pressed button or by the quoted message.
#[derive(Debug)]
pub(super) enum QuotedNotification {
    None,
    /// One that was never sent to this number, so the sender may not answer it.
    OtherRecipient,
    Notification(Box<Notification>),
}

/// Looks up the notification that an inbound message refers to.
pub(super) async fn quoted_notification(
    app: &App,
    message: &Inbound,
    number: &MatchKey,
) -> Result<QuotedNotification, AppError> {
    let pressed = message.button_payload.as_deref().and_then(parse_button);
    let id = match (pressed.and_then(|pressed| NotificationId::parse(pressed.reference)), &message.original_sid) {
        (None, Some(sid)) => app.table.get::<MessageRow>(&Key::message(sid)).await?.map(|row| row.notification),
        (pressed, _) => pressed,
    };
    let Some(id) = id else { return Ok(QuotedNotification::None) };
    let row = app.table.get::<Notification>(&Key::notification(id)).await?;
    let from = MatchKey::of(&message.from.0);
    let own = row.filter(|row| {
        // An answer goes to the address that wrote, whose number may be hidden. Only the recipient of a message can quote
        // it, whatever address Twilio reports.
        let is_quoted = from.is_hidden() && row.external_id.is_some() && row.external_id == message.original_sid;
        is_quoted || row.to.as_ref().is_some_and(|to| [number, &from].contains(&&MatchKey::of(&to.0)))
    });
    Ok(own.map_or(QuotedNotification::OtherRecipient, |row| QuotedNotification::Notification(Box::new(row))))
}

/// An inbound message, and what its number was sent and asked before.
pub(super) struct MessageHistory<'a> {
    pub(super) message: &'a Inbound,
    pub(super) quoted: QuotedNotification,
    pub(super) conversation: &'a Conversation,
    pub(super) reminded: Vec<RemindedAppointment>,
    /// When the message is processed.
    pub(super) now: Instant,
}

/// The prompt that a message replies to: the reminder that it quotes; otherwise the last question, unless a
/// reminder was sent since. Never a prompt that was sent after the message was written.
pub(super) async fn find_prompt<'a>(
    app: &App,
    &MessageHistory { message, ref quoted, conversation, ref reminded, now }: &MessageHistory<'a>,
) -> Result<Prompt<'a>, AppError> {
    if matches!(quoted, QuotedNotification::Notification(row) if row.kind == NotificationKind::Reminder) {
        return Ok(Prompt::Reminder);
    }
    let question = conversation.question.as_ref();
    // A message that came by webhook was written after everything that was sent: without a question, skip the read.
    if question.is_none() && message.written_at.is_none() {
        return Ok(Prompt::Reminder);
    }
    let keys: Vec<Key> = reminded.iter().map(|row| Key::notification(row.notification)).collect();
    let mut batch = app.table.batch(&keys).await?;
    let mut last_reminded = None;
    for key in &keys {
        last_reminded = last_reminded.max(batch.take::<Notification>(key)?.and_then(|row| row.sent_at));
    }
    let asked_at = question.map(Question::asked_at);
    if message.written_at.is_some_and(|written| last_reminded.max(asked_at).is_some_and(|last| written < last)) {
        return Ok(Prompt::Ambiguous);
    }
    let reminded_since = asked_at.is_some_and(|asked_at| last_reminded.is_some_and(|sent| sent > asked_at));
    Ok(current_prompt(question, conversation.open_question(now).is_some(), reminded_since))
}

pub(super) async fn resolve_appointment(
    app: &App,
    &MessageHistory { ref quoted, ref reminded, now, .. }: &MessageHistory<'_>,
    prompt: Prompt<'_>,
    requested: RequestedAction,
) -> Result<ResolvedAppointment, AppError> {
    let id = match (requested, quoted, prompt) {
        // A choice from a list refers to the list, whatever message the phone quotes with it.
        (RequestedAction::Appointment(index), _, Prompt::Question(Question::Which { appointments, .. })) => {
            appointments.get(index).copied()
        }
        (RequestedAction::Slot(_) | RequestedAction::NoSlot, _, Prompt::Question(question))
        | (_, QuotedNotification::None, Prompt::Question(question)) => question.appointment(),
        (_, QuotedNotification::Notification(row), _) => Some(row.appointment),
        (_, QuotedNotification::OtherRecipient, _)
        | (_, QuotedNotification::None, Prompt::Reminder | Prompt::Ambiguous) => None,
    };
    if let Some(id) = id {
        return Ok(ResolvedAppointment::of(app.table.get::<Appointment>(&Key::appointment(id)).await?));
    }
    let ids: BTreeSet<_> = reminded.iter().map(|row| row.appointment).collect();
    let keys: Vec<Key> = ids.into_iter().map(Key::appointment).collect();
    let mut batch = app.table.batch(&keys).await?;
    let mut appointments = Vec::new();
    for key in &keys {
        appointments.extend(batch.take::<Appointment>(key)?);
    }
    let known_through = appointments.first().cloned();
    appointments.retain(|appointment| {
        (appointment.is_active() || appointment.waits_for_another_time()) && appointment.start > now
    });
    appointments.sort_by_key(|appointment| appointment.start);
    Ok(match appointments.len() {
        // A reply to another recipient's message isn't about the sender's own appointments.
        _ if matches!(quoted, QuotedNotification::OtherRecipient) => {
            ResolvedAppointment { known_through, ..ResolvedAppointment::default() }
        }
        1 => ResolvedAppointment::of(appointments.pop()),
        _ => ResolvedAppointment { candidates: appointments, known_through, ..ResolvedAppointment::default() },
    })
}
