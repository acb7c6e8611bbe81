//! Checks that the outcome of a request refers to an existing entity, or to one whose deletion is in the audit
//! trail.

use crate::report::{FindingCollector, FsckFinding, Invariant};
use crate::rows::TableRows;

/// Reports dangling references.
#[must_use]
pub fn check(rows: &TableRows) -> Vec<FsckFinding> {
    let mut found = FindingCollector::of(Invariant::Outcomes);
    for (id, since) in &rows.outcomes {
        if !rows.ids.contains(id) && !rows.removed.contains(id) {
            found.add_fault(
                format!("outcome of {}", since.rfc3339()),
                format!("it refers to {id}, which doesn't exist"),
            );
        }
    }
    found.finish()
}
