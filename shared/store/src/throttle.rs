//! Failed sign-ins in one place, until they are forgotten. What is inside is `identity`'s business.

use crate::item::Entity;
use crate::keys::Key;
use domain::time::Instant;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Failures in a place.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ThrottleRow<F> {
    /// The place, as a keyed hash.
    pub place: String,
    /// How many, and when.
    pub failures: F,
    /// When they are forgotten.
    pub forgotten_at: Instant,
    /// One more with each change.
    pub version: u64,
}

impl<F: Serialize + DeserializeOwned> Entity for ThrottleRow<F> {
    const KIND: &'static str = "throttle";

    fn key(&self) -> Key {
        Key::throttle(&self.place)
    }

    fn expires_at(&self) -> Option<Instant> {
        Some(self.forgotten_at)
    }
}
