//! Access to the DynamoDB table: its schema, keys, queries, entities and transactions.
//!
//! | To learn about | read |
//! |---|---|
//! | the table and its indexes | [`schema`] |
//! | the keys | [`keys`] |
//! | the queries | [`patterns`], and `ACCESS_PATTERNS.md`, which is generated from it |
//! | the attributes of an item | [`item`] |
//! | reading | [`table`] |
//! | reading lists of work, which skip what they can't read | [`work`] |
//! | transactions, and why one was cancelled | [`transaction`] |
//! | one kind of entity | the module with its name |
//!
//! Tests use no second implementation: they run the real SDK against an embedded DynamoDB.

pub mod action;
pub mod agenda;
pub mod appointment;
pub mod attention;
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
pub mod external_user;
pub mod guard;
pub mod hold;
pub mod id_lookup;
pub mod idempotency;
pub mod inbound;
pub mod item;
pub mod keys;
pub mod known_address;
pub mod low_water;
pub mod new_senders;
pub mod notification;
pub mod number_restrictions;
pub mod patient;
pub mod patterns;
pub mod prefetched;
pub mod recipient_rate_limit;
pub mod recording_checkpoint;
pub mod recovery_checkpoint;
pub mod schedule;
pub mod schema;
pub mod seal;
pub mod search;
pub mod second_factor;
pub mod session;
pub mod signing_key;
pub mod sweep;
pub mod table;
pub mod taken_entry;
pub mod throttle;
pub mod transaction;
pub mod unique;
pub mod user;
pub mod work;

pub use error::{ReadError, UnreadableRow, WriteError};
pub use item::Entity;
pub use keys::Key;
pub use table::{Page, Table};
pub use transaction::{Purpose, Transaction};
