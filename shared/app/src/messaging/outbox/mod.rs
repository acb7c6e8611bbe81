//! Sending a message, once: claim, send, record.
//!
//! Twilio has no idempotent send. So a row is *claimed* before the message goes out ([`claim`]), and
//! what became of it is *recorded* after ([`record`]); whoever finds a claim whose lease is over knows
//! that the message may have gone out, and looks it up instead of sending it again ([`mod@settle`]).
//! Messages that need a person get their appointment marked ([`attention`]).

pub(crate) mod attention;
mod claim;
mod fate;
pub(crate) mod record;
mod settle;

pub use settle::{not_delivered, settle};

use crate::App;
use crate::messaging::reminders::pace::Pace;
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::ports::{Refusal, RefusalClass, Sent};
use claim::Claim;
use domain::appointment::Appointment;
use domain::ids::NotificationId;
use domain::notification::{Notification, NotificationKind, NotificationStatus};
use domain::time::{Instant, TimeDelta};
use store::keys::Key;

/// A send takes at most this long with all its time-outs. With less of the lease left it isn't begun:
/// a sandbox that was frozen in between mustn't send what somebody else has settled.
const LONGEST_SEND: TimeDelta = TimeDelta::seconds(30);
/// How often a person's request waits for its turn with one number.
const TURNS: u32 = 3;

/// What became of a message.
#[derive(Debug, Clone)]
pub struct Delivered {
    /// Its row, as it is now.
    pub notification: Notification,
    /// Whether an earlier request had done it.
    pub replayed: bool,
    /// Why Twilio didn't take it, where this try was refused.
    pub refused: Option<RefusalClass>,
    /// When it is this message's turn: another one to the same number went out just now.
    pub turn: Option<Instant>,
}

impl From<Notification> for Delivered {
    fn from(notification: Notification) -> Self {
        Self { notification, replayed: false, refused: None, turn: None }
    }
}

/// Sends a message if it is still to be sent. `at_once`: a person asked for it, so neither its due
/// time nor quiet hours matter.
///
/// # Errors
/// [`AppError::NotFound`], what reading or writing says.
pub async fn deliver(app: &App, id: NotificationId, at_once: bool) -> Result<Delivered, AppError> {
    deliver_for(app, id, How { at_once, ..How::default() }).await
}

/// The same when it is due, at the pace of the scheduled job.
///
/// # Errors
/// Those of [`deliver`].
pub async fn deliver_due(app: &App, id: NotificationId, pace: &Pace) -> Result<Delivered, AppError> {
    deliver_for(app, id, How { pace: Some(pace), ..How::default() }).await
}

/// The same at once, for a request whose outcome is to be kept: together with the claim, so that the
/// same request finds it whatever becomes of the message.
///
/// # Errors
/// Those of [`deliver`].
pub async fn deliver_once(app: &App, ctx: &Context, id: NotificationId) -> Result<Delivered, AppError> {
    deliver_for(app, id, How { at_once: true, once: Some(ctx), pace: None }).await
}

/// How a message is sent.
#[derive(Clone, Copy, Default)]
struct How<'a> {
    /// A person asked for it.
    at_once: bool,
    /// The request whose outcome it is.
    once: Option<&'a Context>,
    /// It waits for a turn.
    pace: Option<&'a Pace>,
}

async fn deliver_for(app: &App, id: NotificationId, how: How<'_>) -> Result<Delivered, AppError> {
    let mut turns = 0..TURNS;
    let (row, outgoing) = loop {
        match crate::attempt!(_number => claim::claim(app, id, how.at_once, how.once))? {
            Claim::Settled(notification) => return Ok(notification.into()),
            Claim::Ours(row, outgoing) => break (row, outgoing),
            Claim::Turn(_, at) if how.at_once && turns.next().is_some() => app.clock.sleep_until(at).await,
            Claim::Turn(notification, at) => return Ok(Delivered { turn: Some(at), ..notification.into() }),
        }
    };
    if let Some(pace) = how.pace {
        pace.turn(&*app.clock).await;
    }
    let stands = still_stands(app, &row).await?;
    let left = row.lease_until.map_or(TimeDelta::zero(), |until| until.since(app.now()));
    let sent = if stands && left >= LONGEST_SEND {
        app.messenger.send(&outgoing).await
    } else {
        Sent::Refused(Refusal::nothing_was_sent())
    };
    let refused = match &sent {
        Sent::Refused(refusal) if stands => Some(refusal.class),
        _ => None,
    };
    let notification = crate::attempt!(_number => record::record(app, &row, &sent))?;
    Ok(Delivered { refused, ..notification.into() })
}

/// Whether a claim is still what it was, and so is the appointment: read last thing before the message goes.
async fn still_stands(app: &App, claimed: &Notification) -> Result<bool, AppError> {
    let (row, appointment) = (Key::notification(claimed.id), Key::appointment(claimed.appointment));
    let mut batch = app.table.batch(&[row.clone(), appointment.clone()]).await?;
    let row = batch.take::<Notification>(&row)?.ok_or(AppError::NotFound)?;
    let appointment = batch.take::<Appointment>(&appointment)?.ok_or(AppError::NotFound)?;
    let ours = row.status == NotificationStatus::Claimed && row.attempts == claimed.attempts && row.withdrawn.is_none();
    let wanted = claimed.kind != NotificationKind::Reminder
        || (appointment.is_active()
            && appointment.reminder.notification == claimed.id
            && appointment.start == claimed.appointment_start);
    Ok(ours && wanted)
}
