//! The row of a user's second factor. The crate `identity` defines its contents.

use crate::item::Entity;
use crate::keys::Key;
use domain::ids::UserId;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A second factor with the shared secret `S` and the recovery codes `R`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SecondFactorRow<S, R> {
    pub user: UserId,
    /// The secret shared with the authenticator app.
    pub secret: S,
    /// The unused recovery codes.
    pub recovery: R,
    /// Whether the user has proved possession with a code. Sign-in doesn't require it before that.
    pub is_active: bool,
    /// The time step of the last used code.
    pub used_step: Option<u64>,
    /// Incremented with each change.
    pub version: u64,
}

impl<S: Serialize + DeserializeOwned, R: Serialize + DeserializeOwned> Entity for SecondFactorRow<S, R> {
    const KIND: &'static str = "second_factor";

    fn key(&self) -> Key {
        Key::second_factor(self.user)
    }
}
