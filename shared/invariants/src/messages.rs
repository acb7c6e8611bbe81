//! Twilio's messages: each was sent for one notification. Two with one id mean that an answer about one
//! would be taken for the other.

use crate::report::{Finding, Findings, Invariant};
use crate::rows::Rows;
use std::collections::BTreeMap;

/// Looks at every notification that has a message.
#[must_use]
pub fn check(rows: &Rows) -> Vec<Finding> {
    let mut found = Findings::of(Invariant::Messages);
    let mut owners = BTreeMap::new();
    for notification in rows.notifications.values() {
        let Some(sid) = &notification.external_id else { continue };
        if let Some(other) = owners.insert(sid, notification.id) {
            found.fault(
                format!("notification {}", notification.id),
                format!("it has the message of notification {other}"),
            );
        }
    }
    found.done()
}
