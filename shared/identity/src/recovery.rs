//! Recovery codes: ten single-use codes that replace a TOTP code when the phone is lost.
//!
//! A code has 80 random bits in four groups of letters and digits ("k3vd-…"), so that storing its plain SHA-256 is
//! sufficient, as with refresh tokens.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::digest;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use totp_rs::Secret;
use zeroize::Zeroizing;

use crate::{CryptoFailure, entropy};

pub const CODES: usize = 10;
/// Random bytes per code.
const BYTES: usize = 10;
/// Characters per code, in groups of four.
const CHARS: usize = 16;

/// The hashes of the unused codes.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecoveryCodes(Vec<String>);

impl RecoveryCodes {
    /// New codes, and their texts for the user, which are shown once and never stored.
    pub fn generate() -> Result<(Self, Vec<Zeroizing<String>>), CryptoFailure> {
        let mut texts = Vec::with_capacity(CODES);
        for _ in 0..CODES {
            let bytes = entropy::random_bytes::<BYTES>()?;
            let letters = Zeroizing::new(Secret::new(Box::from(bytes.as_slice())).to_base32().to_lowercase());
            let mut text = Zeroizing::new(String::with_capacity(CHARS + 3));
            for (index, letter) in letters.chars().enumerate() {
                if index > 0 && index % 4 == 0 {
                    text.push('-');
                }
                text.push(letter);
            }
            texts.push(text);
        }
        let hashes = texts.iter().filter_map(|text| hash(text)).collect();
        Ok((Self(hashes), texts))
    }

    /// The codes that remain after `code` was used; `None` if it isn't one of them. Compares with every stored code, in
    /// constant time.
    #[must_use]
    pub fn redeem(&self, code: &str) -> Option<Self> {
        let hash = hash(code)?;
        let is_it = |stored: &&String| bool::from(stored.as_bytes().ct_eq(hash.as_bytes()));
        let (used, left): (Vec<&String>, Vec<&String>) = self.0.iter().partition(is_it);
        (!used.is_empty()).then(|| Self(left.into_iter().cloned().collect()))
    }

    /// The number of unused codes.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.0.len()
    }
}

/// Shows the number of codes.
impl fmt::Debug for RecoveryCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecoveryCodes({})", self.0.len())
    }
}

/// Of a code as typed: with or without hyphens and blanks, in any case. `None` for a text that can't be a code.
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
    fn each_code_is_valid_once() {
        let (codes, texts) = RecoveryCodes::generate().unwrap();
        assert_eq!((codes.remaining(), texts.len()), (CODES, CODES));
        let rest = codes.redeem(&texts[3]).unwrap();
        assert_eq!(rest.remaining(), CODES - 1);
        assert_eq!(rest.redeem(&texts[3]), None);
        let typed = texts[4].to_uppercase().replace('-', " ");
        assert_eq!(rest.redeem(&typed).unwrap().remaining(), CODES - 2);
    }

    #[test]
    fn codes_are_readable_and_other_texts_are_refused() {
        let (codes, texts) = RecoveryCodes::generate().unwrap();
        for text in &texts {
            assert_eq!((text.len(), text.split('-').count()), (19, 4));
            assert!(text.chars().all(|c| c == '-' || matches!(c, 'a'..='z' | '2'..='7')), "{}", **text);
        }
        for bad in ["", "123456", "aaaa-aaaa-aaaa-aaaa", "ééééééééé"] {
            assert_eq!(codes.redeem(bad), None);
        }
        assert!(!serde_json::to_string(&codes).unwrap().contains(texts[0].as_str()));
        assert_eq!(format!("{codes:?}"), "RecoveryCodes(10)");
    }
}
