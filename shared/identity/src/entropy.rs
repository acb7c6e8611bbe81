//! The one source of randomness: the operating system's generator.

use ring::rand::{SecureRandom as _, SystemRandom};
use thiserror::Error;
use zeroize::Zeroizing;

/// The machine could not do what a cryptographic step needs: random bytes, memory for Argon2, or
/// a signature.
///
/// Never the client's fault, so a 5xx. It says no more on purpose: nothing a log line could add
/// would help, and the inputs are secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a cryptographic operation failed")]
pub struct CryptoFailure;

/// `N` unpredictable bytes, overwritten when dropped.
pub(crate) fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, CryptoFailure> {
    let mut bytes = Zeroizing::new([0; N]);
    SystemRandom::new().fill(bytes.as_mut_slice()).map_err(|_| CryptoFailure)?;
    Ok(bytes)
}
