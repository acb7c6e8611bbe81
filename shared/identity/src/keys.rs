//! The Ed25519 key that signs access tokens (RFC 8032), and the public key that verifies them.
//!
//! Only `auth` holds the secret. It publishes the [`PublicKey`] under its `kid`; the other functions look keys up by the
//! `kid` of a token. For a rotation, `auth` gets a new secret, and the old public key is kept until the last token
//! signed with it has expired (10 minutes).

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

/// The shortest secret of a key, in bytes: the length of the seed that it is hashed to.
pub const MIN_SECRET_BYTES: usize = 32;
/// The length of every key id, in base64url characters (96 bits).
pub const KID_CHARS: usize = 16;

/// A new random secret: 256 bits in 43 base64url characters.
pub fn new_secret() -> Result<Zeroizing<String>, CryptoFailure> {
    let bytes: Zeroizing<[u8; MIN_SECRET_BYTES]> = entropy::random_bytes()?;
    Ok(Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_slice())))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyError {
    /// Fewer than [`MIN_SECRET_BYTES`] bytes; most likely the secret isn't set.
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
    /// The seed is the SHA-256 of the bytes, so that any random string of a secrets manager can be used, and the same
    /// secret gives the same key in every sandbox.
    ///
    /// # Errors
    /// [`KeyError::TooShort`] below 32 bytes: hashing adds no entropy.
    pub fn from_secret(secret: &[u8]) -> Result<Self, KeyError> {
        if secret.len() < MIN_SECRET_BYTES {
            return Err(KeyError::TooShort);
        }
        let seed = digest::digest(&digest::SHA256, secret);
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.as_ref()).map_err(|_| KeyError::Rejected)?;
        eddsa::install_provider();
        Ok(Self {
            public: PublicKey::from_bytes(pair.public_key().as_ref()),
            encoding: EncodingKey::from_ed_der(seed.as_ref()),
        })
    }

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

    /// `None` if `x` isn't base64url.
    pub(crate) fn decoding(&self) -> Option<DecodingKey> {
        eddsa::install_provider();
        DecodingKey::from_ed_components(&self.x).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

    #[test]
    fn the_same_secret_gives_the_same_key() {
        let key = SigningKey::from_secret(SECRET).unwrap();
        assert_eq!(key.public(), SigningKey::from_secret(SECRET).unwrap().public());
        let other = SigningKey::from_secret(b"0123456789abcdef0123456789abcdeg").unwrap();
        assert_ne!(key.public(), other.public());
    }

    /// A change of the derivation would sign all users out. The value was computed with another implementation (Python's
    /// `cryptography`).
    #[test]
    fn the_derivation_has_not_changed() {
        let key = SigningKey::from_secret(SECRET).unwrap();
        assert_eq!(key.public().x(), "HXuBSziDcFuuCo1xc_AXzFReZ4DvWXJKjNiaHMOp5PM");
        assert_eq!(key.public().kid(), "QOTpPAs0L9MzsDQa");
    }

    #[test]
    fn a_short_secret_is_refused() {
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
