//! The primary keys of all rows, and the keys and partitions of the indexes. Only this module writes or reads the text of
//! a key (`infra/checks/tree` looks for others).
//!
//! | Module | Keys of |
//! |---|---|
//! | `accounts` | users, sessions, sign-ins, idempotency keys |
//! | `directory` | patients, doctors, specialties, clinics and rooms; their lists by name, unique values |
//! | `agenda` | agendas, guards and overbooking counters |
//! | `calendar` | availability windows, weekly rules, blocks, holidays and what follows from their changes |
//! | `appointments` | appointments, their history and holds |
//! | `messages` | notifications, inbound messages and what belongs to a phone number |
//! | `audit` | the audit trail, its seals, erasures |
//! | `search` | the search index of patients |
//!
//! Rows that are read together share a partition: a doctor's profile, guard, windows and agenda days; an
//! appointment and its history. Sort keys with a time use [`Instant::sortable`], so that text order is time
//! order. What a query reads is a prefix of sort keys, which stands beside the keys that begin with it.

mod accounts;
mod agenda;
mod appointments;
mod audit;
mod calendar;
mod directory;
mod messages;
mod search;
#[cfg(test)]
mod tests;

pub use accounts::*;
pub use agenda::*;
pub use appointments::*;
pub use audit::*;
pub use calendar::*;
pub use directory::*;
pub use messages::*;
pub use search::*;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use domain::ids::Id;
use domain::time::Instant;

/// A primary key of the table.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    pub pk: String,
    pub sk: String,
}

/// Shows only the kinds, because keys contain document numbers, e-mail addresses and phone numbers.
impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({}, {})", kind(&self.pk), kind(&self.sk))
    }
}

fn key(pk: impl Into<String>, sk: impl Into<String>) -> Key {
    Key { pk: pk.into(), sk: sk.into() }
}

/// The key of a row in one of the indexes.
#[derive(Clone, PartialEq, Eq)]
pub struct IndexKey {
    pub pk: String,
    pub sk: String,
}

fn index(pk: impl Into<String>, sk: impl Into<String>) -> IndexKey {
    IndexKey { pk: pk.into(), sk: sk.into() }
}

const PROFILE: &str = "PROFILE";
const DETAIL: &str = "DETAIL";

/// The kind of a partition key or a sort key: its text up to the first `#`.
#[must_use]
pub fn kind(text: &str) -> &str {
    text.split('#').next().unwrap_or_default()
}

/// The number of partitions over which the audit rows and the due pointers of a day are spread.
pub const SHARDS: u8 = 4;

/// The shard of an id. Any stable, even distribution is sufficient.
fn shard(id: impl Id) -> u8 {
    id.to_string().bytes().fold(0u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte)) % SHARDS
}

/// The sort key of a row that is sorted by a time; its last part distinguishes rows of the same time.
fn timed(at: Instant, id: impl std::fmt::Display) -> String {
    format!("{}#{id}", at.sortable())
}

/// An id as base64url: 22 characters instead of 36, for keys and agendas, whose size costs.
pub(crate) fn compact_id(id: impl Id) -> String {
    BASE64.encode(id.uuid().as_bytes())
}

pub(crate) fn parse_compact_id<I: Id>(text: &str) -> Option<I> {
    let bytes: [u8; 16] = BASE64.decode(text).ok()?.try_into().ok()?;
    Some(I::from_uuid(uuid::Uuid::from_bytes(bytes)))
}
