//! The one integration binary: the system as its users meet it. `stories` reads like a page; the
//! others hold the parts of the contract.

#![expect(clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

mod process;
mod readme;
mod server;
