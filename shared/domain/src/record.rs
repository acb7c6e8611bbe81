//! What users, patients, doctors, clinics and rooms have in common: an id, a profile that people
//! edit, and the bookkeeping around it.

use crate::time::Instant;
use serde::{Deserialize, Serialize};

/// A profile under an id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record<I, P> {
    /// Its id.
    pub id: I,
    /// What people edit.
    pub profile: P,
    /// Deactivated records are kept for the appointments that name them.
    pub is_active: bool,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// One more with each change; clients send it back in `If-Match`.
    pub version: u64,
}

impl<I, P> Record<I, P> {
    /// A new, active record.
    pub fn new(id: I, profile: P, now: Instant) -> Self {
        Self { id, profile, is_active: true, created_at: now, updated_at: now, version: 1 }
    }

    /// The record after a change.
    #[must_use]
    pub fn changed(self, profile: P, is_active: bool, now: Instant) -> Self {
        Self { profile, is_active, updated_at: now, version: self.version + 1, ..self }
    }
}
