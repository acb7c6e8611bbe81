//! Sends each notification once: claim, send, record.
//!
//! Twilio has no idempotent send. So a row is *claimed* before the message is sent ([`claim`]), and the outcome is
//! *recorded* after it ([`record`]). If a claim's lease has expired, the message may have been sent: it is looked
//! up at Twilio instead of being sent again ([`mod@reconcile`]). [`send_decision`] decides whether a message is
//! sent at all, [`failure`] when one that failed is sent again; [`attention`] puts the appointments of undelivered
//! messages on the worklist.

pub(crate) mod attention;
pub(crate) mod claim;
pub(crate) mod failure;
pub(crate) mod opted_out;
mod reconcile;
pub(crate) mod record;
mod send_decision;

pub use reconcile::{flag_undelivered, reconcile};

use crate::App;
use crate::messaging::reminders::rate_limiter::RateLimiter;
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::ports::{FailureClass, SendOutcome, SendRejection};
use crate::support::timeouts;
use claim::ClaimOutcome;
use domain::appointment::Appointment;
use domain::ids::NotificationId;
use domain::notification::{Notification, NotificationStatus};
use domain::time::{Instant, TimeDelta};
use store::keys::Key;

/// A send takes at most this long. With less of the lease left it isn't started: a Lambda sandbox that was frozen in
/// between must not send a message that another worker has reconciled.
const MAX_SEND_TIME: TimeDelta = timeouts::PROVIDER;

#[derive(Debug, Clone)]
pub struct DeliveryOutcome {
    pub notification: Notification,
    /// Whether an earlier request with the same idempotency key did it.
    pub replayed: bool,
    /// The class of the refusal, if Twilio refused this attempt.
    pub refused: Option<FailureClass>,
    /// When to try again, if the rate limit of the recipient held the message back.
    pub retry_at: Option<Instant>,
}

impl From<Notification> for DeliveryOutcome {
    fn from(notification: Notification) -> Self {
        Self { notification, replayed: false, refused: None, retry_at: None }
    }
}

/// Sends a message if it is still pending, whatever its due time and the quiet hours: somebody asked for it. A request
/// that waits for the outcome gives the latest instant to start the send; until then it waits for the rate limit of the
/// recipient.
pub async fn deliver(
    app: &App,
    id: NotificationId,
    latest_start: Option<Instant>,
) -> Result<DeliveryOutcome, AppError> {
    deliver_with(app, id, DeliveryOptions { at_once: true, latest_start, ..DeliveryOptions::default() }).await
}

/// Sends a due message for the scheduled job, within its rate.
pub async fn deliver_due(app: &App, id: NotificationId, limiter: &RateLimiter) -> Result<DeliveryOutcome, AppError> {
    deliver_with(app, id, DeliveryOptions { limiter: Some(limiter), ..DeliveryOptions::default() }).await
}

/// The same, and records the request's idempotency key with the claim, so that a repeated request finds the message,
/// whatever became of it.
pub async fn deliver_for_request(
    app: &App,
    ctx: &Context,
    id: NotificationId,
    latest_start: Instant,
) -> Result<DeliveryOutcome, AppError> {
    let latest_start = Some(latest_start);
    deliver_with(app, id, DeliveryOptions { at_once: true, request: Some(ctx), latest_start, limiter: None }).await
}

#[derive(Clone, Copy, Default)]
struct DeliveryOptions<'a> {
    at_once: bool,
    /// The request whose idempotency key is recorded.
    request: Option<&'a Context>,
    latest_start: Option<Instant>,
    limiter: Option<&'a RateLimiter>,
}

async fn deliver_with(
    app: &App,
    id: NotificationId,
    options: DeliveryOptions<'_>,
) -> Result<DeliveryOutcome, AppError> {
    let is_too_late = |at: Instant| options.latest_start.is_some_and(|latest| at > latest);
    let (row, outgoing) = loop {
        match crate::retry!(_number => claim::claim(app, id, options.at_once, options.request))? {
            ClaimOutcome::NotPending(notification) => return Ok(notification.into()),
            ClaimOutcome::Claimed(row, outgoing) => break (row, outgoing),
            ClaimOutcome::RateLimited(_, at) if options.latest_start.is_some() && !is_too_late(at) => {
                app.clock.sleep_until(at).await;
            }
            ClaimOutcome::RateLimited(notification, at) => {
                return Ok(DeliveryOutcome { retry_at: Some(at), ..notification.into() });
            }
        }
    };
    if let Some(limiter) = options.limiter {
        limiter.acquire(&*app.clock).await;
    }
    let valid = still_valid(app, &row).await?;
    let lease_left = row.lease_until.map_or(TimeDelta::zero(), |until| until.since(app.now()));
    let sent = if valid && lease_left >= MAX_SEND_TIME && !is_too_late(app.now()) {
        app.messenger.send(&outgoing).await
    } else {
        SendOutcome::Rejected(SendRejection::not_attempted())
    };
    let refused = match &sent {
        SendOutcome::Rejected(refusal) if valid => Some(refusal.class),
        _ => None,
    };
    let notification = crate::retry!(_number => record::record(app, &row, &sent))?;
    Ok(DeliveryOutcome { refused, ..notification.into() })
}

/// Whether the claim is still ours and the message still true: read right before the send.
async fn still_valid(app: &App, claimed: &Notification) -> Result<bool, AppError> {
    let (row, appointment) = (Key::notification(claimed.id), Key::appointment(claimed.appointment));
    let mut batch = app.table.batch(&[row.clone(), appointment.clone()]).await?;
    let row = batch.take::<Notification>(&row)?.ok_or(AppError::NotFound)?;
    let appointment = batch.take::<Appointment>(&appointment)?.ok_or(AppError::NotFound)?;
    let ours = row.status == NotificationStatus::Claimed && row.attempts == claimed.attempts && row.withdrawn.is_none();
    Ok(ours && send_decision::is_true(claimed, &appointment))
}
