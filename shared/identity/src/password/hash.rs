//! Hashes and verifies passwords with Argon2id, in the PHC string format.
//!
//! The parameters are OWASP's second choice for Argon2id (19 MiB, 2 passes, 1 lane), which fits a small function. They
//! can be raised at any time: a stored hash contains its own, and [`verify`] reports when it should be replaced.

use std::{fmt, hint::black_box};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{self, PasswordHasher, PasswordVerifier, SaltString},
};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::policy::{Password, normalised};
use crate::{CryptoFailure, entropy};

/// 19 MiB.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// More lanes would need threads.
const LANES: u32 = 1;
/// As RFC 9106 recommends.
const SALT_BYTES: usize = 16;
const OUTPUT_BYTES: usize = 32;

/// A PHC string (`$argon2id$v=19$m=19456,t=2,p=1$salt$hash`), which serde stores as such.
///
/// It allows an offline attack, so it is redacted in `Debug` and overwritten when dropped. Any text is accepted here;
/// one that is not a hash never matches.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(String);

impl PasswordHash {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

impl Drop for PasswordHash {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// The result of [`verify`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordCheck {
    pub matches: bool,
    /// The hash was made with other parameters than the current ones: store a new [`hash`]. Never set without `matches`.
    pub needs_rehash: bool,
}

/// Hashes a password with a new random salt.
///
/// # Errors
/// No random bytes, or no memory.
pub fn hash(password: &Password) -> Result<PasswordHash, CryptoFailure> {
    let salt = entropy::random_bytes::<SALT_BYTES>()?;
    let salt = SaltString::encode_b64(salt.as_slice()).map_err(|_| CryptoFailure)?;
    let phc = argon2()?.hash_password(password.as_bytes(), &salt).map_err(|_| CryptoFailure)?;
    Ok(PasswordHash(phc.to_string()))
}

/// Compares the password of a log-in with the stored hash; `None` where the account doesn't exist or has no password.
///
/// Without a valid hash it takes the same time as a comparison, so that the response time doesn't reveal which e-mail
/// addresses have an account. The candidate isn't checked against the rules for new passwords.
#[must_use]
pub fn verify(candidate: &str, hash: Option<&PasswordHash>) -> PasswordCheck {
    let candidate = normalised(candidate);
    let stored = hash.and_then(|hash| password_hash::PasswordHash::new(hash.as_str()).ok());
    let (Ok(argon2), Some(stored)) = (argon2(), stored) else {
        hash_and_discard(candidate.as_bytes());
        return PasswordCheck { matches: false, needs_rehash: false };
    };
    // Uses the parameters of the stored hash, and compares in constant time.
    let matches = argon2.verify_password(candidate.as_bytes(), &stored).is_ok();
    PasswordCheck { matches, needs_rehash: matches && !is_current(&stored) }
}

/// Whether a hash was made with the current algorithm, version and parameters.
fn is_current(stored: &password_hash::PasswordHash<'_>) -> bool {
    let parameters = Params::try_from(stored);
    stored.algorithm == Algorithm::Argon2id.ident()
        && stored.version == Some(Version::V0x13.into())
        && parameters.is_ok_and(|p| {
            (p.m_cost(), p.t_cost(), p.p_cost()) == (MEMORY_KIB, PASSES, LANES) && p.output_len() == Some(OUTPUT_BYTES)
        })
}

/// Hashes and discards the result. A stored dummy hash would add only a salt, would have to follow each change of the
/// parameters, and would make the first call slower.
fn hash_and_discard(candidate: &[u8]) {
    let mut output = Zeroizing::new([0; OUTPUT_BYTES]);
    if let Ok(argon2) = argon2() {
        let done = argon2.hash_password_into(candidate, &[0; SALT_BYTES], output.as_mut_slice());
        black_box((done.is_ok(), &output));
    }
}

fn argon2() -> Result<Argon2<'static>, CryptoFailure> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, Some(OUTPUT_BYTES));
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params.map_err(|_| CryptoFailure)?))
}

#[cfg(test)]
mod tests;
