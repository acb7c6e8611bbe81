//! Secrets that can be replaced while they are in use: one word, or several with blanks between them.
//!
//! The first word is what new things are signed or sealed with; the others were the first before, and
//! still open what was made with them. A rotation puts a new word in front and keeps one of those that
//! were there, since whatever the older ones made has long run out.

use crate::App;
use crate::support::error::AppError;
use crate::support::ports::{SecretName, SecretText};
use identity::CryptoFailure;
use identity::access::{AccessToken, Issuer, Subject, verify};
use identity::keys::{KeyError, SigningKey, new_secret};

/// The words of a secret.
#[derive(Debug, Clone)]
pub struct Words(SecretText);

/// Why a word is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It makes none.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// What it signs can't be verified.
    #[error("what the secret signs can't be verified")]
    Signature,
}

impl Words {
    /// The words of a text.
    #[must_use]
    pub fn of(text: SecretText) -> Self {
        Self(text)
    }

    /// Those of a secret, as they are known here; `fresh` asks for them again.
    ///
    /// # Errors
    /// What the port says.
    pub async fn read_from(app: &App, name: SecretName, fresh: bool) -> Result<Self, AppError> {
        Ok(Self(app.secrets.get(name, fresh).await?))
    }

    /// Each of them, the newest first.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.0.0.split_whitespace().map(str::as_bytes)
    }

    /// The one that signs and seals.
    #[must_use]
    pub fn newest(&self) -> &[u8] {
        self.iter().next().unwrap_or_default()
    }

    /// The secret after a rotation: a new word, and the one that has been the newest.
    ///
    /// # Errors
    /// [`CryptoFailure`] without random bytes.
    pub fn renewed(&self) -> Result<SecretText, CryptoFailure> {
        let new = new_secret()?;
        let kept = self.0.0.split_whitespace().next();
        Ok(SecretText([new.as_str()].into_iter().chain(kept).collect::<Vec<_>>().join(" ")))
    }

    /// Tries the newest word: it makes a key, and what that signs is verified.
    ///
    /// # Errors
    /// [`Unfit`].
    pub fn prove(&self) -> Result<(), Unfit> {
        let key = SigningKey::from_secret(self.newest())?;
        // Of an issuer that nobody believes, and over at once.
        let issuer = Issuer { iss: "rotation".to_owned(), aud: "rotation".to_owned() };
        let subject = Subject { user: "nobody", session: "none" };
        let token = AccessToken::issue(&key, &issuer, subject, 0).map_err(|_| Unfit::Signature)?;
        let known = |kid: &str| (kid == key.public().kid()).then(|| key.public().clone());
        verify(token.as_str(), known, &issuer, 0).map(|_| ()).map_err(|_| Unfit::Signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Words {
        Words::of(SecretText(text.to_owned()))
    }

    #[test]
    fn a_rotation_keeps_the_word_that_signed_and_no_older_one() {
        let old = words("old older oldest");
        let renewed = Words::of(old.renewed().unwrap());
        let all: Vec<&[u8]> = renewed.iter().collect();
        assert_eq!((all.len(), all[1]), (2, &b"old"[..]));
        assert_eq!(all[0].len(), 43);
        assert_ne!(all[0], old.renewed().unwrap().0.split(' ').next().unwrap().as_bytes(), "another one each time");
        assert_eq!(Words::of(words("").renewed().unwrap()).iter().count(), 1, "an empty one has nothing to keep");
    }

    #[test]
    fn a_word_has_to_make_a_key() {
        let good = "x".repeat(32);
        assert_eq!(words(&format!("{good} short")).prove(), Ok(()));
        assert_eq!(words(&format!("short {good}")).prove(), Err(Unfit::Key(KeyError::TooShort)));
        assert_eq!(words(" ").prove(), Err(Unfit::Key(KeyError::TooShort)));
        assert_eq!(Words::of(words("old").renewed().unwrap()).prove(), Ok(()));
    }

    #[test]
    fn debug_shows_no_word() {
        assert!(!format!("{:?}", words("hunter2")).contains("hunter2"));
    }
}
