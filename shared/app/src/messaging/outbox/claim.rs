//! Claims a pending message, so that exactly one worker sends it while the lease runs.

use super::attention::{self, NeedsAttention};
use super::send_decision::{NotificationSubject, SendDecision, decide};
use crate::App;
use crate::availability::calendar::is_stranded;
use crate::directory::number_restrictions::restrictions_of;
use crate::messaging::message_chain::must_wait;
use crate::messaging::notification_rows::{address_of, template_context};
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::ports::OutgoingMessage;
use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use domain::appointment::Appointment;
use domain::clinic::Clinic;
use domain::due::{LONGEST_IN_QUEUE, validity_period};
use domain::ids::NotificationId;
use domain::notification::{Address, CLAIM_LEASE, MessageText, Notification, NotificationKind, NotificationStatus};
use domain::patient::Patient;
use domain::phone::MatchKey;
use domain::prompt::Prompt;
use domain::time::{Instant, TimeDelta};
use store::Purpose;
use store::appointment::{MessageCopies, update_message_copies};
use store::conversation::Conversation;
use store::keys::Key;
use store::notification::save;
use store::recipient_rate_limit::{self, MIN_INTERVAL, RecipientRateLimit};

/// How long a message waits before it is looked at again, if an earlier one about its appointment is on its way.
const WAIT_FOR_EARLIER: TimeDelta = TimeDelta::minutes(1);

pub(super) enum ClaimOutcome {
    /// There is nothing to send: the message isn't pending any more, or isn't due.
    NotPending(Notification),
    /// Not before this instant: another message to the same number was sent just now.
    RateLimited(Notification, Instant),
    /// This worker has to send it.
    Claimed(Notification, OutgoingMessage),
}

pub(super) async fn claim(
    app: &App,
    id: NotificationId,
    at_once: bool,
    request: Option<&Context>,
) -> Result<ClaimOutcome, AttemptError> {
    let before = app.table.get::<Notification>(&Key::notification(id)).await?.ok_or(AppError::NotFound)?;
    if before.status != NotificationStatus::Pending {
        return Ok(ClaimOutcome::NotPending(before));
    }
    let keys = [Key::appointment(before.appointment), Key::patient(before.patient), Key::clinic(before.clinic)];
    let mut batch = app.table.batch(&keys).await?;
    let [appointment, patient, clinic] = &keys;
    let appointment = batch.take::<Appointment>(appointment)?.ok_or(AppError::NotFound)?;
    let reminder = match before.kind {
        NotificationKind::Notice => app.table.get(&Key::notification(appointment.reminder.notification)).await?,
        _ => None,
    };
    let subject = NotificationSubject {
        appointment,
        reminder,
        patient: batch.take::<Patient>(patient)?.ok_or(AppError::NotFound)?,
        clinic: batch.take::<Clinic>(clinic)?.ok_or(AppError::NotFound)?,
    };
    let ctx = Context::of_scheduled_job();
    let mut uow = UnitOfWork::new(app, &ctx);
    let mut after = Notification { version: before.version + 1, ..before.clone() };
    let decision = match decide(&before, &subject, at_once, uow.now) {
        SendDecision::Send if promises_time(&before, at_once) && is_stranded(app, &subject.appointment).await? => {
            SendDecision::Drop(NotificationStatus::Cancelled)
        }
        SendDecision::Send if is_restricted(app, &before, &subject.patient, at_once).await? => {
            SendDecision::Drop(NotificationStatus::Cancelled)
        }
        SendDecision::Send if !at_once && is_replaced(app, &before).await? => {
            SendDecision::Drop(NotificationStatus::Cancelled)
        }
        SendDecision::Send if !at_once && must_wait(app, &before, uow.now).await? => {
            SendDecision::Defer(uow.now.plus(WAIT_FOR_EARLIER))
        }
        decision => decision,
    };
    match decision {
        SendDecision::Defer(at) if before.next_at == Some(at) => return Ok(ClaimOutcome::NotPending(before)),
        SendDecision::Defer(at) => after.next_at = Some(at),
        SendDecision::Drop(status) => {
            after.status = status;
            after.next_at = None;
            let expired = status == NotificationStatus::Expired;
            let needs_attention = if expired { NeedsAttention::Yes } else { NeedsAttention::No };
            attention::update_appointment(&mut uow, &mut after, needs_attention, None).await?;
        }
        SendDecision::Send => {
            return claim_pending(uow, before, after, &subject, request).await;
        }
    }
    save(&mut uow.transaction, &before, &after);
    uow.commit().await?;
    Ok(ClaimOutcome::NotPending(after))
}

/// Whether a question was answered, left or replaced since it was decided: sent now, it would be the last list on the
/// screen, and an answer to it would be read as one to a later question.
async fn is_replaced(app: &App, row: &Notification) -> Result<bool, AppError> {
    let (Some(_), Some(to)) = (&row.prompt, &row.to) else { return Ok(false) };
    let conversation = app.table.get::<Conversation>(&Key::conversation(&MatchKey::of(&to.0))).await?;
    let last = conversation.as_ref().and_then(|conversation| conversation.prompts.last());
    Ok(last.is_none_or(|last| last.message != row.id || last.answer.is_some()))
}

/// Whether a message promises the time of its appointment, which a pending sweep may have to close: a reminder does, and
/// so may an answer that wasn't sent at once by the request that decided it.
fn promises_time(row: &Notification, at_once: bool) -> bool {
    match row.kind {
        NotificationKind::Reminder => true,
        NotificationKind::Reply | NotificationKind::Offer => row.promises_time && !at_once,
        NotificationKind::Notice => false,
    }
}

/// Whether the number that a message would go to may not get it. A number that opted out gets no reminder and no notice,
/// and a number in quarantine for the patient nothing at all, but the answers to what it wrote.
pub(crate) async fn is_restricted(
    app: &App,
    row: &Notification,
    patient: &Patient,
    at_once: bool,
) -> Result<bool, AppError> {
    let is_answer = matches!(row.kind, NotificationKind::Reply | NotificationKind::Offer);
    if is_answer && at_once {
        return Ok(false);
    }
    // The current number, except for what belongs to a chat.
    let to = if follows_patient(row) { None } else { row.to.clone() };
    let Some(to) = to.or_else(|| address_of(patient)) else { return Ok(false) };
    let restrictions = restrictions_of(app, &MatchKey::of(&to.0)).await?;
    Ok(match restrictions.quarantine.get(&row.patient) {
        Some(since) if is_answer => row.created_at < *since,
        Some(_) => true,
        None => !is_answer && restrictions.opted_out.is_some(),
    })
}

/// Whether a message goes to the number that the patient has when it is sent, and not to the one that wrote.
fn follows_patient(row: &Notification) -> bool {
    row.template.is_some() && row.answer.is_none()
}

async fn claim_pending(
    mut uow: UnitOfWork<'_>,
    before: Notification,
    mut after: Notification,
    subject: &NotificationSubject,
    request: Option<&Context>,
) -> Result<ClaimOutcome, AttemptError> {
    let (app, now) = (uow.app, uow.now);
    let no_address = || AppError::Internal(format!("notification {} has no address", before.id));
    let mut outgoing = outgoing(&mut after, subject, now).ok_or_else(no_address)?;
    // A reply in a chat isn't rate limited: the patient waits for it.
    if after.template.is_some() {
        let number = MatchKey::of(&outgoing.to.0);
        let last = app.table.get::<RecipientRateLimit>(&Key::recipient_rate_limit(&number)).await?;
        // A later time was written before the clock was set back: ignore it.
        let recent = last.as_ref().filter(|last| last.at <= now.plus(MIN_INTERVAL));
        if let Some(free_at) = recent.map(|last| last.at.plus(MIN_INTERVAL)).filter(|at| *at > now) {
            // It may have been this very message, claimed by another worker.
            let row = app.table.get::<Notification>(&Key::notification(before.id)).await?.ok_or(AppError::NotFound)?;
            let pending = row.status == NotificationStatus::Pending;
            return Ok(if pending { ClaimOutcome::RateLimited(row, free_at) } else { ClaimOutcome::NotPending(row) });
        }
        recipient_rate_limit::record_send(&mut uow.transaction, number, now, last.as_ref());
    }
    after.status = NotificationStatus::Claimed;
    after.attempts += 1;
    after.lease_until = Some(now.plus(CLAIM_LEASE));
    after.next_at = after.lease_until;
    outgoing.reference = format!("{}.{}", after.id, after.attempts);
    if let Some(ctx) = request {
        uow.add_outcome(&ctx.outcome_row(after.id, now));
    }
    save(&mut uow.transaction, &before, &after);
    record_announcement(&mut uow, &after, &outgoing.to).await?;
    if after.kind == NotificationKind::Reminder {
        // Conditional on the version that was read: fails if the appointment was cancelled meanwhile. What makes a
        // notice untrue changes the notice's own row.
        let version = Some(subject.appointment.version);
        let copies = MessageCopies { reminder: Some(after.status), notice: None, version };
        update_message_copies(&mut uow.transaction, after.appointment, copies);
    }
    uow.commit().await?;
    Ok(ClaimOutcome::Claimed(after, outgoing))
}

/// Adds what an announcement asks to the conversation with its recipient. From now on it may be on the screen. A question
/// is added by the message that it answers.
async fn record_announcement(uow: &mut UnitOfWork<'_>, row: &Notification, to: &Address) -> Result<(), AppError> {
    let Some(prompt) = row.asks().filter(Prompt::is_announcement) else { return Ok(()) };
    let number = MatchKey::of(&to.0);
    let before = uow.app.table.get::<Conversation>(&Key::conversation(&number)).await?;
    let before = before.unwrap_or_else(|| Conversation::new(number, uow.now));
    let now = uow.now.max(before.updated_at);
    let mut after = Conversation { updated_at: now, version: before.version + 1, ..before.clone() };
    after.prompts.ask(row.id, prompt, row.open_until(now), now);
    uow.transaction.replace(Purpose::Version, &after, before.version);
    Ok(())
}

/// Renders the message; `None` without an address. Text and address are stored in the row: reconciliation finds
/// the message by them.
fn outgoing(
    row: &mut Notification,
    NotificationSubject { appointment, patient, clinic, .. }: &NotificationSubject,
    now: Instant,
) -> Option<OutgoingMessage> {
    let mut valid_seconds = LONGEST_IN_QUEUE.num_seconds();
    let mut filled = None;
    if let Some(template) = row.template {
        let occasion = template_context(row, patient, clinic);
        row.language = occasion.language;
        row.text = Some(MessageText(occasion.body(template)));
        if follows_patient(row) {
            // The current number or contact, not that at booking time.
            row.to = address_of(patient);
        }
        // What staff answered isn't about the time of the appointment.
        let until = if row.answer.is_some() { now.plus(LONGEST_IN_QUEUE) } else { appointment.start };
        filled = Some((template, occasion.language, occasion.variables(template, row.id)));
        valid_seconds = validity_period(now, until, appointment.zone, &clinic.profile.reminders).num_seconds();
    }
    Some(OutgoingMessage {
        to: row.to.clone().or_else(|| address_of(patient))?,
        body: row.text.clone().unwrap_or_else(|| MessageText(String::new())),
        template: filled,
        valid_seconds: u32::try_from(valid_seconds).unwrap_or(1),
        reference: String::new(),
    })
}
