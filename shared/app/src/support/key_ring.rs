//! Secrets that can be rotated while they are in use: a list of keys, separated by whitespace.
//!
//! The first key signs and seals. The others are former first keys and still verify and open what they signed and
//! sealed. A rotation puts a new key in front and keeps one former key: everything that older keys signed has expired.

use crate::App;
use crate::support::error::AppError;
use crate::support::ports::{SecretName, SecretText};
use identity::CryptoFailure;
use identity::access::{AccessToken, Issuer, TokenSubject, verify};
use identity::keys::{KeyError, SigningKey, new_secret};

/// The keys of a secret, newest first.
#[derive(Debug, Clone)]
pub struct KeyRing(SecretText);

/// Why the current key of a ring can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyRingError {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("a signature of the key can't be verified")]
    Signature,
}

impl KeyRing {
    #[must_use]
    pub fn of(text: SecretText) -> Self {
        Self(text)
    }

    /// Reads the keys of a secret; `fresh` bypasses the cache.
    pub async fn read_from(app: &App, name: SecretName, fresh: bool) -> Result<Self, AppError> {
        Ok(Self(app.secrets.get(name, fresh).await?))
    }

    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.0.0.split_whitespace().map(str::as_bytes)
    }

    /// The key that signs and seals.
    #[must_use]
    pub fn current(&self) -> &[u8] {
        self.iter().next().unwrap_or_default()
    }

    /// The secret after a rotation: a new key, and the key that was current.
    ///
    /// # Errors
    /// [`CryptoFailure`] where the system provides no random bytes.
    pub fn rotated(&self) -> Result<SecretText, CryptoFailure> {
        let new = new_secret()?;
        let kept = self.0.0.split_whitespace().next();
        Ok(SecretText([new.as_str()].into_iter().chain(kept).collect::<Vec<_>>().join(" ")))
    }

    /// Checks that the current key is valid and that its signatures verify.
    pub fn check_current_key(&self) -> Result<(), KeyRingError> {
        let key = SigningKey::from_secret(self.current())?;
        // No service accepts this issuer, and the token expires at once.
        let issuer = Issuer { iss: "rotation".to_owned(), aud: "rotation".to_owned() };
        let subject = TokenSubject { user: "nobody", session: "none" };
        let token = AccessToken::issue(&key, &issuer, subject, 0).map_err(|_| KeyRingError::Signature)?;
        let known = |kid: &str| (kid == key.public().kid()).then(|| key.public().clone());
        verify(token.as_str(), known, &issuer, 0).map(|_| ()).map_err(|_| KeyRingError::Signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key_ring(text: &str) -> KeyRing {
        KeyRing::of(SecretText(text.to_owned()))
    }

    #[test]
    fn a_rotation_keeps_the_former_current_key_and_no_older_one() {
        let old = key_ring("old older oldest");
        let renewed = KeyRing::of(old.rotated().unwrap());
        let all: Vec<&[u8]> = renewed.iter().collect();
        assert_eq!((all.len(), all[1]), (2, &b"old"[..]));
        assert_eq!(all[0].len(), 43);
        assert_ne!(
            all[0],
            old.rotated().unwrap().0.split(' ').next().unwrap().as_bytes(),
            "each rotation makes another key"
        );
        assert_eq!(KeyRing::of(key_ring("").rotated().unwrap()).iter().count(), 1, "an empty ring has no key to keep");
    }

    #[test]
    fn the_current_key_has_to_be_valid() {
        let good = "x".repeat(32);
        assert_eq!(key_ring(&format!("{good} short")).check_current_key(), Ok(()));
        assert_eq!(key_ring(&format!("short {good}")).check_current_key(), Err(KeyRingError::Key(KeyError::TooShort)));
        assert_eq!(key_ring(" ").check_current_key(), Err(KeyRingError::Key(KeyError::TooShort)));
        assert_eq!(KeyRing::of(key_ring("old").rotated().unwrap()).check_current_key(), Ok(()));
    }

    #[test]
    fn debug_shows_no_key() {
        assert!(!format!("{:?}", key_ring("hunter2")).contains("hunter2"));
    }
}
