//! The rules for new passwords: long, and not easy to guess.
//!
//! As NIST SP 800-63B advises, there are no rules of composition such as "one digit, one symbol", which lead to
//! `Password123!`.

use std::fmt;

use thiserror::Error;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::guessable;

/// In Unicode scalar values after NFC, not bytes.
pub const MIN_CHARS: usize = 12;
/// In Unicode scalar values: room for any passphrase, and a bound on the work per log-in.
pub const MAX_CHARS: usize = 128;

/// Never contains the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PasswordError {
    /// Fewer than [`MIN_CHARS`] characters.
    #[error("a password needs at least {MIN_CHARS} characters")]
    TooShort,
    /// More than [`MAX_CHARS`] characters.
    #[error("a password has at most {MAX_CHARS} characters")]
    TooLong,
    /// In the list of common passwords, or a repetition or a sequence of the alphabet or the keyboard.
    #[error("this password is too easy to guess")]
    Common,
}

/// A valid new password: 12 to 128 characters, and not easy to guess.
///
/// It is in NFC, so that an `ñ` typed as one code point or as two is the same password. Nothing is trimmed. Redacted in
/// `Debug`, overwritten when dropped.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Only for a password that is set, never for one at log-in: old passwords must stay valid when the rules get
    /// stricter.
    ///
    /// # Errors
    /// The first broken rule; length is checked first.
    pub fn parse(text: &str) -> Result<Self, PasswordError> {
        let password = normalised(text);
        // Counting one character more than the limit suffices.
        match password.chars().take(MAX_CHARS + 1).count() {
            n if n < MIN_CHARS => Err(PasswordError::TooShort),
            n if n > MAX_CHARS => Err(PasswordError::TooLong),
            _ if guessable::is_guessable(&password) => Err(PasswordError::Common),
            _ => Ok(Self(password)),
        }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// The form in which passwords are hashed and compared.
pub(super) fn normalised(text: &str) -> Zeroizing<String> {
    // Capacity for the longest expansion under NFC (3 times, UAX #15), so that no reallocation leaves a copy of the
    // secret in memory.
    let mut out = Zeroizing::new(String::with_capacity(text.len().saturating_mul(3)));
    out.extend(text.nfc());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_is_counted_in_characters() {
        let refused = |text: &str| Password::parse(text).err();
        assert_eq!(refused("ñandú-azul1"), Some(PasswordError::TooShort), "11 characters, 13 bytes");
        assert_eq!(refused("ñandú-azul12"), None);
        assert_eq!(refused(&"xñ7-".repeat(40)), Some(PasswordError::TooLong));
        let longest: String = ('!'..='~').rev().step_by(3).cycle().take(128).collect();
        assert_eq!(refused(&longest), None);
        assert_eq!(refused(&format!("{longest}x")), Some(PasswordError::TooLong));
    }

    #[test]
    fn white_space_at_the_ends_is_kept() {
        assert!(Password::parse("  ten-chars!").is_ok());
        assert_eq!(Password::parse("ten-chars!").err(), Some(PasswordError::TooShort));
    }

    #[test]
    fn composed_and_decomposed_accents_are_the_same() {
        let composed = Password::parse("ma\u{f1}ana-de-lluvia").unwrap();
        let decomposed = Password::parse("man\u{303}ana-de-lluvia").unwrap();
        assert_eq!(composed.as_bytes(), decomposed.as_bytes());
    }

    #[test]
    fn debug_shows_nothing() {
        let password = Password::parse("correct horse battery").unwrap();
        assert_eq!(format!("{password:?}"), "Password(…)");
    }
}
