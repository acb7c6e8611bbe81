//! Does the API keep its contract? Each module holds one part of it against the whole system: the
//! real functions behind a gateway, an embedded DynamoDB, a Twilio that only pretends, and a clock
//! that stands still until a test moves it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod appointments;
mod world;
