//! Statuses of a message. Reports arrive in any order, twice, or never; [`MessageStatus`] has a rank, so that applying
//! them in any order has the same result.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Serialised as Twilio's own word.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum MessageStatus {
    /// Accepted by a messaging service, which hasn't chosen the sender yet.
    Accepted,
    Scheduled,
    Queued,
    /// Being passed to WhatsApp.
    Sending,
    /// Accepted by WhatsApp. If the recipient has blocked us, it stays so for ever, without an error.
    Sent,
    /// Some parts of it were delivered; only for long messages of other channels.
    PartiallyDelivered,
    Failed,
    /// It was sent and not delivered.
    Undelivered,
    /// Cancelled before it was sent.
    Canceled,
    /// It is on the recipient's phone.
    Delivered,
    /// Reported only if the recipient sends read receipts.
    Read,
    /// Inbound, incomplete.
    Receiving,
    /// Inbound and complete.
    Received,
    /// A status that isn't known here.
    Other(String),
}

impl MessageStatus {
    /// Twilio's word for it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Accepted => "accepted",
            Self::Scheduled => "scheduled",
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::PartiallyDelivered => "partially_delivered",
            Self::Failed => "failed",
            Self::Undelivered => "undelivered",
            Self::Canceled => "canceled",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Receiving => "receiving",
            Self::Received => "received",
            Self::Other(word) => word,
        }
    }

    /// The order of statuses; a message's rank only increases. A failure is final, except that a delivery overrules it,
    /// as the stronger evidence. An unknown status has the lowest rank, so it never overwrites a known one.
    #[must_use]
    pub fn rank(&self) -> u8 {
        match self {
            Self::Other(_) | Self::Accepted | Self::Scheduled => 0,
            Self::Queued => 1,
            Self::Sending | Self::Receiving => 2,
            Self::Sent | Self::PartiallyDelivered => 3,
            Self::Failed | Self::Undelivered | Self::Canceled => 4,
            Self::Delivered | Self::Received => 5,
            Self::Read => 6,
        }
    }

    /// Whether a report of `self` replaces the status `current`. Equal ranks don't: the first of two failures is kept.
    #[must_use]
    pub fn supersedes(&self, current: &Self) -> bool {
        self.rank() > current.rank()
    }

    /// Whether the message was not delivered and, as far as Twilio knows, won't be.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::Failed | Self::Undelivered | Self::Canceled)
    }
}

impl From<&str> for MessageStatus {
    fn from(word: &str) -> Self {
        match word {
            "accepted" => Self::Accepted,
            "scheduled" => Self::Scheduled,
            "queued" => Self::Queued,
            "sending" => Self::Sending,
            "sent" => Self::Sent,
            "partially_delivered" => Self::PartiallyDelivered,
            "failed" => Self::Failed,
            "undelivered" => Self::Undelivered,
            "canceled" => Self::Canceled,
            "delivered" => Self::Delivered,
            "read" => Self::Read,
            "receiving" => Self::Receiving,
            "received" => Self::Received,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl From<String> for MessageStatus {
    fn from(word: String) -> Self {
        Self::from(word.as_str())
    }
}

impl From<MessageStatus> for String {
    fn from(status: MessageStatus) -> Self {
        status.as_str().to_owned()
    }
}

impl fmt::Display for MessageStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests;
