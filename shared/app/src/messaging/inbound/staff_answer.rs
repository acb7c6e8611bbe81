//! Answers of staff to an inbound message. While WhatsApp takes free text, which is 24 hours after the number's last
//! message, the answer is sent at once. Later it is kept: a template says that there is one, and the next message of the
//! number brings it ([`kept_answers`](super::kept_answers)).
//!
//! An answer asks nothing as far as the chat knows: no bare answer is taken for one to it, and what was asked before stays
//! asked. From then on staff have the conversation, so messages that aren't understood get no automatic reply.

use super::worklist::is_visible;
use crate::App;
use crate::directory::number_restrictions::restrictions_of;
use crate::directory::patients::get_patient;
use crate::messaging::message_chain::is_open;
use crate::messaging::notification_rows::new_row;
use crate::messaging::outbox;
use crate::support::change::differences;
use crate::support::context::{Context, Outcome};
use crate::support::error::AppError;
use crate::support::retry::AttemptError;
use crate::support::timeouts;
use crate::support::unit_of_work::UnitOfWork;
use domain::appointment::Appointment;
use domain::ids::{InboundId, NotificationId, PatientId};
use domain::messages::Template;
use domain::notification::{CHAT_WINDOW, MessageText, Notification, NotificationKind, StaffAnswer};
use domain::patient::Patient;
use domain::text::Note;
use domain::time::TimeDelta;
use domain::violation::Rule;
use std::collections::BTreeMap;
use store::audit::AuditAction;
use store::conversation::{Conversation, KeptAnswer};
use store::inbound::Inbound;
use store::keys::Key;
use store::{Purpose, patterns};

/// After this time nobody asks for a kept answer any more: the message that it answers goes back to the worklist.
const KEPT_FOR: TimeDelta = TimeDelta::days(7);
/// They are released together, in one transaction.
const MAX_KEPT: usize = 10;
/// Of so many patients of a number, and of so many appointments of each, one is looked for that the answer is about.
const MAX_PATIENTS: usize = 5;
const MAX_APPOINTMENTS: usize = 20;

/// Answers a message, and takes it off the worklist.
///
/// # Errors
/// [`AppError::NotFound`], also for a message about an appointment outside the caller's clinics; [`AppError::Validation`]
/// for `from` if the sender can't be written to, for `body` if too many answers are kept already, and as for reminders
/// where nothing may be sent to the number any more, once the chat is closed.
pub async fn answer_message(
    app: &App,
    ctx: &Context,
    id: InboundId,
    body: &Note<1000>,
) -> Result<Outcome<Notification>, AppError> {
    let answered = crate::retry!(number => try_answer(app, ctx, id, body, number));
    let (id, replayed) = match answered {
        Ok(done) => done,
        Err(refusal) => (ctx.concurrent_outcome(app, refusal).await?, true),
    };
    let latest_start = app.now().plus(timeouts::LATEST_SEND);
    let row = app.table.get::<Notification>(&Key::notification(id)).await?.ok_or(AppError::NotFound)?;
    if row.answer.is_none_or(|answer| answer.kept) {
        return Ok(Outcome { value: row, replayed });
    }
    match outbox::deliver(app, id, Some(latest_start)).await {
        Ok(done) => Ok(Outcome { value: done.notification, replayed }),
        Err(error) => {
            // It is stored: the next run sends it. A refusal would make the caller answer twice.
            tracing::error!(notification = %id, %error, "failed to send an answer of staff; the next run retries it");
            Ok(Outcome { value: row, replayed })
        }
    }
}

/// Returns the answer's notification, and whether an earlier request made it.
async fn try_answer(
    app: &App,
    ctx: &Context,
    id: InboundId,
    body: &Note<1000>,
    attempt: u32,
) -> Result<(NotificationId, bool), AttemptError> {
    if let Some(done) = ctx.previous_outcome(app, attempt).await? {
        return Ok((done, ctx.idempotency_key.from_client));
    }
    let message = app.table.get::<Inbound>(&Key::inbound(id)).await?;
    let message = message.filter(|row| is_visible(ctx, row)).ok_or(AppError::NotFound)?;
    let unreachable = || AppError::invalid("from", Rule::NotReachableByChat);
    let (appointment, patient) = subject(app, ctx, &message).await?.ok_or_else(unreachable)?;
    let number = message.number();
    let conversation = app.table.get::<Conversation>(&Key::conversation(&number)).await?;
    let before = conversation.unwrap_or_else(|| Conversation::new(number, app.now()));
    let mut uow = UnitOfWork::at(app, ctx, app.now().max(before.updated_at));
    let now = uow.now;
    let last_message_at = before.last_message_at.max(Some(message.written_or_received_at()));
    let chat_open_until = last_message_at.map(|at| at.plus(CHAT_WINDOW)).filter(|until| now < *until);
    let kept = chat_open_until.is_none();
    let answer = Notification {
        to: Some(message.reply_address().clone()),
        text: Some(MessageText(body.as_str().to_owned())),
        answer: Some(StaffAnswer { to: id, kept }),
        chat_open_until,
        next_at: Some(if kept { now.plus(KEPT_FOR) } else { now }),
        ..new_row(app.new_id(), &appointment, &patient, NotificationKind::Reply, now)
    };
    let mut kept_answers = before.kept_answers.clone();
    if kept {
        expect_reachable(app, &message, &patient, &before).await?;
        let announcement = match is_announced(app, &before).await? {
            true => None,
            false => Some(Notification {
                to: answer.to.clone(),
                answer: answer.answer,
                template: Some(Template::DeskAnswer),
                ..new_row(app.new_id(), &appointment, &patient, NotificationKind::Notice, now)
            }),
        };
        announcement.iter().for_each(|row| uow.add_notification(row));
        kept_answers.push(KeptAnswer { answer: answer.id, announcement: announcement.map(|row| row.id) });
    }
    uow.record_outcome(answer.id);
    uow.add_notification(&answer);
    uow.audit(("notification", answer.id), AuditAction::Create, BTreeMap::new());
    settle(&mut uow, &message);
    let next = Conversation {
        kept_answers,
        handed_over_at: Some(now),
        updated_at: now,
        version: before.version + 1,
        ..before.clone()
    };
    uow.transaction.replace(Purpose::Version, &next, before.version);
    uow.commit().await?;
    Ok((answer.id, false))
}

/// Takes the message off the worklist: a person has looked at it.
fn settle(uow: &mut UnitOfWork<'_>, before: &Inbound) {
    if !before.needs_attention {
        return;
    }
    let after = Inbound { needs_attention: false, version: before.version + 1, ..before.clone() };
    uow.transaction.replace(Purpose::Version, &after, before.version);
    let mut changes = differences(Some(before), Some(&after), &["needs_attention"]);
    changes.retain(|field, _| field == "needs_attention");
    uow.audit(("inbound", before.id()), AuditAction::Update, changes);
}

/// The appointment that an answer is stored under, and its patient: the message's, or else the next one of the sender's
/// patients at the caller's clinics, or their last one. `None` if the sender can't be answered.
pub(super) async fn subject(
    app: &App,
    ctx: &Context,
    message: &Inbound,
) -> Result<Option<(Appointment, Patient)>, AppError> {
    // No message can be sent to a user id.
    if message.number().is_hidden() {
        return Ok(None);
    }
    let mut found = match message.appointment {
        Some(id) => Vec::from_iter(app.table.get::<Appointment>(&Key::appointment(id)).await?),
        None => Vec::new(),
    };
    if found.is_empty() {
        let patients = message.patient.into_iter().chain(message.sender_patients.iter().flatten().copied());
        let patients: Vec<PatientId> = patients.take(MAX_PATIENTS).collect();
        for patient in patients {
            let latest = patterns::appointments_of_patient(patient, None, None).reversed().limit(MAX_APPOINTMENTS);
            found.extend(app.table.query::<Appointment>(&latest).await?.rows.into_iter().map(|(_, row)| row));
        }
    }
    let now = app.now();
    found.retain(|appointment| ctx.scope.includes(appointment.clinic));
    let next = found.iter().filter(|it| it.is_to_come(now)).min_by_key(|it| it.start);
    let Some(appointment) = next.or(found.iter().max_by_key(|it| it.start)).cloned() else { return Ok(None) };
    let patient = get_patient(app, appointment.patient).await?;
    Ok(patient.profile.erased_at.is_none().then_some((appointment, patient)))
}

/// Whether the number may get the template that says that there is an answer, and will get the answer.
async fn expect_reachable(
    app: &App,
    message: &Inbound,
    patient: &Patient,
    conversation: &Conversation,
) -> Result<(), AppError> {
    let number = message.number();
    if !patient.profile.accepts_replies_from(&number) {
        return Err(AppError::invalid("from", Rule::NotReachableByChat));
    }
    let restrictions = restrictions_of(app, &number).await?;
    if !patient.profile.whatsapp_opt_in || restrictions.opted_out.is_some() {
        return Err(AppError::invalid("whatsapp_opt_in", Rule::OptedOut));
    }
    if restrictions.is_quarantined(patient.id) {
        return Err(AppError::invalid("phone_number", Rule::WrongNumber));
    }
    match conversation.kept_answers.len() < MAX_KEPT {
        true => Ok(()),
        false => Err(AppError::invalid("body", Rule::TooMany(MAX_KEPT))),
    }
}

/// Whether the number knows already that an answer is kept, or is about to.
async fn is_announced(app: &App, conversation: &Conversation) -> Result<bool, AppError> {
    let keys: Vec<Key> = conversation.announcements().map(Key::notification).collect();
    let mut batch = app.table.batch(&keys).await?;
    for key in &keys {
        let row = batch.take::<Notification>(key)?;
        if row.is_some_and(|row| row.status.is_accepted() || is_open(row.status)) {
            return Ok(true);
        }
    }
    Ok(false)
}
