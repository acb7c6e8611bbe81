//! How far has a message come? Reports arrive in any order, twice, or never; [`MessageStatus`] has
//! a rank, so that applying them in any order ends at the same place.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The states of a message in Twilio's API. In JSON it is Twilio's own word.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum MessageStatus {
    /// Taken by a messaging service, which has yet to choose the sender.
    Accepted,
    /// To be sent at a later time.
    Scheduled,
    /// Waiting for its turn.
    Queued,
    /// Being handed to WhatsApp.
    Sending,
    /// WhatsApp has it. A receiver who blocked us leaves it here for ever, without any error.
    Sent,
    /// Some parts of it arrived; long messages of other channels only.
    PartiallyDelivered,
    /// It could not be sent.
    Failed,
    /// It was sent and did not arrive.
    Undelivered,
    /// Withdrawn before it was sent.
    Canceled,
    /// It is on the receiver's phone.
    Delivered,
    /// The receiver opened it; reported only if they send read receipts.
    Read,
    /// Inbound, on its way to us.
    Receiving,
    /// Inbound and complete.
    Received,
    /// A word that Twilio added later.
    Other(String),
}

impl MessageStatus {
    /// Twilio's word for it.
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

    /// How far along this is; a message only ever climbs. Failures end the climb, except that a
    /// phone which has the message is better evidence than a report that it hasn't. A word we
    /// don't know has the lowest rank: it never overwrites one that we do.
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

    /// Whether a report of `self` changes a message whose status is `current`. Equal ranks don't:
    /// the first of two failures stays.
    pub fn supersedes(&self, current: &Self) -> bool {
        self.rank() > current.rank()
    }

    /// Whether this says that the message did not and, as far as Twilio knows, will not arrive.
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
