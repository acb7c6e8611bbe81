//! The public keys of access tokens. `auth`, which alone can sign, publishes its key here; every
//! other function verifies with it.

use crate::item::Entity;
use crate::keys::Key;
use domain::time::Instant;
use serde::{Deserialize, Serialize};

/// A public key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SigningKeyRow {
    /// The key's id, as in the header of a token.
    pub kid: String,
    /// The Ed25519 public key in base64url.
    pub x: String,
    /// When it was published.
    pub created_at: Instant,
    /// When it is worth nothing any more, if another has taken its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retires_at: Option<Instant>,
}

impl Entity for SigningKeyRow {
    const KIND: &'static str = "signing_key";

    fn key(&self) -> Key {
        Key::signing_key(&self.kid)
    }

    fn expires_at(&self) -> Option<Instant> {
        self.retires_at
    }
}
