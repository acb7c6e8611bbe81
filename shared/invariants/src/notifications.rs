//! Checks that every appointment has its reminder, and that every notification with pending work has the pointer
//! through which the scheduled job finds it.

use crate::report::{FindingCollector, FsckFinding, Invariant, Severity};
use crate::rows::TableRows;
use domain::notification::{Notification, NotificationStatus};

/// Reports appointments without a reminder, notifications without a due pointer, and dangling pointers.
#[must_use]
pub fn check(rows: &TableRows) -> Vec<FsckFinding> {
    let mut found = FindingCollector::of(Invariant::Notifications);
    for (id, appointment) in &rows.appointments {
        let subject = format!("appointment {id}");
        let reminder = appointment.reminder.notification;
        match rows.notifications.get(&reminder) {
            None => found.add_fault(subject, format!("its reminder, notification {reminder}, doesn't exist")),
            Some(row) if row.appointment != *id => {
                let text = format!("its reminder, notification {reminder}, is about appointment {}", row.appointment);
                found.add_fault(subject, text);
            }
            // A copy for display; no decision depends on it.
            Some(row) if row.status != appointment.reminder.status => {
                let text = format!(
                    "its copy of the reminder's status is {}, the reminder is {}",
                    appointment.reminder.status.name(),
                    row.status.name()
                );
                found.add(Severity::Warning, subject, text);
            }
            Some(_) => {}
        }
    }
    for (id, row) in &rows.notifications {
        check_notification(rows, &format!("notification {id}"), row, &mut found);
    }
    for (id, at) in &rows.due {
        if rows.notifications.get(id).and_then(|row| row.next_at) != Some(*at) {
            let text = format!("a pointer says that it is due at {}, but it isn't", at.rfc3339());
            found.add_fault(format!("notification {id}"), text);
        }
    }
    found.finish()
}

fn check_notification(rows: &TableRows, subject: &str, row: &Notification, found: &mut FindingCollector) {
    if !rows.appointments.contains_key(&row.appointment) {
        found.add_fault(subject, format!("it is about appointment {}, which doesn't exist", row.appointment));
    }
    if row.status.is_accepted() && row.external_id.is_none() {
        found.add_fault(subject, format!("it is {}, but Twilio's id is missing", row.status.name()));
    }
    match (row.status, row.next_at) {
        (_, Some(at)) if !rows.due.contains(&(row.id, at)) => {
            found.add_fault(subject, format!("it is due at {}, but has no pointer", at.rfc3339()));
        }
        (NotificationStatus::Pending | NotificationStatus::Claimed, None) => {
            found.add_fault(subject, format!("it is {}, but is never processed again", row.status.name()));
        }
        // `unknown` without a next time is resolved by staff; `sent` with one is processed once more, to check the
        // delivery.
        (
            NotificationStatus::Pending
            | NotificationStatus::Claimed
            | NotificationStatus::Unknown
            | NotificationStatus::Sent,
            _,
        )
        | (_, None) => {}
        (_, Some(_)) => {
            found.add_fault(subject, format!("it is {}, but is due to be processed again", row.status.name()))
        }
    }
}
