//! The rows of sessions, which are chains of refresh tokens. The crate `identity` defines their contents.

use crate::item::Entity;
use crate::keys::Key;
use domain::ids::{SessionId, UserId};
use domain::time::Instant;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SessionRow<S> {
    pub id: SessionId,
    pub user: UserId,
    /// The generation of the user's credentials when the session began. A new password, a new role or a
    /// deactivation increments the generation of the user, which ends the session.
    pub generation: u32,
    /// Token hashes, rotations and times.
    pub state: S,
    /// Whether the sign-in used a second factor.
    #[serde(default)]
    pub second_factor: bool,
    /// The latest end of the session.
    pub ends_at: Instant,
    /// Incremented with each rotation.
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
