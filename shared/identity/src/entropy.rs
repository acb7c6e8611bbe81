//! Random bytes, from the operating system's generator.

use ring::rand::{SecureRandom as _, SystemRandom};
use thiserror::Error;
use zeroize::Zeroizing;

/// A cryptographic operation failed on this machine: no random bytes, no memory for Argon2, or no signature.
///
/// It is never the client's fault, so it becomes a 5xx. It has no details, because the inputs are secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a cryptographic operation failed")]
pub struct CryptoFailure;

/// `N` unpredictable bytes, overwritten when dropped.
pub(crate) fn random_bytes<const N: usize>() -> Result<Zeroizing<[u8; N]>, CryptoFailure> {
    let mut bytes = Zeroizing::new([0; N]);
    SystemRandom::new().fill(bytes.as_mut_slice()).map_err(|_| CryptoFailure)?;
    Ok(bytes)
}
