//! The one integration binary: the system as its users meet it. `stories` reads like a page; the
//! others hold the parts of the contract.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test may stop at the first surprise"
)]
#![allow(dead_code, unreachable_pub, missing_docs, reason = "a test's own machinery is for its neighbours only")]

mod process;
mod readme;
mod server;
mod stories;
mod world;
