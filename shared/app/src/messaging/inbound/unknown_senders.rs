//! Handles messages from numbers that belong to no patient. They can be many, so each is stored with a single
//! write, never goes to the worklist, and is answered at most once a day with a hint whom to contact.

use super::received_message::{ReceivedMessage, Sender, inbound_row};
use crate::App;
use crate::messaging::opt_out::set_number_opt_out;
use crate::support::error::AppError;
use domain::ids::{Id as _, NotificationId};
use domain::language::Language;
use domain::messages::{Reply, render_reply};
use domain::notification::MessageText;
use domain::reply::{Intent, Reading, interpret, parse_button};
use domain::time::{Instant, TimeDelta};
use store::conversation::Conversation;
use store::inbound::{Inbound, InboundIntent};
use store::keys::Key;
use store::notification::{MessageRow, RemindedAppointment};
use store::number_restrictions::{OptOut, OptOutSource};
use store::transaction::Cancellation;
use store::{Purpose, Transaction, WriteError, patterns};

/// A number without a patient or appointment gets that reply at most once in this time.
const REPLY_INTERVAL: TimeDelta = TimeDelta::hours(24);

/// Whether a number may be told again that it is unknown or has no appointment.
pub(super) fn may_reply(conversation: &Conversation, now: Instant) -> bool {
    conversation.rejected_at.is_none_or(|last| now.since(last) >= REPLY_INTERVAL)
}

/// Renders a reply in the language of the sender's country code.
pub(super) fn localized_reply(content: &Reply, from: &str) -> MessageText {
    MessageText(render_reply(content, Language::of_address(from)))
}

/// A message from an unknown sender, stored as processed.
pub(super) enum Rejected {
    /// This is the reply.
    Replied(MessageText),
    /// No reply is sent.
    Silently,
}

/// Stores a message from an unknown sender as processed. `None` if the sender is known.
pub(super) async fn reject_unknown(
    app: &App,
    message: &ReceivedMessage,
    sender: &Sender,
) -> Result<Option<Rejected>, AppError> {
    let number = sender.number.clone();
    let before = app.table.get::<Conversation>(&Key::conversation(&number)).await?;
    if is_known(app, message, sender, before.as_ref()).await? {
        return Ok(None);
    }
    let now = app.now();
    let reading = message.readable.as_ref().map(|text| interpret(&text.0));
    let mut transaction = Transaction::default();
    transaction.create(
        Purpose::Append,
        &Inbound {
            intent: Some(if reading.is_some() { InboundIntent::Unclear } else { InboundIntent::Media }),
            outcome: Some("stranger".to_owned()),
            processed_at: Some(now),
            ..inbound_row(message, sender, now)
        },
    );
    let before = before.unwrap_or_else(|| Conversation::new(number, now));
    // STOP gets no reply.
    let stop = reading == Some(Reading::Act(Intent::OptOut));
    if let Some(Reading::Act(intent @ (Intent::OptOut | Intent::OptIn))) = reading {
        // The number may become a patient's.
        let opt_out = (intent == Intent::OptOut).then_some(OptOut { since: now, by: OptOutSource::Message });
        set_number_opt_out(app, &mut transaction, &sender.number, opt_out).await?;
    }
    let replies = !stop && may_reply(&before, now);
    if replies {
        let after =
            Conversation { rejected_at: Some(now), updated_at: now, version: before.version + 1, ..before.clone() };
        transaction.replace(Purpose::Version, &after, before.version);
    }
    match app.table.transact(transaction).await {
        Ok(()) if replies => Ok(Some(Rejected::Replied(localized_reply(&Reply::UnknownSender, &message.from.0)))),
        Ok(()) => Ok(Some(Rejected::Silently)),
        // Delivered before; or of two concurrent messages the other one gets the reply.
        Err(WriteError::Cancelled(Cancellation::Stale(_))) => Ok(None),
        Err(error) => Err(AppError::Internal(error.to_string())),
    }
}

/// Whether the sender is known: the number has a conversation, was reminded, or is a patient's; or the message
/// answers one of our messages, which identifies senders with a hidden number.
async fn is_known(
    app: &App,
    message: &ReceivedMessage,
    sender: &Sender,
    conversation: Option<&Conversation>,
) -> Result<bool, AppError> {
    if sender.patients.as_ref().is_none_or(|patients| !patients.is_empty()) {
        return Ok(true);
    }
    let pressed = message.button_payload.as_deref().and_then(parse_button);
    if conversation.is_some_and(|conversation| conversation.last_message_at.is_some())
        || pressed.is_some_and(|pressed| NotificationId::parse(pressed.reference).is_some())
    {
        return Ok(true);
    }
    if let Some(sid) = &message.original_sid
        && app.table.get::<MessageRow>(&Key::message(sid)).await?.is_some()
    {
        return Ok(true);
    }
    let reminded = app.table.query::<RemindedAppointment>(&patterns::ever_reminded(&sender.number).limit(1)).await?;
    Ok(!reminded.rows.is_empty())
}
