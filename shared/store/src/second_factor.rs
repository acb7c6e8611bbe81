//! A user's second factor. What is inside is `identity`'s business.

use crate::item::Entity;
use crate::keys::Key;
use domain::ids::UserId;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A second factor: `S` the shared secret, `R` the recovery codes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SecondFactorRow<S, R> {
    /// Whose.
    pub user: UserId,
    /// What the phone knows as well.
    pub secret: S,
    /// The codes on paper that are left.
    pub recovery: R,
    /// Whether the user has shown that the phone knows it. Until then nobody is asked for it.
    pub is_active: bool,
    /// The step whose code was used last.
    pub used_step: Option<u64>,
    /// One more with each change.
    pub version: u64,
}

impl<S: Serialize + DeserializeOwned, R: Serialize + DeserializeOwned> Entity for SecondFactorRow<S, R> {
    const KIND: &'static str = "second_factor";

    fn key(&self) -> Key {
        Key::second_factor(self.user)
    }
}
