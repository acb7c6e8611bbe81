//! Does the whole hold together? This is the one integration binary: it sees every function, the
//! OpenAPI document, the deployment template and the event payloads at once, so it can hold each
//! against the others.
//!
//! | To learn about | read |
//! |---|---|
//! | the OpenAPI document, committed and served | `openapi` |
//! | what the template, the document, the settings, the table and `events/` must agree on | `contract` |
//! | the payloads of `events/` | `events` |
//! | the functions' own binaries, as Lambda runs them | `bootstrap` |
//! | who may call what | `policy` |
//! | paths and methods that are none | `routing` |
//! | the chore `cargo dev table` | `table` |

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod bootstrap;
mod contract;
mod difference;
mod document;
mod events;
mod openapi;
mod payload;
mod policy;
mod routing;
mod table;
