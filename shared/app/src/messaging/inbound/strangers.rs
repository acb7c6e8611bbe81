//! Numbers of which nobody knows anything. Whoever finds ours can write to it, as often as they like:
//! their messages are kept, at one write each, and once a day they are told where to turn to. They
//! never come before a person.

use super::{Arrival, stored};
use crate::App;
use crate::support::error::AppError;
use domain::ids::{Id as _, NotificationId};
use domain::language::Language;
use domain::messages::{Reply, reply};
use domain::notification::MessageText;
use domain::phone::MatchKey;
use domain::reply::{Intent, Reading, button, interpret};
use domain::time::{Instant, TimeDelta};
use store::conversation::Conversation;
use store::inbound::{Inbound, InboundIntent};
use store::keys::Key;
use store::notification::{MessageRow, RemindedAppointment};
use store::transaction::Refused;
use store::{Purpose, Transaction, WriteError, patterns};

/// A number to which no message is about an appointment is told so at most once in this time.
const TOLD_AGAIN_AFTER: TimeDelta = TimeDelta::hours(24);

/// Whether a number may be told again that nothing is known of it, or of an appointment of it.
pub(super) fn may_be_told(conversation: &Conversation, now: Instant) -> bool {
    conversation.turned_away_at.is_none_or(|told| now.since(told) >= TOLD_AGAIN_AFTER)
}

/// The words for a number of which nobody knows the language.
pub(super) fn spoken(words: &Reply, arrival_from: &str) -> MessageText {
    MessageText(reply(words, Language::of_address(arrival_from)))
}

/// What becomes of a message from a stranger; `None` where the number isn't one's.
pub(super) enum TurnedAway {
    /// It is kept, and this is said.
    Told(MessageText),
    /// It is kept, and nothing is said.
    Silently,
}

/// Keeps a message from a stranger, already done with.
pub(super) async fn turn_away(app: &App, arrival: &Arrival) -> Result<Option<TurnedAway>, AppError> {
    let number = MatchKey::of(&arrival.from.0);
    let before = app.table.get::<Conversation>(&Key::conversation(&number)).await?;
    if is_known(app, arrival, &number, before.as_ref()).await? {
        return Ok(None);
    }
    let now = app.now();
    let reading = arrival.readable.as_ref().map(|words| interpret(&words.0));
    let mut transaction = Transaction::default();
    transaction.create(
        Purpose::Append,
        &Inbound {
            intent: Some(if reading.is_some() { InboundIntent::Unclear } else { InboundIntent::Media }),
            outcome: Some("stranger".to_owned()),
            processed_at: Some(now),
            ..stored(arrival, now)
        },
    );
    let before = before.unwrap_or_else(|| Conversation::new(number, now));
    // Whoever wants no messages gets none.
    let stop = reading == Some(Reading::Act(Intent::OptOut));
    let told = !stop && may_be_told(&before, now);
    if told {
        let after =
            Conversation { turned_away_at: Some(now), updated_at: now, version: before.version + 1, ..before.clone() };
        transaction.replace(Purpose::Version, &after, before.version);
    }
    match app.table.transact(transaction).await {
        Ok(()) if told => Ok(Some(TurnedAway::Told(spoken(&Reply::Stranger, &arrival.from.0)))),
        Ok(()) => Ok(Some(TurnedAway::Silently)),
        // It was delivered before; or two came at once, and the other one is answered.
        Err(WriteError::Refused(Refused::Stale(_))) => Ok(None),
        Err(error) => Err(AppError::Internal(error.to_string())),
    }
}

/// Whether anything is known of the number: it has talked to us, was reminded, is a patient's, or answers
/// a message of ours, as somebody who hides the number does.
async fn is_known(
    app: &App,
    arrival: &Arrival,
    number: &MatchKey,
    conversation: Option<&Conversation>,
) -> Result<bool, AppError> {
    let pressed = arrival.button_payload.as_deref().and_then(button);
    if conversation.is_some_and(|conversation| conversation.heard_at.is_some())
        || pressed.is_some_and(|pressed| NotificationId::parse(pressed.reference).is_some())
    {
        return Ok(true);
    }
    if let Some(sid) = &arrival.original_sid
        && app.table.get::<MessageRow>(&Key::message(sid)).await?.is_some()
    {
        return Ok(true);
    }
    let reminded = app.table.query::<RemindedAppointment>(&patterns::ever_reminded(number).limit(1)).await?;
    Ok(!reminded.rows.is_empty() || !crate::directory::patients::patients_with_number(app, number).await?.is_empty())
}
