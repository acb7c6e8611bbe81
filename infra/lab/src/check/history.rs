//! What the clients did and were answered, as far as the checks ask for it.

use super::operation::{Kind, Wish};
use std::collections::BTreeMap;

/// An operation and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// What it was.
    pub kind: Kind,
    /// Of a repeat: what it repeated.
    pub of: Kind,
    /// Its `X-Request-Id`: the audit trail has it too.
    pub request: String,
    /// Who used which `Idempotency-Key` on which path, where one was used.
    pub key: Option<String>,
    /// The appointment that it was about; empty where one is made.
    pub target: String,
    /// The time that it asked for.
    pub wish: Option<Wish>,
    /// The answer.
    pub answer: Answer,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The code of a problem.
    pub code: String,
    /// The id of the appointment.
    pub id: String,
    /// Whether it says that it is a repeat's.
    pub replayed: bool,
    /// Of a `slot_taken`: whose time is taken, sorted.
    pub conflicts: Vec<String>,
}

impl Answer {
    /// Whether it says that something was done.
    #[must_use]
    pub fn is_done(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether it leaves open what was done: the client is to come back.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.status >= 500
    }

    /// How it counts in the tally.
    #[must_use]
    pub fn name(&self) -> String {
        if self.code.is_empty() { self.status.to_string() } else { format!("{} {}", self.status, self.code) }
    }
}

impl Record {
    /// Whether it is to change something.
    #[must_use]
    pub fn writes(&self) -> bool {
        !matches!(self.kind, Kind::List | Kind::Tick)
    }
}

/// Counts operations by kind and answer.
#[must_use]
pub fn tally<'a>(records: impl IntoIterator<Item = &'a Record>) -> BTreeMap<Kind, BTreeMap<String, u64>> {
    let mut counts: BTreeMap<Kind, BTreeMap<String, u64>> = BTreeMap::new();
    for record in records {
        *counts.entry(record.kind).or_default().entry(record.answer.name()).or_default() += 1;
    }
    counts
}
