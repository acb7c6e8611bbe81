//! Reconciles messages of unknown outcome with Twilio's list of sent messages.

use super::attention::{self, NeedsAttention};
use super::record::accepted;
use crate::App;
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::ports::OutboundLogEntry;
use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use domain::ids::NotificationId;
use domain::notification::{MessageText, Notification, NotificationStatus};
use domain::time::TimeDelta;
use store::keys::Key;
use store::notification::{MessageRow, save};

/// A message is found by its text among those created since its claim, less this much: the clocks of the two
/// systems may differ.
const MAX_CLOCK_SKEW: TimeDelta = TimeDelta::seconds(60);
/// Pause before the next look-up, if one failed.
const LOOKUP_RETRY_DELAY: TimeDelta = TimeDelta::minutes(1);

/// Looks up at Twilio whether a message of unknown outcome was sent, and updates its row.
pub async fn reconcile(app: &App, id: NotificationId) -> Result<Notification, AppError> {
    crate::retry!(_number => try_reconcile(app, id))
}

/// Puts the appointment of a message on the worklist if Twilio accepted the message long ago and hasn't
/// reported its delivery. Returns whether it did.
pub async fn flag_undelivered(app: &App, id: NotificationId) -> Result<bool, AppError> {
    crate::retry!(_number => try_flag_undelivered(app, id))
}

async fn try_flag_undelivered(app: &App, id: NotificationId) -> Result<bool, AttemptError> {
    let before = app.table.get::<Notification>(&Key::notification(id)).await?.ok_or(AppError::NotFound)?;
    let ctx = Context::of_scheduled_job();
    let mut uow = UnitOfWork::new(app, &ctx);
    if before.status != NotificationStatus::Sent || before.next_at.is_none_or(|at| at > uow.now) {
        return Ok(false);
    }
    let mut after = Notification { next_at: None, version: before.version + 1, ..before.clone() };
    attention::update_appointment(&mut uow, &mut after, NeedsAttention::Yes, None).await?;
    save(&mut uow.transaction, &before, &after);
    uow.commit().await?;
    Ok(true)
}

async fn try_reconcile(app: &App, id: NotificationId) -> Result<Notification, AttemptError> {
    let before = app.table.get::<Notification>(&Key::notification(id)).await?.ok_or(AppError::NotFound)?;
    let (Some(claimed), Some(to), Some(text)) = (before.claimed_at(), &before.to, &before.text) else {
        return Ok(before);
    };
    let open = matches!(before.status, NotificationStatus::Claimed | NotificationStatus::Unknown);
    if !open || before.lease_until.is_some_and(|lease| app.now() < lease) {
        return Ok(before);
    }
    let looked_up_at = app.now();
    let found = match app.messenger.sent_since(to, claimed.plus(-MAX_CLOCK_SKEW)).await {
        Some(messages) => Some(match_messages(app, id, text, messages).await?),
        None => None,
    };
    let ctx = Context::of_scheduled_job();
    let mut uow = UnitOfWork::new(app, &ctx);
    let now = uow.now;
    let mut after = Notification { status: NotificationStatus::Unknown, version: before.version + 1, ..before.clone() };
    let (mut needs_attention, mut correction) = (NeedsAttention::No, None);
    match found {
        None => after.next_at = Some(now.plus(LOOKUP_RETRY_DELAY)),
        Some(ProviderMatch::Same(sid)) => correction = accepted(&mut uow, &mut after, &sid).await?,
        // Another text was sent to the number: weak evidence, so a user has to decide.
        Some(ProviderMatch::Other) => {
            after.next_at = None;
            needs_attention = NeedsAttention::Yes;
        }
        Some(ProviderMatch::None) if looked_up_at.since(claimed) >= app.tuning.resend_after => {
            // The next claim decides whether it is still to be sent.
            after.status = NotificationStatus::Pending;
            after.lease_until = None;
            after.next_at = Some(now);
        }
        Some(ProviderMatch::None) => after.next_at = Some(claimed.plus(app.tuning.resend_after)),
    }
    attention::update_appointment(&mut uow, &mut after, needs_attention, correction).await?;
    save(&mut uow.transaction, &before, &after);
    uow.commit().await?;
    Ok(after)
}

enum ProviderMatch {
    /// The message was sent, with this SID.
    Same(String),
    /// A message with another text, which belongs to no other notification, was sent to the number.
    Other,
    None,
}

async fn match_messages(
    app: &App,
    id: NotificationId,
    text: &MessageText,
    messages: Vec<OutboundLogEntry>,
) -> Result<ProviderMatch, AppError> {
    let mut found = ProviderMatch::None;
    for message in messages {
        let owner = app.table.get::<MessageRow>(&Key::message(&message.sid)).await?;
        // Of another notification, or of an earlier attempt, which is known not to have arrived.
        if owner.is_some_and(|owner| owner.notification != id || owner.undelivered) {
            continue;
        }
        if message.body == *text {
            return Ok(ProviderMatch::Same(message.sid));
        }
        found = ProviderMatch::Other;
    }
    Ok(found)
}
