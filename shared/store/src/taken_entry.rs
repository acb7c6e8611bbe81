//! Who took an entry of the worklist.

use crate::item::Entity;
use crate::keys::Key;
use domain::ids::UserId;
use domain::time::{Instant, TimeDelta};
use serde::{Deserialize, Serialize};

/// How long it is kept. What is in the worklist longer has to be taken again.
const KEPT_FOR: TimeDelta = TimeDelta::days(90);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenEntry {
    /// The entry's id.
    pub entry: String,
    /// Since when the entry was in the worklist. It may come back, and then nobody has taken it.
    pub since: Instant,
    /// `None` after the user has let it go.
    pub taken_by: Option<UserId>,
    pub updated_at: Instant,
    /// Incremented with each change.
    pub version: u64,
}

impl Entity for TakenEntry {
    const KIND: &'static str = "taken_entry";

    fn key(&self) -> Key {
        Key::taken_entry(&self.entry)
    }

    fn expires_at(&self) -> Option<Instant> {
        Some(self.updated_at.plus(KEPT_FOR))
    }
}
