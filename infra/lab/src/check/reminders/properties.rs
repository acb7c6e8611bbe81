//! The properties that must hold after each run: every reminder was sent once, every notification has a final status,
//! and every patient who needs a correction received one.

use super::fixture::CancellationPoint;
use super::provider::AcceptedMessage;
use domain::appointment::Appointment;
use domain::messages::Template;
use domain::notification::{Notification, NotificationKind, NotificationStatus};
use invariants::rows::TableRows;
use std::collections::BTreeMap;

/// Whether every notification has a final status.
#[must_use]
pub fn is_settled(rows: &TableRows) -> bool {
    let open = [NotificationStatus::Pending, NotificationStatus::Claimed, NotificationStatus::Unknown];
    rows.notifications.values().all(|row| !open.contains(&row.status))
}

/// Violated properties. `cancelled`: when an appointment was cancelled or moved.
#[must_use]
pub fn violations(rows: &TableRows, messages: &[AcceptedMessage], cancelled: Option<CancellationPoint>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut times: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for message in messages {
        *times.entry((&message.to.0, &message.body.0)).or_default() += 1;
    }
    found.extend(times.values().filter(|times| **times > 1).map(|times| format!("doubled: sent {times} times")));
    if !is_settled(rows) {
        let open = rows.notifications.values().map(|row| row.status.name()).collect::<Vec<_>>();
        found.push(format!("not settled: {}", open.join(", ")));
    }
    for appointment in rows.appointments.values() {
        let accepted = |row: &&Notification| messages.iter().any(|message| belongs_to(message, row));
        let of_appointment = || rows.notifications.values().filter(|row| row.appointment == appointment.id);
        let reminded = of_appointment().filter(|row| row.kind == NotificationKind::Reminder).any(|row| accepted(&row));
        let corrected =
            of_appointment().filter(|row| row.template == Some(Template::Correction)).any(|row| accepted(&row));
        if appointment.is_active() && !reminded {
            found.push(format!("lost: no reminder of appointment {} was sent", appointment.id));
        }
        if !appointment.is_active() && !corrected && was_misled(rows, appointment, messages, cancelled) {
            found.push(format!(
                "misled: the reminder of appointment {} was sent after its cancellation",
                appointment.id
            ));
        }
    }
    found.extend(invariants::check(rows).faults().map(ToString::to_string));
    found
}

/// Template and status of each notification.
#[must_use]
pub fn outcomes(rows: &TableRows) -> Vec<String> {
    let describe =
        |row: &Notification| format!("{} {}", row.template.map_or(row.kind.name(), Template::name), row.status.name());
    rows.notifications.values().map(describe).collect()
}

/// Whether a reminder of the appointment was accepted after the appointment was cancelled or moved.
fn was_misled(
    rows: &TableRows,
    appointment: &Appointment,
    messages: &[AcceptedMessage],
    cancelled: Option<CancellationPoint>,
) -> bool {
    let Some(cancelled) = cancelled else { return false };
    let reminders = rows
        .notifications
        .values()
        .filter(|row| row.appointment == appointment.id && row.kind == NotificationKind::Reminder);
    reminders.into_iter().any(|row| {
        let accepted = |(number, message): (usize, &AcceptedMessage)| {
            belongs_to(message, row) && (number >= cancelled.messages || message.created > cancelled.at)
        };
        messages.iter().enumerate().any(accepted)
    })
}

fn belongs_to(message: &AcceptedMessage, row: &Notification) -> bool {
    message.reference.split_once('.').is_some_and(|(id, _)| id == row.id.to_string())
}
