//! Which appointment is a message about? The button's, the answered message's, the open question's, the only
//! one that this number was reminded of. Never simply "the last one".

use super::interpretation::{Asked, Wanted, asked};
use crate::App;
use crate::support::error::AppError;
use domain::appointment::Appointment;
use domain::ids::{Id as _, NotificationId};
use domain::notification::{Notification, NotificationKind};
use domain::phone::MatchKey;
use domain::reply::button;
use domain::time::Instant;
use std::collections::BTreeSet;
use store::conversation::{Conversation, Question};
use store::inbound::Inbound;
use store::keys::Key;
use store::notification::{MessageRow, RemindedAppointment};

/// The appointment that a message is about.
#[derive(Debug, Default)]
pub(super) struct Subject {
    /// The one that is meant.
    pub(super) appointment: Option<Appointment>,
    /// Those that may be meant, soonest first, where it isn't clear which.
    pub(super) several: Vec<Appointment>,
    /// One through which the number is known, where none is meant.
    pub(super) acquaintance: Option<Appointment>,
}

impl Subject {
    fn of(appointment: Option<Appointment>) -> Self {
        Self { appointment, ..Self::default() }
    }

    /// An appointment that an answer can belong to.
    pub(super) fn known_by(&self) -> Option<&Appointment> {
        self.appointment.as_ref().or(self.several.first()).or(self.acquaintance.as_ref())
    }
}

/// The message of ours that a message names: by the button that was pressed, or by the quoted one.
#[derive(Debug)]
pub(super) enum Named {
    /// It names none.
    Nothing,
    /// One that was never sent to this number: it isn't theirs to answer.
    NotTheirs,
    /// This one.
    Message(Box<Notification>),
}

/// Looks up which message of ours is answered.
pub(super) async fn named(app: &App, message: &Inbound, number: &MatchKey) -> Result<Named, AppError> {
    let pressed = message.button_payload.as_deref().and_then(button);
    let id = match (pressed.and_then(|pressed| NotificationId::parse(pressed.reference)), &message.original_sid) {
        (None, Some(sid)) => app.table.get::<MessageRow>(&Key::message(sid)).await?.map(|row| row.notification),
        (pressed, _) => pressed,
    };
    let Some(id) = id else { return Ok(Named::Nothing) };
    let row = app.table.get::<Notification>(&Key::notification(id)).await?;
    let theirs = row.filter(|row| match number.is_hidden() {
        // Only who got the message can hang an answer on it, whatever they are called.
        true => row.external_id.is_some() && row.external_id == message.original_sid,
        false => row.to.as_ref().is_some_and(|to| MatchKey::of(&to.0) == *number),
    });
    Ok(theirs.map_or(Named::NotTheirs, |row| Named::Message(Box::new(row))))
}

/// What a message may answer: the reminder that it names; otherwise a question that was put, unless a
/// reminder has come in between. Never what was sent after the message was written.
pub(super) async fn last_asked<'a>(
    app: &App,
    message: &Inbound,
    named: &Named,
    conversation: &'a Conversation,
    reminded: &[RemindedAppointment],
    now: Instant,
) -> Result<Asked<'a>, AppError> {
    if matches!(named, Named::Message(row) if row.kind == NotificationKind::Reminder) {
        return Ok(Asked::Reminder);
    }
    let question = conversation.question.as_ref();
    // What came at once was written after all of it, so where nothing was asked there is nothing to read.
    if question.is_none() && message.written_at.is_none() {
        return Ok(Asked::Reminder);
    }
    let keys: Vec<Key> = reminded.iter().map(|row| Key::notification(row.notification)).collect();
    let mut batch = app.table.batch(&keys).await?;
    let mut last_reminded = None;
    for key in &keys {
        last_reminded = last_reminded.max(batch.take::<Notification>(key)?.and_then(|row| row.sent_at));
    }
    let asked_at = question.map(Question::asked_at);
    if message.written_at.is_some_and(|written| last_reminded.max(asked_at).is_some_and(|last| written < last)) {
        return Ok(Asked::Unsure);
    }
    let reminded_since = asked_at.is_some_and(|asked_at| last_reminded.is_some_and(|sent| sent > asked_at));
    Ok(asked(question, conversation.open_question(now).is_some(), reminded_since))
}

/// Finds the appointment.
pub(super) async fn subject(
    app: &App,
    named: &Named,
    asked: Asked<'_>,
    wanted: Wanted,
    reminded: &[RemindedAppointment],
    now: Instant,
) -> Result<Subject, AppError> {
    let id = match (wanted, named, asked) {
        // A line of a list is chosen from the list, whatever message the phone hangs it on.
        (Wanted::Appointment(place), _, Asked::Question(Question::Which { appointments, .. })) => {
            appointments.get(place).copied()
        }
        (Wanted::Slot(_) | Wanted::NoSlot, _, Asked::Question(question)) => question.appointment(),
        (_, Named::Message(row), _) => Some(row.appointment),
        (_, Named::Nothing, Asked::Question(question)) => question.appointment(),
        (_, Named::NotTheirs, _) | (_, Named::Nothing, Asked::Reminder | Asked::Unsure) => None,
    };
    if let Some(id) = id {
        return Ok(Subject::of(app.table.get::<Appointment>(&Key::appointment(id)).await?));
    }
    let ids: BTreeSet<_> = reminded.iter().map(|row| row.appointment).collect();
    let keys: Vec<Key> = ids.into_iter().map(Key::appointment).collect();
    let mut batch = app.table.batch(&keys).await?;
    let mut appointments = Vec::new();
    for key in &keys {
        appointments.extend(batch.take::<Appointment>(key)?);
    }
    let acquaintance = appointments.first().cloned();
    appointments.retain(|appointment| {
        (appointment.is_active() || appointment.waits_for_another_time()) && appointment.start > now
    });
    appointments.sort_by_key(|appointment| appointment.start);
    Ok(match appointments.len() {
        // Whoever answers a message that isn't theirs doesn't mean their own appointment by it.
        _ if matches!(named, Named::NotTheirs) => Subject { acquaintance, ..Subject::default() },
        1 => Subject::of(appointments.pop()),
        _ => Subject { several: appointments, acquaintance, ..Subject::default() },
    })
}
