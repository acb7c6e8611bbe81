//! Addresses from which a user has signed in: others can't make the user wait there.

use crate::item::Entity;
use crate::keys::Key;
use domain::ids::UserId;
use domain::time::Instant;
use serde::{Deserialize, Serialize};

/// An address that a user's account knows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KnownAddress {
    /// Whose.
    pub user: UserId,
    /// The address, as a keyed hash.
    pub place: String,
    /// When it is forgotten, unless the user signs in from there again.
    pub forgotten_at: Instant,
}

impl Entity for KnownAddress {
    const KIND: &'static str = "known_address";

    fn key(&self) -> Key {
        Key::known_address(self.user, &self.place)
    }

    fn expires_at(&self) -> Option<Instant> {
        Some(self.forgotten_at)
    }
}
