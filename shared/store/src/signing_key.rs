//! The public keys of access tokens. Only the function `auth` can sign, and it publishes its key here; all other
//! functions verify with it.

use crate::item::Entity;
use crate::keys::Key;
use domain::time::Instant;
use serde::{Deserialize, Serialize};

/// A public key for access tokens.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SigningKeyRow {
    /// The key id, as in the header of a token.
    pub kid: String,
    /// The Ed25519 public key in base64url.
    pub x: String,
    pub created_at: Instant,
    /// When it becomes invalid, if another key has replaced it.
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
