//! The common form of users, patients, doctors, specialties, clinics and rooms: an id, an editable profile,
//! and metadata.

use crate::time::Instant;
use serde::{Deserialize, Serialize};

/// An entity with an editable profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record<I, P> {
    pub id: I,
    pub profile: P,
    /// Deactivated records are kept, because appointments refer to them.
    pub is_active: bool,
    pub created_at: Instant,
    pub updated_at: Instant,
    /// Incremented with each change; clients send it back in `If-Match`.
    pub version: u64,
    /// The rules by which the rows that are derived from it were written: its unique values and its entries in an index.
    /// Rows of former rules are written again by `citas migrate`, or with the next change.
    #[serde(default, skip_serializing_if = "is_former")]
    pub row_rules: u8,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_former(rules: &u8) -> bool {
    *rules == 0
}

impl<I, P> Record<I, P> {
    pub fn new(id: I, profile: P, now: Instant) -> Self {
        Self { id, profile, is_active: true, created_at: now, updated_at: now, version: 1, row_rules: 0 }
    }

    #[must_use]
    pub fn changed(self, profile: P, is_active: bool, now: Instant) -> Self {
        Self { profile, is_active, updated_at: now, version: self.version + 1, ..self }
    }
}
