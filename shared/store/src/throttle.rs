//! Counters of failed sign-ins. The crate `identity` defines their contents.

use crate::item::Entity;
use crate::keys::Key;
use domain::time::Instant;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The failed sign-ins of one account or address.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ThrottleRow<F> {
    /// The account or address as a keyed hash.
    #[serde(rename = "place")] // the stored name
    pub scope: String,
    /// The number and times of the failures.
    pub failures: F,
    /// When the row expires.
    pub forgotten_at: Instant,
    /// Incremented with each change.
    pub version: u64,
}

impl<F: Serialize + DeserializeOwned> Entity for ThrottleRow<F> {
    const KIND: &'static str = "throttle";

    fn key(&self) -> Key {
        Key::throttle(&self.scope)
    }

    fn expires_at(&self) -> Option<Instant> {
        Some(self.forgotten_at)
    }
}
