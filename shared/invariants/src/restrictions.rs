//! Checks the restrictions of numbers: a quarantine is of an existing patient, and no reminder or notice went to a number
//! after it opted out, or after it was put into quarantine for the patient.

use crate::report::{FindingCollector, FsckFinding, Invariant, Severity};
use crate::rows::TableRows;
use domain::notification::{CLAIM_LEASE, Notification, NotificationKind};
use domain::phone::MatchKey;
use domain::time::Instant;
use store::number_restrictions::NumberRestrictions;

/// Reports quarantines of nobody, and messages to restricted numbers.
#[must_use]
pub fn check(rows: &TableRows) -> Vec<FsckFinding> {
    let mut found = FindingCollector::of(Invariant::Restrictions);
    for patient in rows.restrictions.values().flat_map(|row| row.quarantine.keys()) {
        if !rows.ids.contains(&patient.to_string()) {
            found.add_fault(format!("patient {patient}"), "has a number in quarantine, and doesn't exist");
        }
    }
    for message in rows.notifications.values() {
        let number = message.to.as_ref().map(|to| MatchKey::of(&to.0));
        let restrictions = number.and_then(|number| rows.restrictions.get(&number));
        if restrictions.is_some_and(|restrictions| was_sent_against(message, restrictions)) {
            // No fault: when a message was sent may become known only later.
            let subject = format!("notification {}", message.id);
            found.add(Severity::Warning, subject, "was sent to a number that opted out or isn't the patient's");
        }
    }
    found.finish()
}

fn was_sent_against(message: &Notification, restrictions: &NumberRestrictions) -> bool {
    let is_answer = matches!(message.kind, NotificationKind::Reply | NotificationKind::Offer);
    let opted_out = restrictions.opted_out.map(|opted_out| opted_out.since);
    let in_quarantine = restrictions.quarantine.get(&message.patient).copied();
    // A message that was claimed before is sent within its lease.
    let is_later = |since: Instant| message.sent_at.is_some_and(|sent| sent > since.plus(CLAIM_LEASE));
    !is_answer && opted_out.into_iter().chain(in_quarantine).any(is_later)
}
