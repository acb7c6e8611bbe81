//! Every appointment has its reminder, and every message that is still to be looked at has the pointer by
//! which the scheduled job finds it.

use crate::report::{Finding, Findings, Invariant, Weight};
use crate::rows::Rows;
use domain::notification::{Notification, NotificationStatus};

/// Appointments without a reminder, messages that nobody would look at, pointers to nothing.
#[must_use]
pub fn check(rows: &Rows) -> Vec<Finding> {
    let mut found = Findings::of(Invariant::Notifications);
    for (id, appointment) in &rows.appointments {
        let subject = format!("appointment {id}");
        let reminder = appointment.reminder.notification;
        match rows.notifications.get(&reminder) {
            None => found.fault(subject, format!("its reminder, notification {reminder}, doesn't exist")),
            Some(row) if row.appointment != *id => {
                let text = format!("its reminder, notification {reminder}, is about appointment {}", row.appointment);
                found.fault(subject, text);
            }
            // A copy for display, which nothing is decided by.
            Some(row) if row.status != appointment.reminder.status => {
                let text = format!(
                    "it shows its reminder as {}, which is {}",
                    appointment.reminder.status.name(),
                    row.status.name()
                );
                found.add(Weight::Warning, subject, text);
            }
            Some(_) => {}
        }
    }
    for (id, row) in &rows.notifications {
        of_message(rows, &format!("notification {id}"), row, &mut found);
    }
    for (id, at) in &rows.due {
        if rows.notifications.get(id).and_then(|row| row.next_at) != Some(*at) {
            let text = format!("a pointer says that it is due at {}, and it isn't", at.rfc3339());
            found.fault(format!("notification {id}"), text);
        }
    }
    found.done()
}

fn of_message(rows: &Rows, subject: &str, row: &Notification, found: &mut Findings) {
    if !rows.appointments.contains_key(&row.appointment) {
        found.fault(subject, format!("it is about appointment {}, which doesn't exist", row.appointment));
    }
    if row.status.is_accepted() && row.external_id.is_none() {
        found.fault(subject, format!("it is {}, and nobody knows Twilio's id of it", row.status.name()));
    }
    match (row.status, row.next_at) {
        (_, Some(at)) if !rows.due.contains(&(row.id, at)) => {
            found.fault(subject, format!("it is due at {}, and no pointer says so", at.rfc3339()));
        }
        (NotificationStatus::Pending | NotificationStatus::Claimed, None) => {
            found.fault(subject, format!("it is {}, and never looked at again", row.status.name()));
        }
        // `unknown` without a next time is a person's to decide.
        (NotificationStatus::Pending | NotificationStatus::Claimed | NotificationStatus::Unknown, _) => {}
        // It is looked at once more, whether it has arrived.
        (NotificationStatus::Sent, _) => {}
        (_, Some(_)) => found.fault(subject, format!("it is {}, and to be looked at again", row.status.name())),
        (_, None) => {}
    }
}
