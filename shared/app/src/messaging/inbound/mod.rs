//! Receives inbound messages: stores each one first, then processes it. Its effect and the mark that it was
//! processed are written in one transaction, so a message is never lost and never applied twice.
//!
//! | To learn about | read |
//! |---|---|
//! | who sent it, and for which patients the number stands | [`sender`] |
//! | the message that a message quotes | [`quoted`] |
//! | what it asks for, given the last prompt | [`interpretation`], [`seen_prompts`] |
//! | the appointment that it is about | [`resolved_appointment`] |
//! | whether the sender may act on it | [`who_may_act`], [`wrong_number`] |
//! | its effect and the reply | [`message_handler`], [`lists`], [`offers`], [`subscription`], [`opt_out_keyword`] |
//! | what is stored with a processed message, and in its conversation | [`processed_message`] |
//! | messages that may report an emergency | [`emergencies`] |
//! | messages that aren't understood | [`not_understood`] |
//! | messages from unknown senders | [`unknown_senders`] |
//! | answers of staff, and those that wait until the number writes | [`staff_answer`], [`kept_answers`] |
//! | quick replies | [`quick_replies`] |
//! | the files of a message | [`media`] |
//! | messages whose webhook was missed | [`missed_webhooks`] |
//! | the worklist of messages, and their list | [`worklist`], [`listed`] |

mod emergencies;
mod first_names;
mod interpretation;
mod kept_answers;
pub mod link;
pub mod listed;
mod lists;
pub mod media;
mod message_handler;
mod missed_webhooks;
mod not_understood;
mod offers;
mod opt_out_keyword;
mod processed_message;
pub mod quick_replies;
mod quoted;
mod received_message;
mod reply_delivery;
mod resolved_appointment;
mod seen_prompts;
mod sender;
mod sender_address;
pub mod staff_answer;
mod subscription;
mod unknown_senders;
mod who_may_act;
pub mod worklist;
mod wrong_number;

use crate::App;
use crate::messaging::message_chain::is_open;
use crate::messaging::outbox;
use crate::support::error::AppError;
use crate::support::job::{JobStep, UnreadableRows};
use crate::support::retry::AttemptError;
use crate::support::timeouts;
use crate::support::unit_of_work::UnitOfWork;
use domain::ids::NotificationId;
use domain::notification::MessageText;
use domain::phone::MatchKey;
use domain::time::{Instant, TimeDelta};
use interpretation::interpret;
use message_handler::{MessageHandler, sender_context};
pub use missed_webhooks::recover_missed;
use not_understood::message_to_settle;
use opt_out_keyword::{requested_by_keyword, without_second_reply};
use processed_message::ProcessedMessage;
use quoted::quoted_notification;
pub use received_message::ReceivedMessage;
use received_message::{Sender, inbound_row};
use reply_delivery::{Processed, ReplyDelivery};
use resolved_appointment::resolve_appointment;
use sender::sender_patients;
use sender_address::localized_reply;
use store::conversation::Conversation;
use store::inbound::{Inbound, Unprocessed, inbound_id};
pub use store::inbound::{InboundMedia, OptOutKeyword};
use store::keys::Key;
use store::transaction::Cancellation;
use store::work::WorkPage;
use store::{Purpose, Transaction, UnreadableRow, WriteError, patterns};
use unknown_senders::Rejected;
use who_may_act::SenderJudgement;

/// Stores an inbound message, processes it, and sends the reply as a notification. A reply that belongs to no
/// appointment is returned instead.
///
/// # Errors
/// Only if the message couldn't be stored. Once stored, the next run processes it if this one fails.
pub async fn receive_message(
    app: &App,
    request_id: &str,
    received: ReceivedMessage,
) -> Result<Option<MessageText>, AppError> {
    receive_with_media(app, request_id, received, &[]).await
}

/// The same for a message with files.
///
/// # Errors
/// As above.
pub async fn receive_with_media(
    app: &App,
    request_id: &str,
    received: ReceivedMessage,
    media: &[InboundMedia],
) -> Result<Option<MessageText>, AppError> {
    let unreadable = UnreadableRows::default();
    let latest_send = Some(app.now().plus(timeouts::LATEST_SEND));
    let step = JobStep { deadline: latest_send, unreadable: &unreadable };
    receive_in_step(app, request_id, (received, media), &step).await
}

/// The same in a step of the job, which counts what can't be read. No reply is sent after the step's deadline.
async fn receive_in_step(
    app: &App,
    request_id: &str,
    (received, media): (ReceivedMessage, &[InboundMedia]),
    step: &JobStep<'_>,
) -> Result<Option<MessageText>, AppError> {
    let sender = sender::identify(app, &received).await.unwrap_or_else(|error| {
        step.unreadable.record_error(&error);
        tracing::warn!(message = %received.message_sid, %error, "failed to identify the sender of an inbound message");
        Sender::of_address(&received.from)
    });
    match unknown_senders::reject_unknown(app, (&received, media), &sender).await {
        Ok(Some(Rejected::Replied(text))) => return Ok(Some(text)),
        Ok(Some(Rejected::Silently)) => return Ok(None),
        Ok(None) => {}
        // If in doubt treat the sender as known, so that no patient's message is lost.
        Err(error) => {
            step.unreadable.record_error(&error);
            tracing::warn!(message = %received.message_sid, %error, "failed to check whether the sender is known");
        }
    }
    let sid = received.message_sid.clone();
    crate::retry!(_number => store_message(app, (&received, media), &sender))?;
    Ok(process(app, request_id, &sender.number, &sid, step).await.unwrap_or_else(|error| {
        step.unreadable.record_error(&error);
        tracing::error!(message = %sid, %error, "failed to process an inbound message; the next run retries it");
        None
    }))
}

async fn store_message(
    app: &App,
    (received, media): (&ReceivedMessage, &[InboundMedia]),
    sender: &Sender,
) -> Result<(), AttemptError> {
    let now = app.now();
    let row = inbound_row(received, media, sender, now);
    let mut transaction = Transaction::default();
    transaction.create(Purpose::Version, &row);
    let (number, message_sid) = (row.number(), row.message_sid.clone());
    transaction.create(Purpose::Append, &Unprocessed { number, message_sid, received_at: now });
    if let Some(user) = &sender.learned {
        sender::remember_user(app, &mut transaction, user).await?;
    }
    match app.table.transact(transaction).await {
        // A repeated webhook: it is stored already.
        Err(WriteError::Cancelled(Cancellation::Stale(_))) => Ok(()),
        other => Ok(other?),
    }
}

/// A message that can't be processed, or be read, blocks the later ones of its number for this long at most.
const MAX_BLOCKING_TIME: TimeDelta = TimeDelta::hours(1);

/// Processes the stored messages that weren't processed yet. A failing message never stops those of other numbers.
pub async fn resume_pending(app: &App, step: &JobStep<'_>) -> Result<(), AppError> {
    let waiting: Vec<Unprocessed> = step.read_work(app, &patterns::unprocessed()).await?;
    for Unprocessed { number, message_sid, .. } in waiting {
        if step.is_over(app.now()) {
            break;
        }
        if let Err(error) = step.attempt(process(app, "scheduled", &number, &message_sid, step)).await {
            tracing::error!(message = %message_sid, %error, "failed to process a stored inbound message");
        }
    }
    Ok(())
}

/// Processes the messages of a number up to this one, in the order in which they were stored: a reply may be
/// stored while the message that asks the question is still being processed. A reply that can't be sent before the
/// step's deadline is left to the next run.
async fn process(
    app: &App,
    request_id: &str,
    number: &MatchKey,
    sid: &str,
    step: &JobStep<'_>,
) -> Result<Option<MessageText>, AppError> {
    let WorkPage { rows: waiting, unreadable, .. } =
        app.table.all_work::<Unprocessed>(&patterns::unprocessed_of(number)).await?;
    // Another worker may have processed it already.
    let Some(index) = waiting.iter().position(|message| message.message_sid == sid) else { return Ok(None) };
    let blocks = |since: Instant| app.now().since(since) < MAX_BLOCKING_TIME;
    let mut reply = None;
    for message in waiting.into_iter().take(index + 1) {
        let before = |row: &&UnreadableRow| {
            row.key.unprocessed_since().is_some_and(|since| since <= message.received_at && blocks(since))
        };
        if let Some(row) = unreadable.iter().find(before) {
            return Err(AppError::Unreadable(row.clone()));
        }
        match process_one(app, request_id, &message.message_sid, step).await {
            Ok(text) => reply = text.or(reply),
            Err(error) if blocks(message.received_at) => return Err(error),
            Err(error) => {
                let sid = &message.message_sid;
                step.unreadable.record_error(&error);
                tracing::error!(message = %sid, %error, "skipped an inbound message that failed for an hour");
            }
        }
    }
    Ok(reply)
}

async fn process_one(
    app: &App,
    request_id: &str,
    sid: &str,
    step: &JobStep<'_>,
) -> Result<Option<MessageText>, AppError> {
    let Processed { released, delivery } = crate::retry!(_number => try_process(app, request_id, sid))?;
    let (reply, text) = match delivery {
        ReplyDelivery::Notification(id) => (Some(id), None),
        ReplyDelivery::WebhookResponse(text) => (None, Some(text)),
        ReplyDelivery::NoReply => (None, None),
    };
    for id in released.into_iter().chain(reply) {
        if !deliver_reply(app, sid, id, step).await {
            // The next run sends the others in their order.
            break;
        }
    }
    Ok(text)
}

/// Sends a reply that is stored. The next run of the job does it if this fails. Returns whether what comes after it may
/// be sent.
async fn deliver_reply(app: &App, sid: &str, id: NotificationId, step: &JobStep<'_>) -> bool {
    if step.is_over(app.now()) {
        tracing::warn!(message = %sid, "left a reply to the next run: too little time to send it");
        return false;
    }
    match outbox::deliver(app, id, step.deadline).await {
        Ok(done) => !is_open(done.notification.status),
        Err(error) => {
            step.unreadable.record_error(&error);
            tracing::error!(message = %sid, %error, "failed to send a reply; the next run retries it");
            false
        }
    }
}

async fn try_process(app: &App, request_id: &str, sid: &str) -> Result<Processed, AttemptError> {
    let Some(before) = app.table.get::<Inbound>(&Key::inbound(inbound_id(sid))).await? else {
        return Ok(ReplyDelivery::NoReply.into());
    };
    if before.processed_at.is_some() {
        return Ok(ReplyDelivery::NoReply.into());
    }
    let number = before.number();
    let conversation = app.table.get::<Conversation>(&Key::conversation(&number)).await?;
    let conversation = conversation.unwrap_or_else(|| Conversation::new(number.clone(), app.now()));
    // The clocks of two workers differ a little: time must not go back in a conversation.
    let now = app.now().max(conversation.updated_at);
    if emergencies::may_report_one(before.readable.as_ref(), before.button_payload.as_deref()) {
        return emergencies::process(app, request_id, &before, &conversation, now).await;
    }
    let quoted = quoted_notification(app, &before, &number).await?;
    let requested = match requested_by_keyword(&before) {
        Some(requested) => requested,
        None => interpret(app, &before, &quoted, &conversation, now).await?,
    };
    let patients = sender_patients(app, &before).await?;
    let resolved = resolve_appointment(app, &number, &quoted, &requested, now).await?;
    let (resolved, refused) = who_may_act::restrict(resolved, &patients);
    let ctx = sender_context(request_id, resolved.appointment.as_ref());
    let mut handler = MessageHandler { uow: UnitOfWork::at(app, &ctx, now), message: &before };
    let judgement = SenderJudgement { quoted: &quoted, conversation: &conversation, refused: refused.as_ref() };
    let outcome = match handler.judge_sender(&requested, &judgement).await? {
        Some(outcome) => outcome,
        None => Box::pin(handler.handle(&requested, &resolved, &conversation)).await?,
    };
    let outcome = without_second_reply(&before, outcome);
    let kept = kept_answers::release(&mut handler.uow, &conversation, &before, &patients).await?;
    let reply = handler.add_reply(&resolved, &outcome, kept.released.last().copied()).await?;
    let delivery = match (reply, &outcome.reply) {
        (Some(id), _) => ReplyDelivery::Notification(id),
        (None, Some(content)) => ReplyDelivery::WebhookResponse(localized_reply(content, &before.from.0)),
        (None, None) => ReplyDelivery::NoReply,
    };
    let mut uow = handler.uow;
    if let Some(earlier) = message_to_settle(app, &conversation, outcome.understanding, now).await? {
        let settled = Inbound { needs_attention: false, version: earlier.version + 1, ..earlier.clone() };
        uow.transaction.replace(Purpose::Version, &settled, earlier.version);
    }
    // A message from a number that isn't the patient's is about the appointment, but not the patient's own.
    let about = resolved.appointment.as_ref().or(refused.as_ref());
    let patient = resolved.appointment.as_ref().map(|appointment| appointment.patient);
    let processed = ProcessedMessage { requested: &requested, outcome: &outcome, about, patient, reply, kept: &kept };
    processed.record(&mut uow, &before, &conversation);
    uow.commit().await?;
    Ok(Processed { released: kept.released, delivery })
}
