//! Recovers inbound messages whose webhook failed for longer than Twilio retries it. Once an hour Twilio's list of
//! messages is read, and those that aren't in the table are received as if they came now.
//!
//! They may be hours old, so they can't answer a prompt that was sent after they were written. See
//! [`resolved_appointment`](mod@super::resolved_appointment).

use super::{ReceivedMessage, receive_in_step};
use crate::App;
use crate::support::error::AppError;
use crate::support::job::JobStep;
use domain::time::{Instant, TimeDelta};
use std::collections::BTreeSet;
use store::inbound::inbound_id;
use store::keys::Key;
use store::recovery_checkpoint::RecoveryCheckpoint;
use store::{Purpose, ReadError, Transaction};

/// Time between two look-ups.
const LOOKUP_INTERVAL: TimeDelta = TimeDelta::hours(1);
/// How far back the first look-up goes.
const FIRST_LOOKBACK: TimeDelta = TimeDelta::hours(24);
/// How far back a look-up goes at most, after a long outage.
const MAX_LOOKBACK: TimeDelta = TimeDelta::days(7);
/// How far a look-up overlaps the one before: Twilio retries webhooks for minutes.
const OVERLAP: TimeDelta = TimeDelta::hours(2);
/// A younger message may still come by webhook, which says more: Twilio's list doesn't have the pressed button.
const MIN_AGE: TimeDelta = TimeDelta::minutes(10);

/// Recovers missed messages, if a look-up is due. A message that can't be received is left to the next run, and stops
/// no other one.
pub async fn recover_missed(app: &App, step: &JobStep<'_>) -> Result<(), AppError> {
    let now = app.now();
    let before = read_mark(app, step).await?;
    if !app.recover_missed_inbound || before.is_some_and(|at| now.since(at) < LOOKUP_INTERVAL) {
        return Ok(());
    }
    let since = before.map_or(now.plus(-FIRST_LOOKBACK), |at| at.plus(-OVERLAP).max(now.plus(-MAX_LOOKBACK)));
    // The look-up failed: the mark stays, and the next run tries again.
    let Some(received) = app.messenger.received_since(since).await else { return Ok(()) };
    let due: Vec<_> = received.into_iter().filter(|message| now.since(message.written_at) >= MIN_AGE).collect();
    let keys: BTreeSet<Key> = due.iter().map(|message| Key::inbound(inbound_id(&message.sid))).collect();
    let stored = app.table.batch(&keys.into_iter().collect::<Vec<_>>()).await?;
    let mut is_complete = true;
    for message in due {
        if stored.contains(&Key::inbound(inbound_id(&message.sid))) {
            continue;
        }
        if step.is_over(app.now()) {
            return Ok(());
        }
        tracing::warn!(message = %message.sid, "recovered an inbound message whose webhook was missed");
        let received = ReceivedMessage {
            message_sid: message.sid,
            from: message.from,
            // Twilio's list doesn't have it.
            external_user: None,
            readable: message.is_text.then(|| message.body.clone()),
            body: message.body,
            button_payload: None,
            original_sid: None,
            opt_out_keyword: None,
            written_at: Some(message.written_at),
        };
        let sid = received.message_sid.clone();
        if let Err(error) = step.attempt(receive_in_step(app, "scheduled", (received, &[]), step)).await {
            tracing::error!(message = %sid, %error, "failed to receive a missed inbound message");
            is_complete = false;
        }
    }
    if is_complete { save_mark(app, now).await } else { Ok(()) }
}

/// Up to when missed messages were recovered. A mark that can't be read counts as the oldest one, and is written anew.
async fn read_mark(app: &App, step: &JobStep<'_>) -> Result<Option<Instant>, AppError> {
    match app.table.get::<RecoveryCheckpoint>(&Key::recovery_checkpoint()).await {
        Err(ReadError::Unreadable(row)) => {
            step.unreadable.record(&row);
            Ok(Some(app.now().plus(-MAX_LOOKBACK)))
        }
        mark => Ok(mark?.map(|mark| mark.at)),
    }
}

async fn save_mark(app: &App, at: Instant) -> Result<(), AppError> {
    crate::retry!(_number => async {
        let mut transaction = Transaction::default();
        transaction.overwrite(Purpose::Append, &RecoveryCheckpoint { at });
        Ok::<(), crate::support::retry::AttemptError>(app.table.transact(transaction).await?)
    })
}
