//! Checks the counters of overbooked appointments per doctor, clinic and local day, which bookings check.

use crate::report::{FindingCollector, FsckFinding, Invariant, Severity};
use crate::rows::TableRows;
use domain::appointment::Appointment;
use domain::ids::{ClinicId, DoctorId};
use domain::time::LocalDate;
use std::collections::BTreeMap;
use store::keys::Key;

/// Reports counters that differ from the appointments, and days with more than the clinic allows.
#[must_use]
pub fn check(rows: &TableRows) -> Vec<FsckFinding> {
    let mut found = FindingCollector::of(Invariant::Overbooking);
    let mut appointments: BTreeMap<(DoctorId, ClinicId, LocalDate), Vec<&Appointment>> = BTreeMap::new();
    for appointment in
        rows.appointments.values().filter(|appointment| appointment.overbook && appointment.occupies_time())
    {
        appointments
            .entry((appointment.doctor, appointment.clinic, appointment.zone.date(appointment.start)))
            .or_default()
            .push(appointment);
    }
    let mut counters = rows.counters.clone();
    for ((doctor, clinic, date), appointments) in appointments {
        let subject = format!("doctor {doctor} at clinic {clinic} on {date}");
        let actual = appointments.len() as u64;
        let counted = counters.remove(&Key::overbooked(doctor, clinic, date)).unwrap_or(0);
        if counted != actual {
            found.add_fault(&subject, format!("{actual} overbooked appointments, but {counted} are counted"));
        }
        let Some(row) = rows.clinics.get(&clinic) else {
            found.add_fault(&subject, "the clinic doesn't exist");
            continue;
        };
        let limit = u64::from(row.profile.overbook_per_day);
        let booked = appointments.iter().map(|appointment| appointment.created_at).max();
        if actual > limit {
            let lowered = row.version > 1 && booked.is_some_and(|booked| booked < row.updated_at);
            let why = if lowered { "; the clinic was changed since, so the limit may have been lowered" } else { "" };
            let weight = if lowered { Severity::Warning } else { Severity::Fault };
            found.add(weight, &subject, format!("{actual} overbooked appointments, but {limit} are allowed{why}"));
        }
    }
    // The remaining counters belong to days without an overbooked appointment.
    for (key, count) in counters.iter().filter(|(_, count)| **count > 0) {
        let Some((doctor, clinic, date)) = key.overbooked_parts() else { continue };
        let subject = format!("doctor {doctor} at clinic {clinic} on {date}");
        found.add_fault(subject, format!("no overbooked appointment, but {count} are counted"));
    }
    found.finish()
}
