//! Counters that a rule depends on: a row of their own, conditioned on in the transaction that
//! changes them, so that two changes can't both pass.

use crate::item::Entity;
use crate::keys::Key;
use serde::{Deserialize, Serialize};

/// A counter.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Counter {
    #[serde(rename = "PK")]
    pk: String,
    #[serde(rename = "SK")]
    sk: String,
    /// How many.
    pub count: u64,
    /// One more with each change.
    pub version: u64,
}

impl Counter {
    /// A counter at zero, not yet written.
    #[must_use]
    pub fn zero(key: Key) -> Self {
        Self { pk: key.pk, sk: key.sk, count: 0, version: 0 }
    }

    /// This many more, or fewer; never below zero.
    #[must_use]
    pub fn plus(&self, delta: i64) -> Self {
        Self { count: self.count.saturating_add_signed(delta), version: self.version + 1, ..self.clone() }
    }
}

impl Entity for Counter {
    const KIND: &'static str = "counter";

    fn key(&self) -> Key {
        Key { pk: self.pk.clone(), sk: self.sk.clone() }
    }
}
