//! An appointment and the one that replaces it point at each other; an appointment whose time is held has the
//! pointer by which the scheduled job finds it.

use crate::report::{Finding, Findings, Invariant};
use crate::rows::Rows;

/// Pointers that lead nowhere, or that nothing leads back from.
#[must_use]
pub fn check(rows: &Rows) -> Vec<Finding> {
    let mut found = Findings::of(Invariant::Links);
    for (id, appointment) in &rows.appointments {
        let subject = format!("appointment {id}");
        if let Some(to) = appointment.rescheduled_to {
            match rows.appointments.get(&to) {
                None => found.fault(&subject, format!("it was moved to appointment {to}, which doesn't exist")),
                Some(next) if next.rescheduled_from != Some(*id) => {
                    found.fault(&subject, format!("it was moved to appointment {to}, which doesn't say so"));
                }
                Some(_) => {}
            }
        }
        if let Some(from) = appointment.rescheduled_from {
            match rows.appointments.get(&from) {
                None => found.fault(&subject, format!("it replaces appointment {from}, which doesn't exist")),
                Some(last) if last.rescheduled_to != Some(*id) => {
                    found.fault(&subject, format!("it replaces appointment {from}, which doesn't say so"));
                }
                Some(_) => {}
            }
        }
        if let Some(until) = appointment.hold_until.filter(|until| !rows.holds.contains(&(*id, *until))) {
            found.fault(&subject, format!("it is held until {}, and no pointer says so", until.rfc3339()));
        }
    }
    for (id, until) in &rows.holds {
        if rows.appointments.get(id).and_then(|appointment| appointment.hold_until) != Some(*until) {
            let text = format!("a pointer says that it is held until {}, and it isn't", until.rfc3339());
            found.fault(format!("appointment {id}"), text);
        }
    }
    found.done()
}
