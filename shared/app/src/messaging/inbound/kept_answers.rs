//! Answers of staff that wait until the number writes again: any message brings them, and "1" does nothing else.

use super::seen_prompts::SeenPrompts;
use crate::App;
use crate::messaging::message_chain::is_on_its_way;
use crate::support::error::AppError;
use crate::support::unit_of_work::UnitOfWork;
use domain::ids::{AppointmentId, NotificationId, PatientId};
use domain::notification::{CHAT_WINDOW, Notification, NotificationStatus, Withdrawal};
use domain::reply::Reading;
use domain::time::{Instant, TimeDelta};
use std::collections::BTreeSet;
use store::conversation::{Conversation, KeptAnswer, ReadAnswer};
use store::inbound::Inbound;
use store::keys::Key;
use store::notification::save;

/// The same answer within this time after the first is the same message sent twice.
const SENT_TWICE: TimeDelta = TimeDelta::minutes(10);

/// What a message brings.
#[derive(Debug, Default)]
pub(super) struct ReleasedAnswers {
    /// To be sent, in the order in which they were written.
    pub(super) released: Vec<NotificationId>,
    /// Those of patients whom the number doesn't stand for any more.
    pub(super) left: Vec<KeptAnswer>,
    /// What the number knew of them.
    read: Option<ReadAnswer>,
}

impl ReleasedAnswers {
    /// The conversation after it.
    pub(super) fn applied_to(&self, conversation: Conversation) -> Conversation {
        let read_answer = self.read.or(conversation.read_answer);
        Conversation { kept_answers: self.left.clone(), read_answer, ..conversation }
    }
}

/// Makes the kept answers due at once, and withdraws what says that they wait.
pub(super) async fn release(
    uow: &mut UnitOfWork<'_>,
    conversation: &Conversation,
    message: &Inbound,
    patients: &BTreeSet<PatientId>,
) -> Result<ReleasedAnswers, AppError> {
    let mut found = ReleasedAnswers::default();
    let ids = conversation.kept_answers.iter().flat_map(|kept| [Some(kept.answer), kept.announcement]).flatten();
    let keys: Vec<Key> = ids.map(Key::notification).collect();
    let mut batch = uow.app.table.batch(&keys).await?;
    for kept in &conversation.kept_answers {
        let answer = batch.take::<Notification>(&Key::notification(kept.answer))?;
        // Expired, or of an erased patient.
        let Some(answer) = answer.filter(|row| row.status == NotificationStatus::Pending) else { continue };
        if !patients.contains(&answer.patient) {
            found.left.push(*kept);
            continue;
        }
        let after = Notification {
            chat_open_until: Some(message.written_or_received_at().plus(CHAT_WINDOW)),
            due_at: uow.now,
            next_at: Some(uow.now),
            after: found.released.last().copied(),
            version: answer.version + 1,
            ..answer.clone()
        };
        save(&mut uow.transaction, &answer, &after);
        found.released.push(answer.id);
        if let Some(id) = kept.announcement
            && let Some(announcement) = batch.take::<Notification>(&Key::notification(id))?
        {
            if is_on_screen(&announcement) {
                let announced_at = announcement.sent_at.unwrap_or(uow.now);
                found.read = Some(ReadAnswer { appointment: announcement.appointment, announced_at, at: uow.now });
            }
            withdraw(uow, &announcement);
        }
    }
    Ok(found)
}

fn withdraw(uow: &mut UnitOfWork<'_>, before: &Notification) {
    let mut after = Notification { version: before.version + 1, ..before.clone() };
    match before.status {
        NotificationStatus::Pending => {
            after.status = NotificationStatus::Cancelled;
            after.next_at = None;
        }
        // It isn't sent, if it wasn't yet. If it was, the answer follows.
        NotificationStatus::Claimed | NotificationStatus::Unknown => {
            after.withdrawn = Some(Withdrawal::PatientNotified);
        }
        _ => return,
    }
    save(&mut uow.transaction, before, &after);
}

/// Whether a message is on the number's screen, or may be.
fn is_on_screen(row: &Notification) -> bool {
    row.status.is_accepted() || is_on_its_way(row.status)
}

/// What a bare answer means while an answer is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BareAnswer {
    /// To read the answer, which is about this appointment.
    Reads(AppointmentId),
    /// It may be meant for another prompt, or for none.
    IsUnclear,
}

/// What a bare answer asks for, if the last message that asks for one says that an answer is kept. `None` otherwise.
///
/// "1" reads the answer. What the message doesn't offer, or may be meant for another prompt, is asked about: also once the
/// answer was read, because there is no fall-back to an older list.
pub(super) async fn asked_for(
    app: &App,
    (conversation, seen): (&Conversation, &SeenPrompts),
    quoted: Option<&Notification>,
    reading: Reading,
    now: Instant,
) -> Result<Option<BareAnswer>, AppError> {
    if !reading.is_bare() {
        return Ok(None);
    }
    let chosen = |appointment| match reading {
        Reading::Choice(1) | Reading::Yes | Reading::Fine => BareAnswer::Reads(appointment),
        _ => BareAnswer::IsUnclear,
    };
    let keys: Vec<Key> = conversation.announcements().map(Key::notification).collect();
    let mut batch = app.table.batch(&keys).await?;
    let mut announced: Vec<Notification> = Vec::new();
    for key in &keys {
        announced.extend(batch.take::<Notification>(key)?);
    }
    if let Some(quoted) = quoted {
        return Ok(announced.iter().find(|row| row.id == quoted.id).map(|row| chosen(row.appointment)));
    }
    if let Some(last) = announced.iter().rfind(|row| is_on_screen(row)) {
        let is_clear = !is_on_its_way(last.status) && !other_prompts(seen, last, now);
        return Ok(Some(if is_clear { chosen(last.appointment) } else { BareAnswer::IsUnclear }));
    }
    let Some(read) = conversation.read_answer else { return Ok(None) };
    let is_last = seen.last().is_none_or(|last| last.asked_at <= read.announced_at);
    let is_repeated = now.since(read.at) <= SENT_TWICE;
    Ok(is_last.then(|| if is_repeated { chosen(read.appointment) } else { BareAnswer::IsUnclear }))
}

/// Whether a bare answer may be meant for another prompt: one that came later, or is about another appointment.
fn other_prompts(seen: &SeenPrompts, last: &Notification, now: Instant) -> bool {
    let sent_at = last.sent_at.unwrap_or(now);
    seen.prompts.iter().any(|seen| {
        let is_open = seen.asked.answer.is_none() && now < seen.asked.until;
        let is_other = seen.asked.prompt.subject() != Some(last.appointment) || !seen.asked.prompt.is_announcement();
        is_open && (is_other || seen.asked.asked_at > sent_at)
    })
}
