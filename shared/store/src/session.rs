//! Sessions: chains of refresh tokens. What is inside is `identity`'s business.

use crate::item::Entity;
use crate::keys::Key;
use domain::ids::{SessionId, UserId};
use domain::time::Instant;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A session.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SessionRow<S> {
    /// Its id.
    pub id: SessionId,
    /// Whose.
    pub user: UserId,
    /// The generation of the user's credentials when the session began. A new password, a new role
    /// or being disabled raises the user's, and with that ends the session.
    pub generation: u32,
    /// Hashes, rotations, times.
    pub state: S,
    /// Whether it began with a second factor.
    #[serde(default)]
    pub second_factor: bool,
    /// When it ends at the latest.
    pub ends_at: Instant,
    /// One more with each rotation.
    pub version: u64,
}

impl<S: Serialize + DeserializeOwned> Entity for SessionRow<S> {
    const KIND: &'static str = "session";

    fn key(&self) -> Key {
        Key::session(self.user, self.id)
    }

    fn expires_at(&self) -> Option<Instant> {
        Some(self.ends_at)
    }
}
