//! Was every reminder sent, once, and does everybody know what there is to know?

use super::provider::Message;
use super::stage::Off;
use domain::appointment::Appointment;
use domain::messages::Template;
use domain::notification::{Notification, NotificationKind, NotificationStatus};
use invariants::rows::Rows;
use std::collections::BTreeMap;

/// Whether nothing is left to be done about any message.
#[must_use]
pub fn is_settled(rows: &Rows) -> bool {
    let open = [NotificationStatus::Pending, NotificationStatus::Claimed, NotificationStatus::Unknown];
    rows.notifications.values().all(|row| !open.contains(&row.status))
}

/// What isn't as it should be. `off`: when an appointment was cancelled or moved.
#[must_use]
pub fn judge(rows: &Rows, messages: &[Message], off: Option<Off>) -> Vec<String> {
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
        let taken = |row: &&Notification| messages.iter().any(|message| is_of(message, row));
        let of_appointment = || rows.notifications.values().filter(|row| row.appointment == appointment.id);
        let reminded = of_appointment().filter(|row| row.kind == NotificationKind::Reminder).any(|row| taken(&row));
        let corrected =
            of_appointment().filter(|row| row.template == Some(Template::Correction)).any(|row| taken(&row));
        if appointment.is_active() && !reminded {
            found.push(format!("lost: nobody was reminded of appointment {}", appointment.id));
        }
        if !appointment.is_active() && !corrected && misled(rows, appointment, messages, off) {
            found.push(format!("misled: the reminder of appointment {} went out after it was off", appointment.id));
        }
    }
    found.extend(invariants::check(rows).faults().map(ToString::to_string));
    found
}

/// What became of the messages, in words.
#[must_use]
pub fn outcome(rows: &Rows) -> Vec<String> {
    let told =
        |row: &Notification| format!("{} {}", row.template.map_or(row.kind.name(), Template::name), row.status.name());
    rows.notifications.values().map(told).collect()
}

/// Whether a reminder of the appointment was taken when the appointment was off already.
fn misled(rows: &Rows, appointment: &Appointment, messages: &[Message], off: Option<Off>) -> bool {
    let Some(off) = off else { return false };
    let reminders = rows
        .notifications
        .values()
        .filter(|row| row.appointment == appointment.id && row.kind == NotificationKind::Reminder);
    reminders.into_iter().any(|row| {
        let taken = |(number, message): (usize, &Message)| {
            is_of(message, row) && (number >= off.messages || message.created > off.at)
        };
        messages.iter().enumerate().any(taken)
    })
}

fn is_of(message: &Message, row: &Notification) -> bool {
    message.reference.split_once('.').is_some_and(|(id, _)| id == row.id.to_string())
}
