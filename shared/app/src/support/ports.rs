//! What the outside world has to offer. `platform` has the real things, `testkit` the stand-ins.

use domain::language::Language;
use domain::messages::Template;
use domain::notification::{Address, MessageText};
use domain::time::Instant;
use futures_util::future::BoxFuture;
use std::collections::BTreeMap;

/// What time it is.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Instant;

    /// Waits until then. Not at all where it is past.
    fn sleep_until(&self, at: Instant) -> BoxFuture<'_, ()>;
}

/// How messages get out.
pub trait Messenger: Send + Sync {
    /// Sends one, once. It never tries again by itself: a second try may be a second message.
    fn send<'a>(&'a self, message: &'a Outgoing) -> BoxFuture<'a, Sent>;

    /// Whether messages of this account are ours. Where no account is set nobody can tell: they are.
    fn is_own_account(&self, account: &str) -> bool;

    /// Looks up what was sent to an address since an instant. `None` where nobody could tell.
    fn sent_since<'a>(&'a self, to: &'a Address, since: Instant) -> BoxFuture<'a, Option<Vec<SentBefore>>>;

    /// Looks up what was written to us since an instant, oldest first. `None` where nobody could tell.
    fn received_since(&self, since: Instant) -> BoxFuture<'_, Option<Vec<ReceivedBefore>>>;
}

/// A message that was written to us, as the other side has it in its books. Buttons aren't in there.
#[derive(Debug, Clone)]
pub struct ReceivedBefore {
    /// Its id there.
    pub sid: String,
    /// Who wrote, verbatim.
    pub from: Address,
    /// Its text, or the name of a file.
    pub body: MessageText,
    /// Whether the text may be read as an answer.
    pub is_text: bool,
    /// When it was written.
    pub written_at: Instant,
}

/// A message to be sent.
#[derive(Clone)]
pub struct Outgoing {
    /// To whom.
    pub to: Address,
    /// The words.
    pub body: MessageText,
    /// The same as an approved template's values: everything but an answer in a chat.
    pub template: Option<(Template, Language, BTreeMap<String, String>)>,
    /// After so many seconds it is not worth delivering any more.
    pub valid_seconds: u32,
    /// `<notification>.<attempt>`: comes back in the status callbacks.
    pub reference: String,
}

domain::opaque!(Outgoing);

/// What became of a send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// Accepted, under this id.
    Accepted(String),
    /// Certainly not accepted.
    Refused(Refusal),
    /// Accepted or not: nobody knows.
    Unknown,
}

/// Why a message was not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What to do about it.
    pub class: RefusalClass,
    /// Twilio's code.
    pub code: Option<u32>,
    /// What it means.
    pub meaning: Option<String>,
}

/// What to do about a message that was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RefusalClass {
    /// Try again soon.
    Soon,
    /// Try again in hours.
    Later,
    /// Our account, sender or template is at fault: try again when a person has seen to it.
    Configuration,
    /// This receiver can't be reached so, or doesn't want to be.
    Receiver,
}

impl RefusalClass {
    /// Its word in logs and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Soon => "soon",
            Self::Later => "later",
            Self::Configuration => "configuration",
            Self::Receiver => "receiver",
        }
    }
}

impl Refusal {
    /// For a message that wasn't even tried.
    #[must_use]
    pub fn nothing_was_sent() -> Self {
        Self { class: RefusalClass::Soon, code: None, meaning: None }
    }
}

/// A message that the provider says it has.
#[derive(Debug, Clone)]
pub struct SentBefore {
    /// The provider's id.
    pub sid: String,
    /// The words.
    pub body: MessageText,
}

/// Where events go.
pub trait EventSink: Send + Sync {
    /// Whether somebody at the other end takes up the reminder job's own events.
    fn wakes_workers(&self) -> bool;

    /// Hands events on.
    ///
    /// # Errors
    /// [`NotEmitted`].
    fn emit(&self, events: Vec<Event>) -> BoxFuture<'_, Result<(), NotEmitted>>;
}

/// An event: ids only, no personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What happened, as `reminders.shard`.
    pub kind: &'static str,
    /// JSON.
    pub detail: String,
}

/// The bus didn't take the events.
#[derive(Debug, thiserror::Error)]
#[error("the event bus did not take the events: {0}")]
pub struct NotEmitted(pub String);

/// Where seals of the audit trail, and the ledger of erasures, are kept besides the table: out of reach of
/// whoever can write there.
pub trait Archive: Send + Sync {
    /// Keeps a seal, or a line of the ledger, under a name under which nothing is kept yet. Answers what is kept
    /// there now: this one, or what was there before.
    ///
    /// # Errors
    /// [`NotKept`].
    fn keep<'a>(&'a self, name: &'a str, seal: &'a str) -> BoxFuture<'a, Result<String, NotKept>>;
}

/// The archive took neither a seal nor a line of the ledger.
#[derive(Debug, thiserror::Error)]
#[error("the archive took nothing: {0}")]
pub struct NotKept(pub String);

/// Where secrets are.
pub trait Secrets: Send + Sync {
    /// A secret. `fresh` asks again although it is known: once, when what is known turned out wrong.
    ///
    /// # Errors
    /// [`NoSecret`].
    fn get(&self, name: SecretName, fresh: bool) -> BoxFuture<'_, Result<SecretText, NoSecret>>;
}

/// The secrets that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecretName {
    /// What access tokens are signed with, and refresh tokens derived from. Only `auth` reads it.
    Signing,
    /// What seals of the audit trail are signed with. Only the scheduled job signs; `audit`, which can't
    /// write, derives from it what verifies them.
    Seals,
    /// What cursors are sealed with.
    Cursors,
    /// Twilio's credentials, as JSON.
    Twilio,
    /// The public base URL of the API: no secret, but only known once the API is there.
    PublicUrl,
}

impl SecretName {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Signing, Self::Seals, Self::Cursors, Self::Twilio, Self::PublicUrl];

    /// The last part of its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Signing => "signing",
            Self::Seals => "seals",
            Self::Cursors => "cursors",
            Self::Twilio => "twilio",
            Self::PublicUrl => "public-url",
        }
    }
}

/// A secret's text. `Debug` doesn't show it.
#[derive(Clone)]
pub struct SecretText(pub String);

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretText(…)")
    }
}

/// A secret couldn't be had.
#[derive(Debug, thiserror::Error)]
#[error("the secret {name} could not be read: {reason}")]
pub struct NoSecret {
    /// Which.
    pub name: &'static str,
    /// Why; nothing of its text.
    pub reason: String,
}
