//! Passwords: rules for new ones, hashing, and verification at log-in.
//!
//! | Step | Item |
//! |---|---|
//! | a user chooses a password | [`Password::parse`] |
//! | it is stored | [`hash`] → [`PasswordHash`] |
//! | a user logs in | [`verify`] → [`PasswordCheck`] |
//!
//! [`hash`] and [`verify`] take tens of milliseconds of CPU time and 19 MiB, by design. Inside an async runtime, run
//! them on a thread that may block.

mod guessable;
mod hash;
mod policy;

pub use hash::{PasswordCheck, PasswordHash, hash, verify};
pub use policy::{MAX_CHARS, MIN_CHARS, Password, PasswordError};
