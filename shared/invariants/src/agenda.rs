//! Checks that the agendas, on which booking decisions are based, contain exactly the appointments that occupy
//! time: each in every UTC day that it overlaps, with its times.

use crate::overlap::occupied_intervals;
use crate::report::{FindingCollector, FsckFinding, Invariant};
use crate::rows::{AgendaInterval, AgendaKey, SECONDS_PER_DAY, TableRows, describe_resource, format_time};
use domain::ids::AppointmentId;
use std::collections::BTreeMap;

/// Reports entries that are missing, superfluous, or different from their appointments.
#[must_use]
pub fn check(rows: &TableRows) -> Vec<FsckFinding> {
    let mut found = FindingCollector::of(Invariant::Agenda);
    let mut expected: BTreeMap<AgendaKey, BTreeMap<AppointmentId, AgendaInterval>> = BTreeMap::new();
    for appointment in rows.appointments.values().filter(|appointment| appointment.occupies_time()) {
        for (resource, entry) in occupied_intervals(appointment) {
            for day in entry.days() {
                expected.entry((resource, day)).or_default().insert(appointment.id, entry);
            }
        }
    }
    for (key, entries) in &expected {
        let stored = rows.agenda.get(key);
        for (id, entry) in entries {
            match stored.and_then(|day| day.entries.get(id)) {
                None => found.add_fault(subject(*key), format!("appointment {id} at {entry} is missing")),
                Some(other) if other != entry => {
                    found.add_fault(
                        subject(*key),
                        format!("the entry of appointment {id} is at {other}, the appointment at {entry}"),
                    );
                }
                Some(_) => {}
            }
        }
    }
    for (key, day) in &rows.agenda {
        let wanted = expected.get(key);
        for (id, entry) in day.entries.iter().filter(|(id, _)| !wanted.is_some_and(|day| day.contains_key(*id))) {
            let why = if rows.appointments.contains_key(id) { "occupies no time in it" } else { "doesn't exist" };
            found.add_fault(subject(*key), format!("it contains {entry} for appointment {id}, which {why}"));
        }
        // Each added entry increments the version; removing one doesn't.
        if day.version < day.entries.len() as u64 {
            let text = format!("it has {} entries at version {}", day.entries.len(), day.version);
            found.add_fault(subject(*key), text);
        }
    }
    found.finish()
}

fn subject((resource, day): AgendaKey) -> String {
    let midnight = format_time(day * SECONDS_PER_DAY);
    format!("agenda of {} on {}", describe_resource(resource), midnight.split('T').next().unwrap_or_default())
}
