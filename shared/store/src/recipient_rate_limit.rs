//! The rate limit per recipient: WhatsApp delivers about one message per six seconds to one number.

use crate::item::Entity;
use crate::keys::Key;
use crate::transaction::{Purpose, Transaction};
use domain::phone::MatchKey;
use domain::time::{Instant, TimeDelta};
use serde::{Deserialize, Serialize};

/// The minimum interval between two messages to one number.
pub const MIN_INTERVAL: TimeDelta = TimeDelta::seconds(6);

/// When a message to a number was last claimed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RecipientRateLimit {
    pub number: MatchKey,
    pub at: Instant,
    /// Incremented with each message.
    pub version: u64,
}

impl Entity for RecipientRateLimit {
    const KIND: &'static str = "spacing";

    fn key(&self) -> Key {
        Key::recipient_rate_limit(&self.number)
    }

    fn expires_at(&self) -> Option<Instant> {
        Some(self.at.plus(TimeDelta::days(1)))
    }
}

/// Records a claim at `at`, on condition that no other message to the number was claimed since `last` was read.
pub fn record_send(transaction: &mut Transaction, number: MatchKey, at: Instant, last: Option<&RecipientRateLimit>) {
    let read = last.map_or(0, |last| last.version);
    transaction.replace(Purpose::Counter, &RecipientRateLimit { number, at, version: read + 1 }, read);
}
