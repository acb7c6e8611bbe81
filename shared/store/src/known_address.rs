//! IP addresses from which a user has signed in. Failed sign-ins from other addresses don't throttle the user
//! there.

use crate::item::Entity;
use crate::keys::Key;
use domain::ids::UserId;
use domain::time::Instant;
use serde::{Deserialize, Serialize};

/// A known address of a user.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KnownAddress {
    pub user: UserId,
    /// The address as a keyed hash.
    #[serde(rename = "place")] // the stored name
    pub address_hash: String,
    /// When it expires, unless the user signs in from it again.
    pub forgotten_at: Instant,
}

impl Entity for KnownAddress {
    const KIND: &'static str = "known_address";

    fn key(&self) -> Key {
        Key::known_address(self.user, &self.address_hash)
    }

    fn expires_at(&self) -> Option<Instant> {
        Some(self.forgotten_at)
    }
}
