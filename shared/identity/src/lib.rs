//! Authentication and cryptography: passwords, second factors, access and refresh tokens, sessions, and seals of the
//! audit trail. It is one small crate, so that the security-critical code can be reviewed as a whole.
//!
//! | To learn about | read |
//! |---|---|
//! | accepting and hashing passwords | [`password`] |
//! | the key that signs tokens, and the public key that verifies them | [`keys`] |
//! | access tokens (signed, valid for 10 minutes) | [`access`] |
//! | second factors: codes of a phone's app, and ten recovery codes | [`totp`], [`recovery`] |
//! | delays after failed attempts | [`throttle`] |
//! | refresh tokens and sessions (7 days, rotated) | [`refresh`], [`session`] |
//! | seals of the audit trail | [`seal`] |
//!
//! Nothing here reads a clock, a table or the network: the time ([`UnixSeconds`]), keys and stored rows are arguments,
//! and what has to be stored is returned. The only external dependency is the system's random generator, see
//! [`CryptoFailure`].
//!
//! On every request, callers must also check that the session of [`access::Claims::sid`] exists and that its user is
//! active. A valid token only proves what was true when it was signed.

pub mod access;
mod eddsa;
mod entropy;
pub mod keys;
pub mod password;
pub mod recovery;
pub mod refresh;
pub mod seal;
pub mod session;
pub mod throttle;
pub mod totp;

pub use entropy::CryptoFailure;

/// Seconds since 1970-01-01T00:00:00Z, without leap seconds: the time as a JWT writes it.
pub type UnixSeconds = i64;
