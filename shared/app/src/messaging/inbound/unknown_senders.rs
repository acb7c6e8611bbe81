//! Handles messages from numbers that belong to no patient. They can be many, so each is stored with a single write,
//! processed. A number is answered once a day with what to write, and staff see its first messages of the day.
//!
//! | More than | are |
//! |---|---|
//! | [`MAX_PER_DAY`] messages a day of one number | stored and counted in a metric, nothing else |
//! | [`MAX_NEW_PER_HOUR`] new numbers an hour | the same; the first one beyond is put in the worklist, and an alarm is raised |
//!
//! A message that may report an emergency is exempt from both limits: see [`emergencies`](super::emergencies).

use super::emergencies;
use super::received_message::{ReceivedMessage, Sender, inbound_row};
use super::sender_address::{emergency_number_for, localized_reply, only_clinic};
use crate::App;
use crate::messaging::opt_out::set_number_opt_out;
use crate::support::error::AppError;
use crate::support::retry::AttemptError;
use domain::attention::{Attention, AttentionKind};
use domain::emergency_number;
use domain::ids::{Id as _, NotificationId};
use domain::messages::Reply;
use domain::notification::MessageText;
use domain::reply::{Intent, Reading, interpret, parse_button};
use domain::time::{Instant, TimeDelta};
use store::conversation::{Conversation, UnknownSender};
use store::inbound::{Inbound, InboundIntent, InboundMedia, OptOutKeyword};
use store::keys::Key;
use store::notification::{MessageRow, RemindedAppointment};
use store::number_restrictions::{OptOut, OptOutSource};
use store::transaction::Cancellation;
use store::{Purpose, Transaction, WriteError, patterns};

/// A number without a patient or appointment gets that reply at most once in this time.
const REPLY_INTERVAL: TimeDelta = TimeDelta::hours(24);
/// The messages of one number are counted for this long from the first one.
const COUNTED_FOR: TimeDelta = TimeDelta::hours(24);
/// The messages of one number that staff see in that time.
const MAX_PER_DAY: u32 = 5;
/// The numbers that are answered of those that write for the first time in an hour.
const MAX_NEW_PER_HOUR: u64 = 100;

/// Whether a number may be told again that it is unknown or has no appointment.
pub(super) fn may_reply(conversation: &Conversation, now: Instant) -> bool {
    conversation.rejected_at.is_none_or(|last| now.since(last) >= REPLY_INTERVAL)
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
    (message, media): (&ReceivedMessage, &[InboundMedia]),
    sender: &Sender,
) -> Result<Option<Rejected>, AppError> {
    crate::retry!(_number => try_reject(app, (message, media), sender))
}

async fn try_reject(
    app: &App,
    (message, media): (&ReceivedMessage, &[InboundMedia]),
    sender: &Sender,
) -> Result<Option<Rejected>, AttemptError> {
    let number = sender.number.clone();
    let before = app.table.get::<Conversation>(&Key::conversation(&number)).await?;
    if is_known(app, message, sender, before.as_ref()).await? {
        return Ok(None);
    }
    let now = app.now();
    let before = before.unwrap_or_else(|| Conversation::new(number, now));
    let reception = receive(app, message, &before, now).await?;
    let mut transaction = Transaction::default();
    let attention = reception.attention;
    transaction.create(
        Purpose::Append,
        &Inbound {
            intent: Some(if message.readable.is_some() { InboundIntent::Unclear } else { InboundIntent::Media }),
            outcome: Some(reception.outcome.to_owned()),
            needs_attention: attention.is_some(),
            attention: attention.map(|kind| Attention { kind, since: now }),
            processed_at: Some(now),
            ..inbound_row(message, media, sender, now)
        },
    );
    // The number may become a patient's.
    if let Some(opts_out) = opts_out(message) {
        let opt_out = opts_out.then_some(OptOut { since: now, by: OptOutSource::Message });
        set_number_opt_out(app, &mut transaction, &sender.number, opt_out).await?;
    }
    if let Some(after) = reception.conversation {
        let after = Conversation { updated_at: now, version: before.version + 1, ..after };
        transaction.replace(Purpose::Version, &after, before.version);
    }
    match app.table.transact(transaction).await {
        Ok(()) => {}
        // Delivered before.
        Err(WriteError::Cancelled(Cancellation::Stale(Purpose::Append))) => return Ok(Some(Rejected::Silently)),
        // Another message of the number was stored meanwhile. The next attempt counts it.
        Err(error) => return Err(error.into()),
    }
    match reception.reply {
        Some(content) => Ok(Some(Rejected::Replied(localized_reply(&content, &message.from.0)))),
        None => Ok(Some(Rejected::Silently)),
    }
}

/// Whether a message opts the number out, or in again; `None` for any other.
fn opts_out(message: &ReceivedMessage) -> Option<bool> {
    let reading = message.readable.as_ref().map(|text| interpret(&text.0));
    match (message.opt_out_keyword, reading) {
        (Some(keyword), _) => Some(keyword == OptOutKeyword::Stop),
        (None, Some(Reading::Act(Intent::OptOut))) => Some(true),
        (None, Some(Reading::Act(Intent::OptIn))) => Some(false),
        _ => None,
    }
}

/// What is done with a message of an unknown sender.
struct Reception {
    /// Stored with the message.
    outcome: &'static str,
    attention: Option<AttentionKind>,
    reply: Option<Reply>,
    /// The conversation with the number, if it changes.
    conversation: Option<Conversation>,
}

impl Reception {
    fn unseen(outcome: &'static str) -> Self {
        Self { outcome, attention: None, reply: None, conversation: None }
    }
}

async fn receive(
    app: &App,
    message: &ReceivedMessage,
    before: &Conversation,
    now: Instant,
) -> Result<Reception, AppError> {
    // The response to the webhook is the reply, so a message that was recovered later gets none.
    let is_answerable = message.written_at.is_none();
    if emergencies::may_report_one(message.readable.as_ref(), message.button_payload.as_deref()) {
        let replies = is_answerable && emergencies::may_reply(before, now);
        return Ok(Reception {
            outcome: emergencies::OUTCOME,
            attention: Some(AttentionKind::Emergency),
            reply: match replies {
                true => Some(Reply::Emergency { number: emergency_number_for(app, &message.from.0).await? }),
                false => None,
            },
            conversation: replies.then(|| Conversation { emergency_answered_at: Some(now), ..before.clone() }),
        });
    }
    // STOP gets no reply, and staff have nothing to do.
    if opts_out(message) == Some(true) {
        return Ok(Reception::unseen("stranger"));
    }
    let counted = before.unknown_sender.filter(|counted| now.since(counted.since) < COUNTED_FOR);
    let is_new = before.unknown_sender.is_none();
    let counted = match counted {
        Some(UnknownSender { messages, .. }) if messages >= MAX_PER_DAY => {
            tracing::info!(over_daily_limit = 1, over_hourly_limit = 0, "unknown sender not answered");
            return Ok(Reception::unseen("flood"));
        }
        Some(UnknownSender { since, messages }) => UnknownSender { since, messages: messages + 1 },
        None => UnknownSender { since: now, messages: 1 },
    };
    if is_new && let Some(reception) = reject_in_flood(app, now).await {
        return Ok(reception);
    }
    let replies = is_answerable && may_reply(before, now);
    Ok(Reception {
        outcome: "stranger",
        attention: Some(AttentionKind::NewContact),
        reply: if replies { Some(introduction(app, &message.from.0).await?) } else { None },
        conversation: Some(Conversation {
            rejected_at: if replies { Some(now) } else { before.rejected_at },
            unknown_sender: Some(counted),
            ..before.clone()
        }),
    })
}

/// Counts a new number. The ones beyond the hourly limit stay new, so that their next message counts as their first.
async fn reject_in_flood(app: &App, now: Instant) -> Option<Reception> {
    let count = app.table.count_new_sender(now).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "failed to count a new sender");
        0
    });
    let attention = (count == MAX_NEW_PER_HOUR + 1).then_some(AttentionKind::NewContact);
    (count > MAX_NEW_PER_HOUR).then(|| {
        tracing::info!(over_daily_limit = 0, over_hourly_limit = 1, "unknown sender not answered");
        Reception { attention, ..Reception::unseen("flood") }
    })
}

/// Tells a new sender what to write.
async fn introduction(app: &App, from: &str) -> Result<Reply, AppError> {
    let clinic = only_clinic(app).await?;
    let number = clinic.as_ref().map_or_else(
        || emergency_number::of_address(from).to_owned(),
        |clinic| emergency_number::of_clinic(&clinic.profile).to_owned(),
    );
    let name = clinic.map(|clinic| clinic.profile.name.as_str().into());
    Ok(Reply::UnknownSender { clinic: name, emergency_number: number })
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
