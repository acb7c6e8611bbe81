//! The key that signs access tokens, and what the verifying functions need to know of it.
//!
//! Only `auth` holds the secret. It publishes the [`PublicKey`] under its `kid`; the others look
//! keys up by the `kid` of a token. To rotate: give `auth` a new secret, keep the old public key
//! until the last token of it has expired (10 minutes).
//!
//! Ed25519 (RFC 8032): small, fast to verify, and a verifier can't forge.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{DecodingKey, EncodingKey};
use ring::{
    digest,
    signature::{ED25519_PUBLIC_KEY_LEN, Ed25519KeyPair, KeyPair},
};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{CryptoFailure, eddsa, entropy};

/// The shortest secret that may become a key, in bytes: as many as the seed it is hashed to.
pub const MIN_SECRET_BYTES: usize = 32;
/// The length of every key id, in base64url characters (96 bits).
pub const KID_CHARS: usize = 16;

/// A new secret, as text without blanks: 256 unpredictable bits in 43 characters.
///
/// # Errors
/// [`CryptoFailure`] without random bytes.
pub fn new_secret() -> Result<Zeroizing<String>, CryptoFailure> {
    let bytes: Zeroizing<[u8; MIN_SECRET_BYTES]> = entropy::random()?;
    Ok(Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_slice())))
}

/// Why a secret gave no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyError {
    /// Fewer than [`MIN_SECRET_BYTES`] bytes; most likely a setting that is missing.
    #[error("a signing secret needs at least {MIN_SECRET_BYTES} bytes")]
    TooShort,
    /// The cryptographic library refused it.
    #[error("no signing key could be made of the secret")]
    Rejected,
}

/// The private key. Redacted in `Debug`, overwritten when dropped.
#[derive(Clone)]
pub struct SigningKey {
    public: PublicKey,
    encoding: EncodingKey,
}

impl SigningKey {
    /// The key of a secret: its seed is the SHA-256 of the bytes, so any random string that a
    /// secrets manager makes will do, and the same secret is the same key in every sandbox.
    ///
    /// # Errors
    /// [`KeyError::TooShort`] below 32 bytes: hashing adds no entropy.
    pub fn from_secret(secret: &[u8]) -> Result<Self, KeyError> {
        if secret.len() < MIN_SECRET_BYTES {
            return Err(KeyError::TooShort);
        }
        let seed = digest::digest(&digest::SHA256, secret);
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.as_ref()).map_err(|_| KeyError::Rejected)?;
        eddsa::ready();
        Ok(Self {
            public: PublicKey::from_bytes(pair.public_key().as_ref()),
            encoding: EncodingKey::from_ed_der(seed.as_ref()),
        })
    }

    /// The half to publish.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    pub(crate) fn encoding(&self) -> &EncodingKey {
        &self.encoding
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public.kid)
    }
}

/// A public key as it is published and stored; the names are those of a JWK (RFC 8037).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKey {
    kid: String,
    x: String,
}

impl PublicKey {
    /// Reads `x`: the 32 bytes of a key in base64url without padding.
    #[must_use]
    pub fn parse(x: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(x).ok()?;
        (bytes.len() == ED25519_PUBLIC_KEY_LEN).then(|| Self::from_bytes(&bytes))
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        let fingerprint = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, bytes));
        Self { kid: fingerprint.chars().take(KID_CHARS).collect(), x: URL_SAFE_NO_PAD.encode(bytes) }
    }

    /// The key's id: the first 16 base64url characters of SHA-256(public key).
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The 32 bytes of the key in base64url without padding.
    #[must_use]
    pub fn x(&self) -> &str {
        &self.x
    }

    /// The key as the JWT library takes it; `None` if `x` isn't base64url.
    pub(crate) fn decoding(&self) -> Option<DecodingKey> {
        eddsa::ready();
        DecodingKey::from_ed_components(&self.x).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

    #[test]
    fn the_same_secret_is_the_same_key() {
        let key = SigningKey::from_secret(SECRET).unwrap();
        assert_eq!(key.public(), SigningKey::from_secret(SECRET).unwrap().public());
        let other = SigningKey::from_secret(b"0123456789abcdef0123456789abcdeg").unwrap();
        assert_ne!(key.public(), other.public());
    }

    /// Pins the derivation: a change would silently log everybody out. The value was computed
    /// with another implementation (Python's `cryptography`).
    #[test]
    fn known_answer() {
        let key = SigningKey::from_secret(SECRET).unwrap();
        assert_eq!(key.public().x(), "HXuBSziDcFuuCo1xc_AXzFReZ4DvWXJKjNiaHMOp5PM");
        assert_eq!(key.public().kid(), "QOTpPAs0L9MzsDQa");
    }

    #[test]
    fn a_short_secret_is_no_key() {
        assert_eq!(SigningKey::from_secret(b"").err(), Some(KeyError::TooShort));
        assert_eq!(SigningKey::from_secret(&SECRET[1..]).err(), Some(KeyError::TooShort));
    }

    #[test]
    fn a_public_key_round_trips_and_a_private_one_is_not_shown() {
        let key = SigningKey::from_secret(SECRET).unwrap();
        let json = serde_json::to_string(key.public()).unwrap();
        assert_eq!(&serde_json::from_str::<PublicKey>(&json).unwrap(), key.public());
        assert_eq!(format!("{key:?}"), format!("SigningKey({})", key.public().kid()));
    }
}
