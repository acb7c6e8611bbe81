//! Passwords: which ones we accept, how they are kept, how a log-in compares them.
//!
//! | Step | Item |
//! |---|---|
//! | a user chooses a password | [`Password::parse`] |
//! | it is stored | [`hash`] → [`PasswordHash`] |
//! | a user logs in | [`verify`] → [`Verdict`] |
//!
//! [`hash`] and [`verify`] keep a core busy for tens of milliseconds and take 19 MiB, by design.
//! Inside an async runtime, run them on a thread that may block.

mod guessable;
mod hash;
mod policy;

pub use hash::{PasswordHash, Verdict, hash, verify};
pub use policy::{MAX_CHARS, MIN_CHARS, Password, PasswordError};
