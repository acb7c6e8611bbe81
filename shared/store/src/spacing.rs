//! WhatsApp lets through about one message per six seconds to one number: when the last one went out.

use crate::item::Entity;
use crate::keys::Key;
use crate::transaction::{Purpose, Transaction};
use domain::phone::MatchKey;
use domain::time::{Instant, TimeDelta};
use serde::{Deserialize, Serialize};

/// Between two messages to one number.
pub const SPACING: TimeDelta = TimeDelta::seconds(6);

/// When a message to a number was claimed last.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Spacing {
    /// The number.
    pub number: MatchKey,
    /// When.
    pub at: Instant,
    /// One more with each message.
    pub version: u64,
}

impl Entity for Spacing {
    const KIND: &'static str = "spacing";

    fn key(&self) -> Key {
        Key::spacing(&self.number)
    }

    fn expires_at(&self) -> Option<Instant> {
        Some(self.at.plus(TimeDelta::days(1)))
    }
}

/// Adds to a claim: it is this message's turn, unless another one took it since `last` was read.
pub fn take(transaction: &mut Transaction, number: MatchKey, at: Instant, last: Option<&Spacing>) {
    let read = last.map_or(0, |last| last.version);
    transaction.replace(Purpose::Counter, &Spacing { number, at, version: read + 1 }, read);
}
