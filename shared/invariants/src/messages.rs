//! Checks that each Twilio message belongs to one notification. With two, a status or a reply would be assigned to
//! the wrong one.

use crate::report::{FindingCollector, FsckFinding, Invariant};
use crate::rows::TableRows;
use std::collections::BTreeMap;

/// Reports notifications that share a Twilio message.
#[must_use]
pub fn check(rows: &TableRows) -> Vec<FsckFinding> {
    let mut found = FindingCollector::of(Invariant::Messages);
    let mut owners = BTreeMap::new();
    for notification in rows.notifications.values() {
        let Some(sid) = &notification.external_id else { continue };
        if let Some(other) = owners.insert(sid, notification.id) {
            found.add_fault(
                format!("notification {}", notification.id),
                format!("it has the same message as notification {other}"),
            );
        }
    }
    found.finish()
}
