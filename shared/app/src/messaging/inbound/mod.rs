//! What patients answer: stored first, then processed. The effect of a message and the note that it
//! was processed are one transaction, so a message is never lost and never applied twice.
//!
//! | Question | File |
//! |---|---|
//! | which appointment is it about? | [`mod@subject`] |
//! | what does it ask for, given what was asked? | [`interpretation`] |
//! | what is done and answered? | [`turn`], [`offers`], [`subscription`] |
//! | and who isn't known at all? | [`strangers`] |
//! | and if it never arrives? | [`missed`] |
//! | what do people see of it? | [`worklist`] |

mod interpretation;
mod missed;
mod offers;
mod strangers;
mod subject;
mod subscription;
mod turn;
pub mod worklist;

use crate::App;
use crate::messaging::outbox;
use crate::support::attempts::Failure;
use crate::support::error::AppError;
use domain::ids::NotificationId;
use domain::messages::Reply;
use domain::notification::{Address, MessageText};
use domain::phone::MatchKey;
use domain::time::{Instant, TimeDelta};
use interpretation::read;
pub use missed::take_missed;
use store::conversation::Conversation;
use store::inbound::{Inbound, Unprocessed, id_of};
use store::keys::Key;
use store::notification::RemindedAppointment;
use store::transaction::Refused;
use store::{Purpose, Transaction, WriteError, patterns};
use strangers::{TurnedAway, may_be_told, spoken};
use subject::{last_asked, named, subject};
use turn::Turn;

/// A message as it arrives, its signature checked.
#[derive(Clone)]
pub struct Arrival {
    /// Twilio's id.
    pub message_sid: String,
    /// Who wrote, verbatim.
    pub from: Address,
    /// Everything in its body.
    pub body: MessageText,
    /// The body, where it may be read as an answer: of a text, not of a document or a picture.
    pub readable: Option<MessageText>,
    /// What the pressed button carries.
    pub button_payload: Option<String>,
    /// Twilio's id of the message that it answers.
    pub original_sid: Option<String>,
    /// When it was written, where it didn't arrive right after.
    pub written_at: Option<Instant>,
}

domain::opaque!(Arrival);

/// Takes a message: stores it, does what it says, answers. The answer is a message of its own; what is
/// returned is for somebody with whom there is no appointment to talk about.
///
/// # Errors
/// Only where it couldn't be stored. What is stored is processed by the next run if not now.
pub async fn receive(app: &App, request_id: &str, arrival: Arrival) -> Result<Option<MessageText>, AppError> {
    match strangers::turn_away(app, &arrival).await {
        Ok(Some(TurnedAway::Told(words))) => return Ok(Some(words)),
        Ok(Some(TurnedAway::Silently)) => return Ok(None),
        Ok(None) => {}
        // Better to take a stranger for a patient than to lose a patient's message.
        Err(error) => tracing::warn!(message = %arrival.message_sid, %error, "nobody could tell who writes"),
    }
    let (number, sid) = (MatchKey::of(&arrival.from.0), arrival.message_sid.clone());
    crate::attempt!(_number => keep(app, &arrival))?;
    Ok(process(app, request_id, &number, &sid).await.unwrap_or_else(|error| {
        tracing::error!(message = %sid, %error, "a stored message waits for the next run");
        None
    }))
}

/// The row of a message that was just received.
fn stored(arrival: &Arrival, now: Instant) -> Inbound {
    Inbound {
        message_sid: arrival.message_sid.clone(),
        from: arrival.from.clone(),
        readable: arrival.readable.clone(),
        body: arrival.body.clone(),
        button_payload: arrival.button_payload.clone(),
        original_sid: arrival.original_sid.clone(),
        appointment: None,
        patient: None,
        clinic: None,
        zone: None,
        intent: None,
        outcome: None,
        needs_attention: false,
        written_at: arrival.written_at,
        received_at: now,
        processed_at: None,
        turn: None,
        version: 1,
    }
}

async fn keep(app: &App, arrival: &Arrival) -> Result<(), Failure> {
    let now = app.now();
    let row = stored(arrival, now);
    let mut transaction = Transaction::default();
    transaction.create(Purpose::Version, &row);
    let (number, message_sid) = (row.number(), row.message_sid.clone());
    transaction.create(Purpose::Append, &Unprocessed { number, message_sid, received_at: now });
    match app.table.transact(transaction).await {
        // It was delivered before: what matters is that it is stored.
        Err(WriteError::Refused(Refused::Stale(_))) => Ok(()),
        other => Ok(other?),
    }
}

/// A message that can't be processed holds up those after it from its number for so long, and no longer.
const HOLDS_UP: TimeDelta = TimeDelta::hours(1);

/// Processes what was stored and left lying.
///
/// # Errors
/// What reading says. A message that can't be processed never stops those of others.
pub async fn take_up(app: &App) -> Result<(), AppError> {
    let waiting: Vec<Unprocessed> = app.table.query_all(&patterns::unprocessed()).await?;
    for Unprocessed { number, message_sid, .. } in waiting {
        if let Err(error) = process(app, "scheduled", &number, &message_sid).await {
            tracing::error!(message = %message_sid, %error, "a stored message could not be processed");
        }
    }
    Ok(())
}

/// Processes the messages of a number up to this one, in the order in which they were stored: the answer
/// to a question may have been stored while the question was still being put.
async fn process(app: &App, request_id: &str, number: &MatchKey, sid: &str) -> Result<Option<MessageText>, AppError> {
    let waiting: Vec<Unprocessed> = app.table.query_all(&patterns::unprocessed_of(number)).await?;
    // Somebody else may have processed it already.
    let Some(place) = waiting.iter().position(|message| message.message_sid == sid) else { return Ok(None) };
    let mut spoken = None;
    for message in waiting.into_iter().take(place + 1) {
        match process_one(app, request_id, &message.message_sid).await {
            Ok(words) => spoken = words.or(spoken),
            Err(error) if app.now().since(message.received_at) < HOLDS_UP => return Err(error),
            Err(error) => tracing::error!(message = %message.message_sid, %error, "a message is passed over"),
        }
    }
    Ok(spoken)
}

/// What is said to whoever wrote.
enum Answered {
    /// Nothing, or nothing any more.
    No,
    /// This message.
    By(NotificationId),
    /// These words, where there is no appointment that a message could be about.
    Spoken(MessageText),
}

async fn process_one(app: &App, request_id: &str, sid: &str) -> Result<Option<MessageText>, AppError> {
    match crate::attempt!(_number => try_process(app, request_id, sid))? {
        Answered::By(id) => {
            if let Err(error) = outbox::deliver(app, id, true).await {
                tracing::error!(message = %sid, %error, "an answer waits for the next run");
            }
            Ok(None)
        }
        Answered::Spoken(words) => Ok(Some(words)),
        Answered::No => Ok(None),
    }
}

async fn try_process(app: &App, request_id: &str, sid: &str) -> Result<Answered, Failure> {
    let Some(before) = app.table.get::<Inbound>(&Key::inbound(id_of(sid))).await? else { return Ok(Answered::No) };
    if before.processed_at.is_some() {
        return Ok(Answered::No);
    }
    let number = before.number();
    let conversation = app.table.get::<Conversation>(&Key::conversation(&number)).await?;
    let conversation = conversation.unwrap_or_else(|| Conversation::new(number.clone(), app.now()));
    // Clocks differ a little: in a conversation time doesn't go back.
    let now = app.now().max(conversation.updated_at);
    let reminded: Vec<RemindedAppointment> =
        app.table.query_all(&patterns::reminded_appointments(&number, now)).await?;
    let named = named(app, &before, &number).await?;
    let asked = last_asked(app, &before, &named, &conversation, &reminded, now).await?;
    let wanted = read(&before, asked);
    let subject = subject(app, &named, asked, wanted, &reminded, now).await?;
    let mut transaction = Transaction::default();
    let mut turn = Turn { app, request_id, message: &before, transaction: &mut transaction, now };
    let outcome = turn.take(wanted, &subject, &conversation, asked, &number).await?;
    let appointment = subject.appointment.as_ref();
    let after = Inbound {
        appointment: appointment.map(|appointment| appointment.id),
        patient: appointment.map(|appointment| appointment.patient),
        clinic: appointment.map(|appointment| appointment.clinic),
        zone: appointment.map(|appointment| appointment.zone),
        intent: Some(wanted.intent()),
        outcome: Some(outcome.name.to_owned()),
        needs_attention: outcome.needs_attention,
        processed_at: Some(now),
        turn: Some(conversation.version + 1),
        version: before.version + 1,
        ..before.clone()
    };
    let mut turned_away_at = conversation.turned_away_at;
    let answered = match (turn.answer(&subject, outcome.reply.as_ref()).await?, &outcome.reply) {
        (Some(id), _) => Answered::By(id),
        (None, Some(Reply::NoAppointment)) if !may_be_told(&conversation, now) => Answered::No,
        (None, Some(words)) => {
            turned_away_at = turned_away_at.max((*words == Reply::NoAppointment).then_some(now));
            Answered::Spoken(spoken(words, &before.from.0))
        }
        (None, None) => Answered::No,
    };
    transaction.replace(Purpose::Version, &after, before.version);
    transaction.delete(Purpose::Append, Key::unprocessed(&number, before.received_at, sid));
    let next = Conversation {
        question: outcome.question,
        heard_at: conversation.heard_at.max(Some(before.heard_at())),
        turned_away_at,
        unclear_at: outcome.unclear_at,
        handed_over_at: outcome.handed_over_at,
        updated_at: now,
        version: conversation.version + 1,
        ..conversation.clone()
    };
    transaction.replace(Purpose::Version, &next, conversation.version);
    app.table.transact(transaction).await?;
    Ok(answered)
}
