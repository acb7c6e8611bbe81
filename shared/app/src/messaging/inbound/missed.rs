//! Messages that never arrived: a webhook that failed for longer than Twilio tries again. Twilio has
//! them in its books, so once an hour those are read, and what isn't in the table is taken as if it
//! came now.
//!
//! It came too late, though: nothing may be read into it that was asked after it was written. See
//! [`subject`](mod@super::subject).

use super::{Arrival, receive};
use crate::App;
use crate::support::error::AppError;
use domain::time::{Instant, TimeDelta};
use std::collections::BTreeSet;
use store::inbound::{Inbound, id_of};
use store::keys::Key;
use store::looked_up::LookedUp;
use store::{Purpose, Transaction};

/// How often it is looked.
const EVERY: TimeDelta = TimeDelta::hours(1);
/// How far back the first time.
const AT_FIRST: TimeDelta = TimeDelta::hours(24);
/// How far back at most, where it wasn't looked for long.
const AT_MOST: TimeDelta = TimeDelta::days(7);
/// How much of what was looked at before is looked at again: webhooks are tried again for minutes.
const OVERLAP: TimeDelta = TimeDelta::hours(2);
/// A younger message may still be on its way, and a button says more in the webhook than in the books.
const STILL_COMING: TimeDelta = TimeDelta::minutes(10);

/// Takes what never arrived, if it is time to look. How many there were.
///
/// # Errors
/// What reading or writing says.
pub async fn take_missed(app: &App) -> Result<u64, AppError> {
    let now = app.now();
    let before = app.table.get::<LookedUp>(&Key::looked_up()).await?.map(|mark| mark.at);
    if !app.look_up_inbound || before.is_some_and(|at| now.since(at) < EVERY) {
        return Ok(0);
    }
    let since = before.map_or(now.plus(-AT_FIRST), |at| at.plus(-OVERLAP).max(now.plus(-AT_MOST)));
    // Nobody could tell: the mark stays, and the next run asks again.
    let Some(received) = app.messenger.received_since(since).await else { return Ok(0) };
    let due: Vec<_> = received.into_iter().filter(|message| now.since(message.written_at) >= STILL_COMING).collect();
    let keys: BTreeSet<Key> = due.iter().map(|message| Key::inbound(id_of(&message.sid))).collect();
    let mut stored = app.table.batch(&keys.into_iter().collect::<Vec<_>>()).await?;
    let mut missed = 0;
    for message in due {
        if stored.take::<Inbound>(&Key::inbound(id_of(&message.sid)))?.is_some() {
            continue;
        }
        tracing::warn!(message = %message.sid, "a message that never arrived was found at Twilio");
        let arrival = Arrival {
            message_sid: message.sid,
            from: message.from,
            readable: message.is_text.then(|| message.body.clone()),
            body: message.body,
            button_payload: None,
            original_sid: None,
            written_at: Some(message.written_at),
        };
        receive(app, "scheduled", arrival).await?;
        missed += 1;
    }
    mark(app, now).await?;
    Ok(missed)
}

async fn mark(app: &App, at: Instant) -> Result<(), AppError> {
    crate::attempt!(_number => async {
        let mut transaction = Transaction::default();
        transaction.overwrite(Purpose::Append, &LookedUp { at });
        Ok::<(), crate::support::attempts::Failure>(app.table.transact(transaction).await?)
    })
}
