//! Nobody is booked twice: a doctor with the buffers, a patient, a room beyond its capacity.
//!
//! Looked for among the appointments themselves. That the agendas say the same is another invariant; so a
//! appointment that its agenda has forgotten is found here too.

use crate::report::{Finding, Findings, Invariant, Weight};
use crate::rows::{Entry, Rows, owner, time};
use domain::appointment::Appointment;
use domain::ids::AppointmentId;
use std::collections::BTreeMap;
use store::keys::Resource;

/// The time of an appointment in each agenda that it stands in: the doctor's, the room's, the patient's.
#[must_use]
pub fn seats(appointment: &Appointment) -> [(Resource, Entry); 3] {
    let entry =
        Entry { from: appointment.start.unix(), until: appointment.end.unix(), overbooked: appointment.overbook };
    let with_buffer = Entry { until: entry.until + 60 * i64::from(appointment.buffer_minutes), ..entry };
    [
        (Resource::Doctor(appointment.doctor), with_buffer),
        (Resource::Room(appointment.room), entry),
        (Resource::Patient(appointment.patient), entry),
    ]
}

/// An appointment's id and its time.
type Seat = (AppointmentId, Entry);

/// Every pair of appointments that share what can't be shared.
#[must_use]
pub fn check(rows: &Rows) -> Vec<Finding> {
    let mut found = Findings::of(Invariant::Overlap);
    let mut taken: BTreeMap<Resource, Vec<Seat>> = BTreeMap::new();
    for appointment in rows.appointments.values().filter(|appointment| appointment.takes_time()) {
        for (resource, entry) in seats(appointment) {
            // A patient is in one place at a time, whether it was overbooked or not.
            if !entry.overbooked || matches!(resource, Resource::Patient(_)) {
                taken.entry(resource).or_default().push((appointment.id, entry));
            }
        }
    }
    for (resource, mut seats) in taken {
        seats.sort_by_key(|(id, entry)| (entry.from, *id));
        match resource {
            Resource::Room(room) => crowds(rows, room, &seats, &mut found),
            Resource::Doctor(_) | Resource::Patient(_) => pairs(resource, &seats, &mut found),
        }
    }
    found.done()
}

/// In order of starts an appointment overlaps an earlier one if it begins before the latest end so far.
fn pairs(resource: Resource, seats: &[Seat], found: &mut Findings) {
    let mut last: Option<&Seat> = None;
    for seat in seats {
        if let Some((other, entry)) = last.filter(|(_, entry)| entry.meets(seat.1)) {
            let text = format!("appointment {other} at {entry} overlaps appointment {} at {}", seat.0, seat.1);
            found.fault(owner(resource), text);
        }
        if last.is_none_or(|(_, entry)| entry.until < seat.1.until) {
            last = Some(seat);
        }
    }
}

/// More appointments at once than the room holds. The number going on only rises at starts.
fn crowds(rows: &Rows, id: domain::ids::RoomId, seats: &[Seat], found: &mut Findings) {
    let Some(room) = rows.rooms.get(&id) else {
        return found.fault(format!("room {id}"), "there are appointments in it, and it isn't there");
    };
    let capacity = usize::from(room.profile.capacity);
    let mut going_on: Vec<Seat> = Vec::new();
    for seat in seats {
        going_on.retain(|(_, entry)| entry.until > seat.1.from);
        going_on.push(*seat);
        if going_on.len() <= capacity {
            continue;
        }
        let booked = going_on.iter().filter_map(|(id, _)| Some(rows.appointments.get(id)?.created_at)).max();
        // Booked under another capacity, perhaps: the row says when it was changed, not from what.
        let lowered = room.version > 1 && booked.is_some_and(|booked| booked < room.updated_at);
        let weight = if lowered { Weight::Warning } else { Weight::Fault };
        let appointments: Vec<String> = going_on.iter().map(|(id, _)| id.to_string()).collect();
        let mut text = format!(
            "{} appointments at once at {}, it holds {capacity}: {}",
            going_on.len(),
            time(seat.1.from),
            appointments.join(", ")
        );
        if lowered {
            text.push_str("; the room was changed after they were booked, so its capacity may have been lowered");
        }
        found.add(weight, format!("room {id}"), text);
    }
}
