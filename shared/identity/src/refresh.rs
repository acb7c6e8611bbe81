//! Refresh tokens, with which a client gets a new access token.
//!
//! A token is opaque to clients, and has the form `<user id>.<family id>.<secret>`: the ids name the row, the 256-bit
//! secret authorizes the client. A *family* is the chain of tokens of one log-in; each token is used once and replaced
//! by its successor, see [`crate::session`]. Only its [`TokenHash`] is stored, so a copy of the table contains no usable
//! token.
//!
//! The first secret of a family is random. Each later one is `HMAC-SHA256(pepper, user, family, previous secret)`. It
//! can't be computed without both the pepper and the previous token. But the server can compute it again, so that a
//! client whose response was lost may repeat its request and gets the same successor, which isn't stored anywhere.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{digest, hmac};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{CryptoFailure, entropy};

/// Seconds without a refresh after which a session ends: 12 hours.
pub const IDLE_TIMEOUT: i64 = 12 * 60 * 60;
/// Seconds after the log-in when a session ends in any case: 7 days.
pub const ABSOLUTE_TIMEOUT: i64 = 7 * 24 * 60 * 60;
/// Seconds after a rotation during which the replaced token still gives the same successor: enough for a repeated
/// request or two tabs at once, too short for an attacker.
pub const REUSE_GRACE: i64 = 20;
/// The longest user or family id, in bytes.
pub const MAX_ID_BYTES: usize = 64;

const SECRET_BYTES: usize = 32;
/// Domain separation of this use of the pepper.
const CONTEXT: &[u8] = b"refresh token successor v1\0";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RefreshTokenError {
    /// Not `<id>.<id>.<secret>`, where an id is 1 to 64 of `[A-Za-z0-9-]` and the secret is 32
    /// bytes in base64url without padding.
    #[error("the refresh token is malformed")]
    Malformed,
    #[error(transparent)]
    Crypto(#[from] CryptoFailure),
}

/// A refresh token. Redacted in `Debug` but for its ids, its secret overwritten when dropped.
#[derive(Clone)]
pub struct RefreshToken {
    user: String,
    family: String,
    secret: Zeroizing<[u8; SECRET_BYTES]>,
}

impl RefreshToken {
    /// The first token of a new family.
    ///
    /// # Errors
    /// [`RefreshTokenError::Malformed`] for an id that a token can't contain, [`RefreshTokenError::Crypto`] without
    /// random bytes.
    pub fn generate(user: &str, family: &str) -> Result<Self, RefreshTokenError> {
        Self::new(user, family, entropy::random_bytes()?)
    }

    /// Parses a client's token, without authenticating it.
    pub fn parse(text: &str) -> Result<Self, RefreshTokenError> {
        let mut parts = text.split('.');
        let (Some(user), Some(family), Some(encoded), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(RefreshTokenError::Malformed);
        };
        let mut secret = Zeroizing::new([0; SECRET_BYTES]);
        // Only the canonical encoding: 43 characters, no padding, no stray bits in the last one.
        match URL_SAFE_NO_PAD.decode_slice(encoded, secret.as_mut_slice()) {
            Ok(SECRET_BYTES) => Self::new(user, family, secret),
            _ => Err(RefreshTokenError::Malformed),
        }
    }

    fn new(user: &str, family: &str, secret: Zeroizing<[u8; SECRET_BYTES]>) -> Result<Self, RefreshTokenError> {
        if is_id(user) && is_id(family) {
            Ok(Self { user: user.to_owned(), family: family.to_owned(), secret })
        } else {
            Err(RefreshTokenError::Malformed)
        }
    }

    /// The id of the user, as the client claims.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The id of its family, which is the session's.
    #[must_use]
    pub fn family(&self) -> &str {
        &self.family
    }

    /// The text for the client. A bearer secret: keep it out of logs.
    #[must_use]
    pub fn to_text(&self) -> String {
        let encoded = Zeroizing::new(URL_SAFE_NO_PAD.encode(self.secret.as_slice()));
        format!("{}.{}.{}", self.user, self.family, *encoded)
    }

    /// The hash to store. The secret has 256 random bits, so a plain SHA-256 is sufficient. The ids are hashed too, so
    /// that a row copied to another user or family matches nothing.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        let mut context = digest::Context::new(&digest::SHA256);
        for part in [self.user.as_bytes(), b".", self.family.as_bytes(), b"."] {
            context.update(part);
        }
        context.update(self.secret.as_slice());
        TokenHash(URL_SAFE_NO_PAD.encode(context.finish()))
    }

    /// Compares in constant time.
    #[must_use]
    pub fn matches(&self, stored: &TokenHash) -> bool {
        self.hash().0.as_bytes().ct_eq(stored.0.as_bytes()).into()
    }

    /// The token that replaces this one, always the same. `pepper` is a secret of the deployment, at least 32 random
    /// bytes.
    #[must_use]
    pub fn successor(&self, pepper: &[u8]) -> Self {
        let mut mac = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, pepper));
        for part in [CONTEXT, self.user.as_bytes(), b".", self.family.as_bytes(), b"."] {
            mac.update(part);
        }
        mac.update(self.secret.as_slice());
        let mut secret = Zeroizing::new([0; SECRET_BYTES]);
        for (to, from) in secret.iter_mut().zip(mac.sign().as_ref()) {
            *to = *from;
        }
        Self { user: self.user.clone(), family: self.family.clone(), secret }
    }
}

/// Identifies a pepper: the first 8 characters of its SHA-256.
pub(crate) fn pepper_id(pepper: &[u8]) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(b"refresh token pepper v1\0");
    context.update(pepper);
    URL_SAFE_NO_PAD.encode(context.finish()).chars().take(8).collect()
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RefreshToken({}.{}.…)", self.user, self.family)
    }
}

/// The SHA-256 of a refresh token, in base64url, as stored. It isn't a secret: no token can be made of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TokenHash(String);

fn is_id(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-';
    (1..=MAX_ID_BYTES).contains(&text.len()) && text.chars().all(allowed)
}

#[cfg(test)]
mod tests;
