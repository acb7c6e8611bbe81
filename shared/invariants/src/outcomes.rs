//! The outcome of a request points at what the request made or changed. What was removed since then
//! has a row in the audit trail that says so.

use crate::report::{Finding, Findings, Invariant};
use crate::rows::Rows;

/// Outcomes that lead nowhere.
#[must_use]
pub fn check(rows: &Rows) -> Vec<Finding> {
    let mut found = Findings::of(Invariant::Outcomes);
    for (id, since) in &rows.outcomes {
        if !rows.ids.contains(id) && !rows.removed.contains(id) {
            found.fault(format!("outcome of {}", since.rfc3339()), format!("it points at {id}, which doesn't exist"));
        }
    }
    found.done()
}
