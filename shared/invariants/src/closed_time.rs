//! Checks that no appointment lies in closed time without being marked as stranded.
//!
//! The closed time is derived from profiles, blocks, holidays, windows and rules, and not from the guards that a booking
//! checks. Only appointments that start after the last change of the table are checked: those were upcoming at every
//! change of the calendar. While a sweep is pending its marks may be missing, so nothing is checked.

use crate::report::{FindingCollector, FsckFinding, Invariant};
use crate::rows::{Calendar, TableRows};
use domain::actor::Actor;
use domain::appointment::Appointment;
use domain::availability::covering_period;
use domain::closure::{Block, BlockTarget, Holiday};
use domain::time::{Days, Interval};

/// Reports upcoming appointments in closed time that aren't stranded, and stranded ones whose time is open.
#[must_use]
pub fn check(rows: &TableRows) -> Vec<FsckFinding> {
    let mut found = FindingCollector::of(Invariant::ClosedTime);
    let Some(latest_change) = rows.latest_change.filter(|_| !rows.has_sweeps) else { return Vec::new() };
    for (id, appointment) in &rows.appointments {
        let occupies_time = appointment.is_active() || appointment.waits_for_another_time();
        let upcoming = appointment.start > latest_change && occupies_time && appointment.occupies_time();
        if !upcoming || is_imported(rows, appointment) {
            continue;
        }
        match (appointment.stranded, why_closed(rows, appointment)) {
            (false, Some(why)) => found.add_fault(format!("appointment {id}"), format!("{why}, but it isn't stranded")),
            (true, None) if !was_over_capacity(rows, appointment) => {
                found.add_fault(format!("appointment {id}"), "it is stranded, but its time is open")
            }
            _ => {}
        }
    }
    found.finish()
}

/// Whether the room of an appointment was full at its time before the appointment was booked, so that it had no place
/// when the capacity was lowered. What was there may be cancelled by now.
fn was_over_capacity(rows: &TableRows, appointment: &Appointment) -> bool {
    let Some(room) = rows.rooms.get(&appointment.room).filter(|room| room.version > 1) else { return false };
    let is_earlier = |other: &&Appointment| {
        other.room == appointment.room
            && (other.created_at, other.id) < (appointment.created_at, appointment.id)
            && matches!((other.interval(), appointment.interval()), (Some(one), Some(two)) if one.overlaps(two))
    };
    !appointment.overbook && rows.appointments.values().filter(is_earlier).count() >= usize::from(room.profile.capacity)
}

/// Whether the appointment comes from another system, which had no availability.
fn is_imported(rows: &TableRows, appointment: &Appointment) -> bool {
    let created = rows.actions.get(&appointment.id).and_then(|actions| actions.first());
    created.is_some_and(|created| created.actor == Actor::System)
}

/// What closes the time of an appointment; `None` if it is open.
#[must_use]
pub fn why_closed(rows: &TableRows, appointment: &Appointment) -> Option<&'static str> {
    let Some(time) = appointment.interval() else { return Some("it has no length") };
    let calendar = &rows.calendar;
    let inactive = calendar.inactive_doctors.contains(&appointment.doctor)
        || calendar.inactive_patients.contains(&appointment.patient)
        || rows.rooms.get(&appointment.room).is_some_and(|room| !room.is_active)
        || rows.clinics.get(&appointment.clinic).is_some_and(|clinic| !clinic.is_active);
    if inactive {
        Some("its doctor, patient, room or clinic is inactive")
    } else if calendar.blocks.iter().any(|block| blocks(block, appointment, time)) {
        Some("a block closes its time")
    } else if calendar.holidays.iter().any(|holiday| closes(holiday, appointment, time)) {
        Some("a holiday closes its time")
    } else if !is_available(calendar, appointment, time) {
        Some("no window or rule of its doctor covers it")
    } else {
        None
    }
}

fn blocks(block: &Block, appointment: &Appointment, time: Interval) -> bool {
    let concerned = match block.of {
        BlockTarget::Doctor(id) => id == appointment.doctor,
        BlockTarget::Room(id) => id == appointment.room,
        BlockTarget::Clinic(id) => id == appointment.clinic,
    };
    concerned && block.interval().is_some_and(|closed| closed.overlaps(time))
}

fn closes(holiday: &Holiday, appointment: &Appointment, time: Interval) -> bool {
    let concerned = holiday.clinic.is_none_or(|clinic| clinic == appointment.clinic);
    concerned && appointment.zone.day(holiday.date).is_some_and(|day| day.overlaps(time))
}

fn is_available(calendar: &Calendar, appointment: &Appointment, time: Interval) -> bool {
    let day = appointment.zone.date(appointment.start);
    let from = day.checked_sub_days(Days::new(1)).unwrap_or(day);
    let to = day.checked_add_days(Days::new(1)).unwrap_or(day);
    let timetable = calendar.timetables.get(&appointment.doctor);
    timetable
        .is_some_and(|timetable| covering_period(&timetable.periods(from, to), Some(appointment.room), time).is_some())
}
