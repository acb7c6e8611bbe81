//! Counters for business rules. Each has its own row, and the transaction that changes it checks its version, so
//! that two concurrent changes can't both succeed.

use crate::item::Entity;
use crate::keys::Key;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Counter {
    #[serde(rename = "PK")]
    pk: String,
    #[serde(rename = "SK")]
    sk: String,
    pub count: u64,
    /// Incremented with each change.
    pub version: u64,
}

impl Counter {
    /// A new counter, not yet written.
    #[must_use]
    pub fn zero(key: Key) -> Self {
        Self { pk: key.pk, sk: key.sk, count: 0, version: 0 }
    }

    /// Changes the count by `delta`, saturating at zero.
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
