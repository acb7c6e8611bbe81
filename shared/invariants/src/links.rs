//! Checks that an appointment and its replacement refer to each other, and that an appointment with a hold has the
//! pointer through which the scheduled job finds it, as one that needs attention has the pointer of the worklist.

use crate::report::{FindingCollector, FsckFinding, Invariant};
use crate::rows::TableRows;
use store::attention::AppointmentAttention;

/// Reports dangling and one-sided references.
#[must_use]
pub fn check(rows: &TableRows) -> Vec<FsckFinding> {
    let mut found = FindingCollector::of(Invariant::Links);
    for (id, appointment) in &rows.appointments {
        let subject = format!("appointment {id}");
        if let Some(to) = appointment.rescheduled_to {
            match rows.appointments.get(&to) {
                None => found.add_fault(&subject, format!("it was moved to appointment {to}, which doesn't exist")),
                Some(next) if next.rescheduled_from != Some(*id) => {
                    found.add_fault(&subject, format!("it was moved to appointment {to}, which doesn't refer back"));
                }
                Some(_) => {}
            }
        }
        if let Some(from) = appointment.rescheduled_from {
            match rows.appointments.get(&from) {
                None => found.add_fault(&subject, format!("it replaces appointment {from}, which doesn't exist")),
                Some(last) if last.rescheduled_to != Some(*id) => {
                    found.add_fault(&subject, format!("it replaces appointment {from}, which doesn't refer back"));
                }
                Some(_) => {}
            }
        }
        if let Some(until) = appointment.hold_until.filter(|until| !rows.holds.contains(&(*id, *until))) {
            found.add_fault(&subject, format!("it is held until {}, but has no pointer", until.rfc3339()));
        }
    }
    check_attention(rows, &mut found);
    for (id, until) in &rows.holds {
        if rows.appointments.get(id).and_then(|appointment| appointment.hold_until) != Some(*until) {
            let text = format!("a pointer says that it is held until {}, but it isn't", until.rfc3339());
            found.add_fault(format!("appointment {id}"), text);
        }
    }
    found.finish()
}

fn check_attention(rows: &TableRows, found: &mut FindingCollector) {
    for (id, appointment) in &rows.appointments {
        if rows.attention.get(id) != AppointmentAttention::of(appointment).as_ref() {
            found.add_fault(
                format!("appointment {id}"),
                "its pointer in the worklist is missing, superfluous or differs",
            );
        }
    }
    for id in rows.attention.keys().filter(|id| !rows.appointments.contains_key(id)) {
        found.add_fault(format!("appointment {id}"), "it is in the worklist, and doesn't exist");
    }
}
