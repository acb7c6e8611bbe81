//! Checks the pointers from the numbers of contacts to their patients: exactly the contacts that receive messages
//! have one.

use crate::report::{FindingCollector, FsckFinding, Invariant};
use crate::rows::TableRows;

/// Reports missing and superfluous pointers.
#[must_use]
pub fn check(rows: &TableRows) -> Vec<FsckFinding> {
    let mut found = FindingCollector::of(Invariant::Contacts);
    for (patient, _) in rows.contacts.difference(&rows.answered_for) {
        found.add_fault(
            format!("patient {patient}"),
            "the number of a contact that receives messages has no pointer to it",
        );
    }
    for (patient, _) in rows.answered_for.difference(&rows.contacts) {
        found.add_fault(
            format!("patient {patient}"),
            "a number without a contact that receives messages has a pointer to it",
        );
    }
    found.finish()
}
