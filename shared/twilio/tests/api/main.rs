//! The crate from outside: the client against a server on loopback whose every byte the test
//! chooses, and the signature against vectors that Twilio's own libraries agree on.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod create;
mod list;
mod loopback;
mod signature;
