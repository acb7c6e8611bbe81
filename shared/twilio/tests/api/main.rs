//! Tests of the public API: the client against a server on loopback, and signatures against vectors that Twilio's own
//! libraries accept.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod create;
mod list;
mod loopback;
mod media;
mod signature;
