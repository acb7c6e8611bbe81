//! A contact who receives a patient's messages answers for the patient: the number of each leads to the
//! patient, and no other number does.

use crate::report::{Finding, Findings, Invariant};
use crate::rows::Rows;

/// Answers that would be taken for a stranger's, or for somebody's who isn't asked any more.
#[must_use]
pub fn check(rows: &Rows) -> Vec<Finding> {
    let mut found = Findings::of(Invariant::Contacts);
    for (patient, _) in rows.contacts.difference(&rows.answered_for) {
        found.fault(format!("patient {patient}"), "the number of a contact who receives messages doesn't lead to it");
    }
    for (patient, _) in rows.answered_for.difference(&rows.contacts) {
        found.fault(format!("patient {patient}"), "a number leads to it at which no contact receives messages");
    }
    found.done()
}
