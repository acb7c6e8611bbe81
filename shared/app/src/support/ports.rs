//! Traits for the services outside the process. `platform` implements them for production, `testkit` for tests.

use domain::language::Language;
use domain::messages::Template;
use domain::notification::{Address, MessageText};
use domain::time::Instant;
use futures_util::future::BoxFuture;
use std::collections::BTreeMap;
use store::inbound::InboundMedia;

pub trait Clock: Send + Sync {
    fn now(&self) -> Instant;

    /// Returns at once where `at` is past.
    fn sleep_until(&self, at: Instant) -> BoxFuture<'_, ()>;
}

/// The provider of WhatsApp messages.
pub trait Messenger: Send + Sync {
    /// Sends one message. It never retries by itself: a retry could send the message twice.
    fn send<'a>(&'a self, message: &'a OutgoingMessage) -> BoxFuture<'a, SendOutcome>;

    /// Whether a message belongs to our account. Without a configured account every message does.
    fn is_own_account(&self, account: &str) -> bool;

    /// Reads from the provider's log what was sent to an address since an instant. `None` where the log is unavailable.
    fn sent_since<'a>(&'a self, to: &'a Address, since: Instant) -> BoxFuture<'a, Option<Vec<OutboundLogEntry>>>;

    /// Reads from the provider's log the inbound messages since an instant, oldest first. `None` where the log is
    /// unavailable.
    fn received_since(&self, since: Instant) -> BoxFuture<'_, Option<Vec<InboundLogEntry>>>;

    /// Gets a file of an inbound message, of at most `limit` bytes.
    fn media<'a>(&'a self, _media: &'a InboundMedia, _limit: usize) -> BoxFuture<'a, Result<MediaFile, MediaError>> {
        Box::pin(std::future::ready(Err(MediaError::Unavailable)))
    }
}

/// A file of an inbound message.
pub struct MediaFile {
    /// As the provider sent it.
    pub content_type: String,
    pub bytes: Vec<u8>,
}

domain::opaque!(MediaFile);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MediaError {
    /// The provider doesn't have it, or not yet.
    #[error("the provider has no such file")]
    NotFound,
    #[error("the file is too long")]
    TooLong,
    #[error("the file can't be had from the provider now")]
    Unavailable,
}

/// An inbound message in the provider's log. The log doesn't contain button payloads.
#[derive(Debug, Clone)]
pub struct InboundLogEntry {
    pub sid: String,
    pub from: Address,
    /// Text, or the name of a file.
    pub body: MessageText,
    /// Whether `body` is a text that may be interpreted as a reply.
    pub is_text: bool,
    pub written_at: Instant,
}

#[derive(Clone)]
pub struct OutgoingMessage {
    pub to: Address,
    pub body: MessageText,
    /// The same content as an approved template with its variables. `None` for replies within a chat.
    pub template: Option<(Template, Language, BTreeMap<String, String>)>,
    /// The provider discards the message if it isn't delivered within these seconds.
    pub valid_seconds: u32,
    /// `<notification>.<attempt>`: comes back in the status callbacks.
    pub reference: String,
}

domain::opaque!(OutgoingMessage);

/// The provider's answer to a send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendOutcome {
    /// Accepted. Contains the provider's message id.
    Accepted(String),
    /// The message was certainly not accepted.
    Rejected(SendRejection),
    /// The answer was lost: the message may have been accepted.
    Unknown,
}

/// Why a message was not accepted, or was accepted and not delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendRejection {
    pub class: FailureClass,
    /// Twilio's error code.
    pub code: Option<u32>,
    /// Description of `code`.
    pub meaning: Option<String>,
}

/// Tells whether and when a message is sent again, whether the provider refused it or reported it undelivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FailureClass {
    /// Retried after minutes.
    Transient,
    /// Retried after hours.
    Quota,
    /// Account, sender or template are misconfigured: retried until an operator has corrected it.
    Configuration,
    /// The recipient can't be reached: not retried.
    Recipient,
    /// The recipient wants no messages: not retried, and the number is opted out.
    OptedOut,
}

impl FailureClass {
    pub const ALL: [Self; 5] = [Self::Transient, Self::Quota, Self::Configuration, Self::Recipient, Self::OptedOut];

    /// The name in logs and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::Quota => "quota",
            Self::Configuration => "configuration",
            Self::Recipient => "recipient",
            Self::OptedOut => "opted_out",
        }
    }
}

impl SendRejection {
    /// For a message that was not handed to the provider.
    #[must_use]
    pub fn not_attempted() -> Self {
        Self { class: FailureClass::Transient, code: None, meaning: None }
    }
}

/// An outbound message in the provider's log.
#[derive(Debug, Clone)]
pub struct OutboundLogEntry {
    pub sid: String,
    pub body: MessageText,
}

/// The event bus.
pub trait EventSink: Send + Sync {
    /// Whether the bus invokes workers for the events of the scheduled job.
    fn wakes_workers(&self) -> bool;

    fn emit(&self, events: Vec<Event>) -> BoxFuture<'_, Result<(), EmitError>>;
}

/// An event: ids only, no personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Type of the event, such as `reminders.shard`.
    pub kind: &'static str,
    /// A JSON object.
    pub detail: String,
}

/// The event bus rejected events or could not be reached.
#[derive(Debug, thiserror::Error)]
#[error("the events could not be put on the event bus: {0}")]
pub struct EmitError(pub String);

/// Write-once storage for the seals of the audit trail and the erasure ledger. Write access to the table gives no
/// access to the archive.
pub trait Archive: Send + Sync {
    /// Stores a seal or a ledger line unless `name` exists. Returns the stored text: this one, or the earlier one.
    fn put_if_absent<'a>(&'a self, name: &'a str, seal: &'a str) -> BoxFuture<'a, Result<String, ArchiveError>>;
}

#[derive(Debug, thiserror::Error)]
#[error("the archive could not be written: {0}")]
pub struct ArchiveError(pub String);

/// The store of secrets.
pub trait Secrets: Send + Sync {
    /// Returns a secret. `fresh` bypasses the cache; used once, after a cached secret turned out to be outdated.
    fn get(&self, name: SecretName, fresh: bool) -> BoxFuture<'_, Result<SecretText, SecretError>>;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecretName {
    /// Signs access tokens and derives refresh tokens. Only `auth` reads it.
    Signing,
    /// Signs the seals of the audit trail. Only the scheduled job signs; `audit`, which can't write, derives the
    /// public key from it.
    Seals,
    /// Encrypts cursors.
    Cursors,
    /// Twilio's credentials, as JSON.
    Twilio,
    /// The public base URL of the API. Not a secret, but known only after the deployment.
    PublicUrl,
}

impl SecretName {
    pub const ALL: [Self; 5] = [Self::Signing, Self::Seals, Self::Cursors, Self::Twilio, Self::PublicUrl];

    /// The last part of the secret's path.
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

/// Text of a secret. `Debug` doesn't show it.
#[derive(Clone)]
pub struct SecretText(pub String);

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretText(…)")
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the secret {name} could not be read: {reason}")]
pub struct SecretError {
    pub name: &'static str,
    /// Contains nothing of the secret's text.
    pub reason: String,
}
