//! Appointments beyond the capacity of their room, after it was lowered: of those that take place at once, the ones that
//! were booked last. Overbooked ones don't count.

use crate::App;
use crate::availability::in_use::{booking_horizon, upcoming_appointments};
use crate::support::error::AppError;
use domain::agenda::{Agenda, AgendaEntry};
use domain::appointment::Appointment;
use domain::clinic::Room;
use domain::ids::{AppointmentId, RoomId};
use domain::time::Instant;
use std::collections::BTreeSet;
use store::keys::{Key, Resource};

/// The upcoming appointments for which a room with this capacity has no place, by start.
pub async fn appointments_over_capacity(app: &App, room: RoomId, capacity: u16) -> Result<Vec<Appointment>, AppError> {
    let Some(horizon) = booking_horizon(app.now()) else { return Ok(Vec::new()) };
    let appointments = upcoming_appointments(app, Resource::Room(room), horizon).await?;
    let over = over_capacity(&appointments, capacity);
    Ok(appointments.into_iter().filter(|appointment| over.contains(&appointment.id)).collect())
}

/// Gives the places of a room to appointments in the order in which they were booked. Returns those that get none.
pub(super) fn over_capacity(appointments: &[Appointment], capacity: u16) -> BTreeSet<AppointmentId> {
    let mut in_order: Vec<&Appointment> = appointments.iter().filter(|appointment| !appointment.overbook).collect();
    in_order.sort_by_key(|appointment| booking_order(appointment));
    let (mut placed, mut over) = (Agenda::default(), BTreeSet::new());
    for appointment in in_order {
        let Some(interval) = appointment.interval() else { continue };
        if placed.first_over_capacity(interval, usize::from(capacity)).is_some() {
            over.insert(appointment.id);
        } else {
            placed.add(appointment.id, AgendaEntry { interval, overbooked: false });
        }
    }
    over
}

pub(super) fn booking_order(appointment: &Appointment) -> (Instant, AppointmentId) {
    (appointment.created_at, appointment.id)
}

/// Whether the appointments that were booked before this one, and aren't stranded themselves, leave it no place in its
/// room.
pub(super) async fn is_over_capacity(app: &App, appointment: &Appointment) -> Result<bool, AppError> {
    let Some(interval) = appointment.interval().filter(|_| !appointment.overbook) else { return Ok(false) };
    let room = app.table.get::<Room>(&Key::room(appointment.room)).await?.ok_or(AppError::NotFound)?;
    let others = upcoming_appointments(app, Resource::Room(appointment.room), interval).await?;
    let mut placed = Agenda::default();
    for other in others.iter().filter(|other| booking_order(other) < booking_order(appointment)) {
        if let Some(interval) = other.interval().filter(|_| !other.stranded && !other.overbook) {
            placed.add(other.id, AgendaEntry { interval, overbooked: false });
        }
    }
    Ok(placed.first_over_capacity(interval, usize::from(room.profile.capacity)).is_some())
}
