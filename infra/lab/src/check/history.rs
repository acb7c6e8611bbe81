//! The recorded history: every operation of every client, with its answer.

use super::operation::{ClientOperationKind, RequestedTime};
use std::collections::BTreeMap;

/// An operation and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationRecord {
    pub kind: ClientOperationKind,
    /// For a repeat, the kind of the repeated request; else the same as `kind`.
    pub original_kind: ClientOperationKind,
    /// Its `X-Request-Id`, which the audit trail has too.
    pub request: String,
    /// User, path and `Idempotency-Key`, if it had a key.
    pub key: Option<String>,
    /// The id of the appointment that it changed; empty if it created one.
    pub target: String,
    pub requested: Option<RequestedTime>,
    pub answer: RecordedAnswer,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedAnswer {
    pub status: u16,
    /// The code of the problem; empty if there was none.
    pub code: String,
    /// The id of the appointment in the body.
    pub id: String,
    /// Whether the `Idempotency-Replayed` header was set.
    pub replayed: bool,
    /// The conflicting resources of a `slot_taken`, sorted.
    pub conflicts: Vec<String>,
}

impl RecordedAnswer {
    #[must_use]
    pub fn is_done(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether it leaves unknown if the operation took effect, so that the client has to retry.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.status >= 500
    }

    /// Status and code, as shown in the tally.
    #[must_use]
    pub fn name(&self) -> String {
        if self.code.is_empty() { self.status.to_string() } else { format!("{} {}", self.status, self.code) }
    }
}

impl OperationRecord {
    /// Whether the operation may change an appointment.
    #[must_use]
    pub fn writes(&self) -> bool {
        !matches!(self.kind, ClientOperationKind::List | ClientOperationKind::Tick)
    }
}

/// Counts operations by kind and answer.
#[must_use]
pub fn tally<'a>(
    records: impl IntoIterator<Item = &'a OperationRecord>,
) -> BTreeMap<ClientOperationKind, BTreeMap<String, u64>> {
    let mut counts: BTreeMap<ClientOperationKind, BTreeMap<String, u64>> = BTreeMap::new();
    for record in records {
        *counts.entry(record.kind).or_default().entry(record.answer.name()).or_default() += 1;
    }
    counts
}
