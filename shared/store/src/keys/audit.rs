//! Keys of the audit trail, of its seals, and of erasures.

use super::{IndexKey, Key, index, key, shard, timed};
use domain::ids::{AuditId, PatientId};
use domain::time::{Instant, LocalDate};

/// The partition of the records of erased patients.
pub(crate) const ERASURES: &str = "ERASURES";
/// The partition of erasures with rows that still have to be overwritten.
pub(crate) const PENDING_ERASURES: &str = "REMAINS"; // the stored name

impl Key {
    #[must_use]
    pub fn audit(at: Instant, id: AuditId) -> Self {
        key(audit_partition(at.utc_day(), shard(id)), timed(at, id))
    }

    /// The seal of the audit rows of a shard from `from` on.
    #[must_use]
    pub fn seal(shard: u8, from: Instant) -> Self {
        key(seal_partition(shard), from.sortable())
    }

    /// Where the range of a seal begins, by its key.
    #[must_use]
    pub fn seal_start(&self) -> Option<Instant> {
        Instant::parse(&self.sk).ok()
    }

    /// The record that a patient was erased.
    #[must_use]
    pub fn erasure(patient: PatientId) -> Self {
        key(ERASURES, patient.to_string())
    }

    /// An erasure with rows that still have to be overwritten.
    #[must_use]
    pub fn pending_erasure(at: Instant, patient: PatientId) -> Self {
        key(PENDING_ERASURES, timed(at, patient))
    }
}

/// The partition of the audit rows of one object in GSI1.
#[must_use]
pub fn audit_object_partition(object_id: &str) -> String {
    format!("AUDIT_OF#{object_id}")
}

#[must_use]
pub fn audit_object_key(object_id: &str, at: Instant, id: AuditId) -> IndexKey {
    index(audit_object_partition(object_id), timed(at, id))
}

/// The partition of the audit rows of one shard and UTC day.
#[must_use]
pub fn audit_partition(day: LocalDate, shard: u8) -> String {
    format!("AUDIT#{day}#{shard}")
}

/// The id of an audit row, from its sort key.
#[must_use]
pub fn audit_id(sort_key: &str) -> &str {
    sort_key.rsplit('#').next().unwrap_or_default()
}

/// The partition of the seals of one shard.
#[must_use]
pub fn seal_partition(shard: u8) -> String {
    format!("SEAL#{shard}")
}
