//! How a password is kept and compared: Argon2id, in the PHC string format.
//!
//! The parameters are OWASP's second choice for Argon2id (19 MiB, 2 passes, 1 lane), which fits a
//! small function. Raising them is safe at any time: a stored hash names its own, and [`verify`]
//! says when one should be made anew.

use std::{fmt, hint::black_box};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{self, PasswordHasher, PasswordVerifier, SaltString},
};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::policy::{Password, normalised};
use crate::{CryptoFailure, entropy};

/// Memory in KiB: 19 MiB.
const MEMORY_KIB: u32 = 19 * 1024;
/// Passes over the memory.
const PASSES: u32 = 2;
/// Lanes; more would need threads.
const LANES: u32 = 1;
/// Bytes of salt, as RFC 9106 recommends.
const SALT_BYTES: usize = 16;
/// Bytes of output.
const OUTPUT_BYTES: usize = 32;

/// A stored password: a PHC string (`$argon2id$v=19$m=19456,t=2,p=1$salt$hash`), as such in serde.
///
/// Not secret like a password, but worth an offline attack: redacted in `Debug`, overwritten when
/// dropped. Whatever text a row holds is accepted here; one that is no hash never matches.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// The PHC string, for the row of the user.
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

/// What comparing a candidate with a stored hash found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// It is the password.
    pub matches: bool,
    /// It is the password, and its hash was made with other parameters than today's: store a new
    /// [`hash`] of it. Never set without `matches`.
    pub needs_rehash: bool,
}

/// The hash to store for a password, under a fresh salt.
///
/// # Errors
/// [`CryptoFailure`]: no random bytes, or no memory.
pub fn hash(password: &Password) -> Result<PasswordHash, CryptoFailure> {
    let salt = entropy::random::<SALT_BYTES>()?;
    let salt = SaltString::encode_b64(salt.as_slice()).map_err(|_| CryptoFailure)?;
    let phc = argon2()?.hash_password(password.as_bytes(), &salt).map_err(|_| CryptoFailure)?;
    Ok(PasswordHash(phc.to_string()))
}

/// Compares what someone typed at log-in with the stored hash, if the account exists and has one.
///
/// `None` (and a stored text that is no hash) costs the same work as a comparison, so that the time
/// of an answer doesn't tell which addresses have an account. The candidate isn't checked against
/// the rules for new passwords.
#[must_use]
pub fn verify(candidate: &str, hash: Option<&PasswordHash>) -> Verdict {
    let candidate = normalised(candidate);
    let stored = hash.and_then(|hash| password_hash::PasswordHash::new(hash.as_str()).ok());
    let (Ok(argon2), Some(stored)) = (argon2(), stored) else {
        waste_the_same_work(candidate.as_bytes());
        return Verdict { matches: false, needs_rehash: false };
    };
    // Recomputes with the algorithm and the parameters that the hash names; constant-time compare.
    let matches = argon2.verify_password(candidate.as_bytes(), &stored).is_ok();
    Verdict { matches, needs_rehash: matches && !is_current(&stored) }
}

/// Whether a hash was made with today's algorithm, version and parameters.
fn is_current(stored: &password_hash::PasswordHash<'_>) -> bool {
    let parameters = Params::try_from(stored);
    stored.algorithm == Algorithm::Argon2id.ident()
        && stored.version == Some(Version::V0x13.into())
        && parameters.is_ok_and(|p| {
            (p.m_cost(), p.t_cost(), p.p_cost()) == (MEMORY_KIB, PASSES, LANES) && p.output_len() == Some(OUTPUT_BYTES)
        })
}

/// Hashes and throws away. A salt of its own is all that a stored dummy hash would add; computing
/// without one leaves nothing to fall out of step with the parameters, and no slow first call.
fn waste_the_same_work(candidate: &[u8]) {
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
