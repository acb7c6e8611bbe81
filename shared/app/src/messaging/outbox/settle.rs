//! Settling: did a message go out of which nobody knows? Twilio's list of what was sent tells.

use super::attention::{self, Person};
use super::record::accepted;
use crate::App;
use crate::support::attempts::Failure;
use crate::support::error::AppError;
use crate::support::ports::SentBefore;
use domain::ids::NotificationId;
use domain::notification::{LEASE, MessageText, Notification, NotificationStatus};
use domain::time::TimeDelta;
use store::Transaction;
use store::keys::Key;
use store::notification::{MessageRow, save};

/// A message is found again by its words among those created since its claim; the clocks of two
/// systems may differ by this much.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::seconds(60);
/// Where Twilio can't be asked, it is asked again after this long.
const ASKED_AGAIN_AFTER: TimeDelta = TimeDelta::minutes(1);

/// Settles a message of which nobody knows whether it went out, by looking it up.
///
/// # Errors
/// [`AppError::NotFound`], what reading or writing says.
pub async fn settle(app: &App, id: NotificationId) -> Result<Notification, AppError> {
    crate::attempt!(_number => try_settle(app, id))
}

/// Puts a message that Twilio took long ago, and that nobody saw arrive, before a person. Whether it
/// was one.
///
/// # Errors
/// [`AppError::NotFound`], what reading or writing says.
pub async fn not_delivered(app: &App, id: NotificationId) -> Result<bool, AppError> {
    crate::attempt!(_number => try_not_delivered(app, id))
}

async fn try_not_delivered(app: &App, id: NotificationId) -> Result<bool, Failure> {
    let before = app.table.get::<Notification>(&Key::notification(id)).await?.ok_or(AppError::NotFound)?;
    let now = app.now();
    if before.status != NotificationStatus::Sent || before.next_at.is_none_or(|at| at > now) {
        return Ok(false);
    }
    let after = Notification { next_at: None, version: before.version + 1, ..before.clone() };
    let mut transaction = Transaction::default();
    attention::show(app, &mut transaction, &after, Person::Needed, now).await?;
    save(&mut transaction, &before, &after);
    app.table.transact(transaction).await?;
    Ok(true)
}

async fn try_settle(app: &App, id: NotificationId) -> Result<Notification, Failure> {
    let before = app.table.get::<Notification>(&Key::notification(id)).await?.ok_or(AppError::NotFound)?;
    let (Some(lease), Some(to), Some(words)) = (before.lease_until, &before.to, &before.text) else {
        return Ok(before);
    };
    let open = matches!(before.status, NotificationStatus::Claimed | NotificationStatus::Unknown);
    if !open || app.now() < lease {
        return Ok(before);
    }
    let claimed = lease.plus(-LEASE);
    let asked = app.now();
    let found = match app.messenger.sent_since(to, claimed.plus(-CLOCKS_DIFFER)).await {
        Some(messages) => Some(recognize(app, id, words, messages).await?),
        None => None,
    };
    let now = app.now();
    let mut after = Notification { status: NotificationStatus::Unknown, version: before.version + 1, ..before.clone() };
    let mut transaction = Transaction::default();
    let mut person = Person::NotNeeded;
    match found {
        None => after.next_at = Some(now.plus(ASKED_AGAIN_AFTER)),
        Some(Found::Ours(sid)) => accepted(app, &mut transaction, &mut after, &sid, now),
        // Something went out that isn't these words: weak evidence. A person decides.
        Some(Found::Another) => {
            after.next_at = None;
            person = Person::Needed;
        }
        Some(Found::Nothing) if asked.since(claimed) >= app.tuning.sent_again_after => {
            // Whether it is still wanted, its next claim decides.
            after.status = NotificationStatus::Pending;
            after.lease_until = None;
            after.next_at = Some(now);
        }
        Some(Found::Nothing) => after.next_at = Some(claimed.plus(app.tuning.sent_again_after)),
    }
    attention::show(app, &mut transaction, &after, person, now).await?;
    save(&mut transaction, &before, &after);
    app.table.transact(transaction).await?;
    Ok(after)
}

enum Found {
    /// The message, under this id.
    Ours(String),
    /// None with its words, but one that is nobody else's.
    Another,
    /// Nothing that could be it.
    Nothing,
}

async fn recognize(
    app: &App,
    id: NotificationId,
    words: &MessageText,
    messages: Vec<SentBefore>,
) -> Result<Found, AppError> {
    let mut found = Found::Nothing;
    for message in messages {
        let owner = app.table.get::<MessageRow>(&Key::message(&message.sid)).await?;
        if owner.is_some_and(|owner| owner.notification != id) {
            continue;
        }
        if message.body == *words {
            return Ok(Found::Ours(message.sid));
        }
        found = Found::Another;
    }
    Ok(found)
}
