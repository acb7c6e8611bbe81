//! Every change of an appointment has one row of history and one row of audit, and the rows of history tell
//! one story: made once, then each from where the one before had led.

use crate::report::{Finding, Findings, Invariant};
use crate::rows::Rows;
use domain::appointment::{Appointment, Status};
use domain::lifecycle::Action;
use store::action::ActionRow;

/// Appointments whose history is missing, broken or not that of the appointment.
#[must_use]
pub fn check(rows: &Rows) -> Vec<Finding> {
    let mut found = Findings::of(Invariant::History);
    for (id, appointment) in &rows.appointments {
        let actions = rows.actions.get(id).map_or(&[] as &[ActionRow], Vec::as_slice);
        of_appointment(appointment, actions, &mut found);
        let audited = rows.audited.get(&id.to_string()).copied().unwrap_or(0);
        if audited != actions.len() {
            let text = format!("{} rows of history, and {audited} of audit", actions.len());
            found.fault(subject(appointment), text);
        }
    }
    for id in rows.actions.keys().filter(|id| !rows.appointments.contains_key(id)) {
        found.fault(format!("appointment {id}"), "it has a history, and doesn't exist");
    }
    for id in rows.audited.keys().filter(|id| !rows.ids.contains(*id)) {
        found.fault(format!("appointment {id}"), "the audit trail tells of it, and it doesn't exist");
    }
    found.done()
}

fn of_appointment(appointment: &Appointment, actions: &[ActionRow], found: &mut Findings) {
    let made = actions.iter().filter(|row| row.action == Action::Create).count();
    if made != 1 {
        found.fault(subject(appointment), format!("it was made {made} times"));
    }
    let mut before: Option<&ActionRow> = None;
    for row in actions {
        let reached = before.map(|row| row.to_status);
        if row.from_status != reached {
            let text = format!(
                "{} leads on from {}, but {} was reached",
                row.action.name(),
                name(row.from_status),
                name(reached)
            );
            found.fault(subject(appointment), text);
        }
        if before.is_some_and(|before| row.created_at < before.created_at) {
            found.fault(subject(appointment), format!("{} is older than what it follows", row.action.name()));
        }
        before = Some(row);
    }
    let reached = before.map(|row| row.to_status);
    if reached != Some(appointment.status) {
        let text = format!("it is {}, and its history ends at {}", appointment.status.name(), name(reached));
        found.fault(subject(appointment), text);
    }
}

fn subject(appointment: &Appointment) -> String {
    format!("appointment {}", appointment.id)
}

fn name(status: Option<Status>) -> &'static str {
    status.map_or("nothing", Status::name)
}
