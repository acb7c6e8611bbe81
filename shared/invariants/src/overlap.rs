//! Checks for double bookings of a doctor (buffers included) and of a patient, and for rooms beyond capacity.
//!
//! It compares the appointments themselves, not the agendas, so it also finds appointments that are missing in an
//! agenda. That the agendas agree is a separate invariant.

use crate::report::{FindingCollector, FsckFinding, Invariant, Severity};
use crate::rows::{AgendaInterval, TableRows, describe_resource, format_time};
use domain::appointment::Appointment;
use domain::ids::AppointmentId;
use std::collections::BTreeMap;
use store::keys::Resource;

/// The time that an appointment occupies in the agendas of the doctor, the room and the patient.
#[must_use]
pub fn occupied_intervals(appointment: &Appointment) -> [(Resource, AgendaInterval); 3] {
    let entry = AgendaInterval {
        from: appointment.start.unix(),
        until: appointment.end.unix(),
        overbooked: appointment.overbook,
    };
    let with_buffer = AgendaInterval { until: entry.until + 60 * i64::from(appointment.buffer_minutes), ..entry };
    [
        (Resource::Doctor(appointment.doctor), with_buffer),
        (Resource::Room(appointment.room), entry),
        (Resource::Patient(appointment.patient), entry),
    ]
}

/// An appointment and the time that it occupies.
type Occupied = (AppointmentId, AgendaInterval);

/// Reports overlapping appointments.
#[must_use]
pub fn check(rows: &TableRows) -> Vec<FsckFinding> {
    let mut found = FindingCollector::of(Invariant::Overlap);
    let mut taken: BTreeMap<Resource, Vec<Occupied>> = BTreeMap::new();
    for appointment in rows.appointments.values().filter(|appointment| appointment.occupies_time()) {
        for (resource, entry) in occupied_intervals(appointment) {
            // A patient can have only one appointment at a time, also an overbooked one.
            if !entry.overbooked || matches!(resource, Resource::Patient(_)) {
                taken.entry(resource).or_default().push((appointment.id, entry));
            }
        }
    }
    for (resource, mut occupied) in taken {
        occupied.sort_by_key(|(id, entry)| (entry.from, *id));
        match resource {
            Resource::Room(room) => check_capacity(rows, room, &occupied, &mut found),
            Resource::Doctor(_) | Resource::Patient(_) => check_pairs(resource, &occupied, &mut found),
        }
    }
    found.finish()
}

/// Sorted by start, an appointment overlaps an earlier one if it begins before the latest end so far.
fn check_pairs(resource: Resource, occupied: &[Occupied], found: &mut FindingCollector) {
    let mut last: Option<&Occupied> = None;
    for current in occupied {
        if let Some((other, entry)) = last.filter(|(_, entry)| entry.overlaps(current.1)) {
            let text = format!("appointment {other} at {entry} overlaps appointment {} at {}", current.0, current.1);
            found.add_fault(describe_resource(resource), text);
        }
        if last.is_none_or(|(_, entry)| entry.until < current.1.until) {
            last = Some(current);
        }
    }
}

/// Reports more simultaneous appointments than the capacity. Their number only rises at starts.
fn check_capacity(rows: &TableRows, id: domain::ids::RoomId, occupied: &[Occupied], found: &mut FindingCollector) {
    let Some(room) = rows.rooms.get(&id) else {
        return found.add_fault(format!("room {id}"), "it has appointments, but doesn't exist");
    };
    let capacity = usize::from(room.profile.capacity);
    let mut running: Vec<Occupied> = Vec::new();
    for current in occupied {
        running.retain(|(_, entry)| entry.until > current.1.from);
        running.push(*current);
        if running.len() <= capacity {
            continue;
        }
        let booked = running.iter().filter_map(|(id, _)| Some(rows.appointments.get(id)?.created_at)).max();
        // The capacity may have been higher at the time of booking: the row has the time of the last change only.
        let lowered = room.version > 1 && booked.is_some_and(|booked| booked < room.updated_at);
        let weight = if lowered { Severity::Warning } else { Severity::Fault };
        let appointments: Vec<String> = running.iter().map(|(id, _)| id.to_string()).collect();
        let mut text = format!(
            "{} appointments at once at {}, the capacity is {capacity}: {}",
            running.len(),
            format_time(current.1.from),
            appointments.join(", ")
        );
        if lowered {
            text.push_str("; the room was changed after they were booked, so its capacity may have been lowered");
        }
        found.add(weight, format!("room {id}"), text);
    }
}
