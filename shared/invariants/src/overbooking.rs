//! Overbooked appointments are counted for each doctor, clinic and local day: the counter is what a booking
//! conditions on, so it has to be true.

use crate::report::{Finding, Findings, Invariant, Weight};
use crate::rows::Rows;
use domain::appointment::Appointment;
use domain::ids::{ClinicId, DoctorId};
use domain::time::LocalDate;
use std::collections::BTreeMap;
use store::keys::Key;

/// Counters that say something else than the appointments, and days with more than the clinic allows.
#[must_use]
pub fn check(rows: &Rows) -> Vec<Finding> {
    let mut found = Findings::of(Invariant::Overbooking);
    let mut appointments: BTreeMap<(DoctorId, ClinicId, LocalDate), Vec<&Appointment>> = BTreeMap::new();
    for appointment in rows.appointments.values().filter(|appointment| appointment.overbook && appointment.takes_time())
    {
        appointments
            .entry((appointment.doctor, appointment.clinic, appointment.zone.date(appointment.start)))
            .or_default()
            .push(appointment);
    }
    let mut counters = rows.counters.clone();
    for ((doctor, clinic, date), appointments) in appointments {
        let subject = format!("doctor {doctor} at clinic {clinic} on {date}");
        let there = appointments.len() as u64;
        let counted = counters.remove(&Key::overbooked(doctor, clinic, date)).unwrap_or(0);
        if counted != there {
            found.fault(&subject, format!("{there} overbooked appointments, and {counted} are counted"));
        }
        let Some(row) = rows.clinics.get(&clinic) else {
            found.fault(&subject, "the clinic isn't there");
            continue;
        };
        let limit = u64::from(row.profile.overbook_per_day);
        let booked = appointments.iter().map(|appointment| appointment.created_at).max();
        if there > limit {
            let lowered = row.version > 1 && booked.is_some_and(|booked| booked < row.updated_at);
            let why = if lowered { "; the clinic was changed since, so the limit may have been lowered" } else { "" };
            let weight = if lowered { Weight::Warning } else { Weight::Fault };
            found.add(weight, &subject, format!("{there} overbooked appointments, and {limit} are allowed{why}"));
        }
    }
    // What is left belongs to days without an overbooked appointment.
    for (key, count) in counters.into_iter().filter(|(key, count)| key.sk.starts_with("OVERBOOK#") && *count > 0) {
        let doctor = key.pk.replace("DOCTOR#", "doctor ");
        let (clinic, date) = key.sk.trim_start_matches("OVERBOOK#").split_once('#').unwrap_or_default();
        let subject = format!("{doctor} at clinic {clinic} on {date}");
        found.fault(subject, format!("no overbooked appointment, and {count} are counted"));
    }
    found.done()
}
