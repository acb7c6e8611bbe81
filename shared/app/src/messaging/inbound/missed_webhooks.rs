//! Recovers inbound messages whose webhook failed for longer than Twilio retries it. Once an hour Twilio's list of
//! messages is read, and those that aren't in the table are received as if they came now.
//!
//! They may be hours old, so they can't answer a prompt that was sent after they were written. See
//! [`resolved_appointment`](mod@super::resolved_appointment).

use super::{ReceivedMessage, receive_message};
use crate::App;
use crate::support::error::AppError;
use domain::time::{Instant, TimeDelta};
use std::collections::BTreeSet;
use store::inbound::{Inbound, inbound_id};
use store::keys::Key;
use store::recovery_checkpoint::RecoveryCheckpoint;
use store::{Purpose, Transaction};

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

/// Recovers missed messages, if a look-up is due. Returns how many there were.
pub async fn recover_missed(app: &App) -> Result<u64, AppError> {
    let now = app.now();
    let before = app.table.get::<RecoveryCheckpoint>(&Key::recovery_checkpoint()).await?.map(|mark| mark.at);
    if !app.recover_missed_inbound || before.is_some_and(|at| now.since(at) < LOOKUP_INTERVAL) {
        return Ok(0);
    }
    let since = before.map_or(now.plus(-FIRST_LOOKBACK), |at| at.plus(-OVERLAP).max(now.plus(-MAX_LOOKBACK)));
    // The look-up failed: the mark stays, and the next run tries again.
    let Some(received) = app.messenger.received_since(since).await else { return Ok(0) };
    let due: Vec<_> = received.into_iter().filter(|message| now.since(message.written_at) >= MIN_AGE).collect();
    let keys: BTreeSet<Key> = due.iter().map(|message| Key::inbound(inbound_id(&message.sid))).collect();
    let mut stored = app.table.batch(&keys.into_iter().collect::<Vec<_>>()).await?;
    let mut missed = 0;
    for message in due {
        if stored.take::<Inbound>(&Key::inbound(inbound_id(&message.sid)))?.is_some() {
            continue;
        }
        tracing::warn!(message = %message.sid, "recovered an inbound message whose webhook was missed");
        let received = ReceivedMessage {
            message_sid: message.sid,
            from: message.from,
            readable: message.is_text.then(|| message.body.clone()),
            body: message.body,
            button_payload: None,
            original_sid: None,
            written_at: Some(message.written_at),
        };
        receive_message(app, "scheduled", received).await?;
        missed += 1;
    }
    save_mark(app, now).await?;
    Ok(missed)
}

async fn save_mark(app: &App, at: Instant) -> Result<(), AppError> {
    crate::retry!(_number => async {
        let mut transaction = Transaction::default();
        transaction.overwrite(Purpose::Append, &RecoveryCheckpoint { at });
        Ok::<(), crate::support::retry::AttemptError>(app.table.transact(transaction).await?)
    })
}
