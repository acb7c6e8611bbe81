//! The one DynamoDB table: its shape, its keys, its queries, its transactions.
//!
//! | To learn about | read |
//! |---|---|
//! | the table and its indexes | [`schema`] |
//! | every key that exists | [`keys`] |
//! | every query that exists | [`patterns`], and `ACCESS_PATTERNS.md`, which is made from it |
//! | how a row looks | [`item`] |
//! | reading | [`table`] |
//! | writing, and why a write was refused | [`transaction`] |
//! | what is kept of each thing | the file with its name |
//!
//! There is no second implementation for tests: they run the real SDK against an embedded DynamoDB.

pub mod action;
pub mod agenda;
pub mod ahead;
pub mod appointment;
pub mod audit;
pub mod breaker;
pub mod change;
pub mod clinic;
pub mod closure;
pub mod contact;
pub mod conversation;
pub mod counter;
pub mod doctor;
pub mod erasure;
pub mod error;
pub mod guard;
pub mod hold;
pub mod idempotency;
pub mod inbound;
pub mod item;
pub mod keys;
pub mod known_address;
pub mod looked_up;
pub mod low_water;
pub mod notification;
pub mod patient;
pub mod patterns;
pub mod place;
pub mod schedule;
pub mod schema;
pub mod seal;
pub mod search;
pub mod second_factor;
pub mod session;
pub mod signing_key;
pub mod spacing;
pub mod sweep;
pub mod table;
pub mod throttle;
pub mod transaction;
pub mod unique;
pub mod user;

pub use error::{ReadError, WriteError};
pub use item::Entity;
pub use keys::Key;
pub use table::{Page, Table};
pub use transaction::{Purpose, Transaction};
