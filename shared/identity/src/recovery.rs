//! What if the phone is gone? Ten codes on paper, each good once in the place of a code from the phone.
//!
//! A code has 80 random bits in four groups of letters and digits ("k3vd-…"), so that a plain SHA-256 of
//! it is enough to store, as with refresh tokens.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::digest;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use totp_rs::Secret;
use zeroize::Zeroizing;

use crate::{CryptoFailure, entropy};

/// How many there are at first.
pub const CODES: usize = 10;
/// Random bytes of one.
const BYTES: usize = 10;
/// Characters of one, in groups of four.
const CHARS: usize = 16;

/// What is stored of the codes that are left.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecoveryCodes(Vec<String>);

impl RecoveryCodes {
    /// New ones, and their texts for the user: shown once, never stored.
    ///
    /// # Errors
    /// [`CryptoFailure`] without random bytes.
    pub fn generate() -> Result<(Self, Vec<Zeroizing<String>>), CryptoFailure> {
        let mut texts = Vec::with_capacity(CODES);
        for _ in 0..CODES {
            let bytes = entropy::random::<BYTES>()?;
            let letters = Zeroizing::new(Secret::new(Box::from(bytes.as_slice())).to_base32().to_lowercase());
            let mut text = Zeroizing::new(String::with_capacity(CHARS + 3));
            for (place, letter) in letters.chars().enumerate() {
                if place > 0 && place % 4 == 0 {
                    text.push('-');
                }
                text.push(letter);
            }
            texts.push(text);
        }
        let hashes = texts.iter().filter_map(|text| hash(text)).collect();
        Ok((Self(hashes), texts))
    }

    /// Those that are left when this one is used; `None` if it is none of them. Every stored one is
    /// compared, in constant time.
    #[must_use]
    pub fn without(&self, code: &str) -> Option<Self> {
        let hash = hash(code)?;
        let is_it = |stored: &&String| bool::from(stored.as_bytes().ct_eq(hash.as_bytes()));
        let (used, left): (Vec<&String>, Vec<&String>) = self.0.iter().partition(is_it);
        (!used.is_empty()).then(|| Self(left.into_iter().cloned().collect()))
    }

    /// How many are left.
    #[must_use]
    pub fn left(&self) -> usize {
        self.0.len()
    }
}

/// Says how many there are.
impl fmt::Debug for RecoveryCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecoveryCodes({})", self.0.len())
    }
}

/// Of a code as people type it: with or without hyphens and blanks, in any case. `None` for what can't
/// be one.
fn hash(code: &str) -> Option<String> {
    let plain: String = code.chars().filter(|c| !matches!(c, '-' | ' ')).map(|c| c.to_ascii_lowercase()).collect();
    let plain = Zeroizing::new(plain);
    (plain.len() == CHARS && plain.is_ascii())
        .then(|| URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, plain.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_good_once() {
        let (codes, texts) = RecoveryCodes::generate().unwrap();
        assert_eq!((codes.left(), texts.len()), (CODES, CODES));
        let rest = codes.without(&texts[3]).unwrap();
        assert_eq!(rest.left(), CODES - 1);
        assert_eq!(rest.without(&texts[3]), None);
        let typed = texts[4].to_uppercase().replace('-', " ");
        assert_eq!(rest.without(&typed).unwrap().left(), CODES - 2);
    }

    #[test]
    fn they_are_readable_and_nothing_else_is_one() {
        let (codes, texts) = RecoveryCodes::generate().unwrap();
        for text in &texts {
            assert_eq!((text.len(), text.split('-').count()), (19, 4));
            assert!(text.chars().all(|c| c == '-' || matches!(c, 'a'..='z' | '2'..='7')), "{}", **text);
        }
        for bad in ["", "123456", "aaaa-aaaa-aaaa-aaaa", "ééééééééé"] {
            assert_eq!(codes.without(bad), None);
        }
        assert!(!serde_json::to_string(&codes).unwrap().contains(texts[0].as_str()));
        assert_eq!(format!("{codes:?}"), "RecoveryCodes(10)");
    }
}
