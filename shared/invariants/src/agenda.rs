//! The agendas, which are what bookings are decided by, hold exactly the appointments that take time: each
//! in every UTC day that it touches, with its times, and nothing else.

use crate::overlap::seats;
use crate::report::{Finding, Findings, Invariant};
use crate::rows::{AgendaKey, DAY, Entry, Rows, owner, time};
use domain::ids::AppointmentId;
use std::collections::BTreeMap;

/// Entries that are missing, too many, or not as their appointments.
#[must_use]
pub fn check(rows: &Rows) -> Vec<Finding> {
    let mut found = Findings::of(Invariant::Agenda);
    let mut expected: BTreeMap<AgendaKey, BTreeMap<AppointmentId, Entry>> = BTreeMap::new();
    for appointment in rows.appointments.values().filter(|appointment| appointment.takes_time()) {
        for (resource, entry) in seats(appointment) {
            for day in entry.days() {
                expected.entry((resource, day)).or_default().insert(appointment.id, entry);
            }
        }
    }
    for (key, entries) in &expected {
        let stands = rows.agenda.get(key);
        for (id, entry) in entries {
            match stands.and_then(|day| day.entries.get(id)) {
                None => found.fault(subject(*key), format!("appointment {id} at {entry} isn't in it")),
                Some(other) if other != entry => {
                    found.fault(subject(*key), format!("appointment {id} stands in it at {other}, and is at {entry}"));
                }
                Some(_) => {}
            }
        }
    }
    for (key, day) in &rows.agenda {
        let wanted = expected.get(key);
        for (id, entry) in day.entries.iter().filter(|(id, _)| !wanted.is_some_and(|day| day.contains_key(*id))) {
            let why = if rows.appointments.contains_key(id) { "takes no time in it" } else { "doesn't exist" };
            found.fault(subject(*key), format!("it holds {entry} for appointment {id}, which {why}"));
        }
        // It is raised by each entry that is added, and by nothing else; removing one leaves it.
        if day.version < day.entries.len() as u64 {
            let text = format!("it has {} entries at version {}", day.entries.len(), day.version);
            found.fault(subject(*key), text);
        }
    }
    found.done()
}

fn subject((resource, day): AgendaKey) -> String {
    let midnight = time(day * DAY);
    format!("agenda of {} on {}", owner(resource), midnight.split('T').next().unwrap_or_default())
}
