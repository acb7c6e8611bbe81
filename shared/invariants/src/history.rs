//! Checks that every change of an appointment has one history row and one audit row, and that the history is
//! consistent: one creation, and each later row starts from the status that the previous one reached.

use crate::report::{FindingCollector, FsckFinding, Invariant};
use crate::rows::TableRows;
use domain::appointment::{Appointment, Status};
use domain::lifecycle::Action;
use store::action::ActionRow;

/// Reports appointments whose history is missing, inconsistent or doesn't end at their status.
#[must_use]
pub fn check(rows: &TableRows) -> Vec<FsckFinding> {
    let mut found = FindingCollector::of(Invariant::History);
    for (id, appointment) in &rows.appointments {
        let actions = rows.actions.get(id).map_or(&[] as &[ActionRow], Vec::as_slice);
        check_history(appointment, actions, &mut found);
        let audited = rows.audited.get(&id.to_string()).copied().unwrap_or(0);
        if audited != actions.len() {
            let text = format!("{} history rows, but {audited} audit rows", actions.len());
            found.add_fault(subject(appointment), text);
        }
    }
    for id in rows.actions.keys().filter(|id| !rows.appointments.contains_key(id)) {
        found.add_fault(format!("appointment {id}"), "it has a history, but doesn't exist");
    }
    for id in rows.audited.keys().filter(|id| !rows.ids.contains(*id)) {
        found.add_fault(format!("appointment {id}"), "it is in the audit trail, but doesn't exist");
    }
    found.finish()
}

fn check_history(appointment: &Appointment, actions: &[ActionRow], found: &mut FindingCollector) {
    let created = actions.iter().filter(|row| row.action == Action::Create).count();
    if created != 1 {
        found.add_fault(subject(appointment), format!("it was created {created} times"));
    }
    let mut before: Option<&ActionRow> = None;
    for row in actions {
        let reached = before.map(|row| row.to_status);
        if row.from_status != reached {
            let text = format!(
                "{} starts from {}, but {} was reached before",
                row.action.name(),
                name(row.from_status),
                name(reached)
            );
            found.add_fault(subject(appointment), text);
        }
        if before.is_some_and(|before| row.created_at < before.created_at) {
            found.add_fault(subject(appointment), format!("{} is older than the entry before it", row.action.name()));
        }
        before = Some(row);
    }
    let reached = before.map(|row| row.to_status);
    if reached != Some(appointment.status) {
        let text = format!("it is {}, but its history ends at {}", appointment.status.name(), name(reached));
        found.add_fault(subject(appointment), text);
    }
}

fn subject(appointment: &Appointment) -> String {
    format!("appointment {}", appointment.id)
}

fn name(status: Option<Status>) -> &'static str {
    status.map_or("nothing", Status::name)
}
