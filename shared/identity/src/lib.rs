//! Who is calling? Passwords, access tokens, refresh tokens and the sessions behind them: the
//! security surface of the whole backend, in one crate small enough to be read at a sitting.
//!
//! | Question | Where |
//! |---|---|
//! | Is this a password we accept, and how is it kept? | [`password`] |
//! | Which key signs, and what do others need to verify? | [`keys`] |
//! | Who sent this request? (10 minutes, signed, no look-up) | [`access`] |
//! | And who is it really? (a code from a phone, or one of ten on paper) | [`totp`], [`recovery`] |
//! | How long until the next guess? | [`throttle`] |
//! | May this client have a new access token? (7 days, rotated) | [`refresh`], [`session`] |
//! | Is the audit trail what it was? | [`seal`] |
//!
//! Nothing here reads a clock, a table or the network: the time is an argument ([`UnixSeconds`]),
//! keys and stored rows are handed in, and what has to be stored is handed back. The one outside
//! thing is the system's random generator, see [`CryptoFailure`].
//!
//! What the caller must still do on every request: see that the session of [`access::Claims::sid`] is
//! still there, and its user active. A valid token only proves what was true when it was signed.

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
