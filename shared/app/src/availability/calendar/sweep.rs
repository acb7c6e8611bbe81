//! Runs the sweeps of calendar changes: derives the guards that a change concerns, and compares the appointments in
//! the time concerned with the calendar.

use super::affected_appointments::{appointments_in_timetables, closed_interval, time_zones};
use super::guards::{close_guards, derive_guard};
use super::stranding::update_stranded;
use crate::availability::in_use::upcoming_appointments;
use crate::support::concurrency::try_join_bounded;
use crate::support::error::AppError;
use crate::support::sweep_run::{Progress, SweepRun};
use domain::appointment::Appointment;
use domain::ids::DoctorId;
use domain::time::Zone;
use store::keys::Resource;
use store::patterns;
use store::schedule::Timetable;
use store::sweep::{Closure, GuardScope, RoomMember};

/// Rooms per chunk. After each chunk the cursor is stored.
const ROOMS_PER_CHUNK: usize = 40;

/// A change of one doctor's availability.
pub async fn run_availability_sweep(
    run: &SweepRun<'_>,
    doctor: DoctorId,
    before: &Timetable,
    after: &Timetable,
) -> Result<Progress, AppError> {
    let appointments = appointments_in_timetables(run.app, doctor, [before, after]).await?;
    update_all(run, appointments).await
}

/// The time that a change closed, and the time that had been closed before it.
#[derive(Debug, Clone, Copy)]
pub struct ChangedTime {
    pub closed: Closure,
    pub opened: Closure,
}

/// A change of the closures or the active flag of a resource, or of the rooms of one or all clinics.
pub async fn run_guard_sweep(
    run: &mut SweepRun<'_>,
    scope: GuardScope,
    time: ChangedTime,
) -> Result<Progress, AppError> {
    let clinic = match scope {
        GuardScope::One(resource) => return update_resource(run, resource, Zone::utc(), time).await,
        GuardScope::Clinic(clinic) => Some(clinic),
        GuardScope::AllRooms => None,
    };
    if run.sweep.cursor.is_none() {
        // All rooms are closed before the first appointment is looked at.
        close_guards(run.app, scope, time.closed).await?;
    }
    loop {
        let mut pattern = patterns::room_members(clinic).limit(ROOMS_PER_CHUNK);
        if let Some(cursor) = &run.sweep.cursor {
            pattern = pattern.after(cursor);
        }
        let page = run.app.table.query::<RoomMember>(&pattern).await?;
        let members: Vec<RoomMember> = page.rows.iter().map(|(_, member)| *member).collect();
        let rooms = time_zones(run.app, &members).await?;
        let updates = rooms.into_iter().map(|(room, zone)| update_resource(run, room, zone, time));
        let progress: Vec<Progress> = try_join_bounded(updates).await?;
        if progress.contains(&Progress::Interrupted) {
            return Ok(Progress::Interrupted);
        }
        match page.rows.into_iter().last() {
            Some((position, _)) if page.more => run.save_cursor(position).await?,
            _ => return Ok(Progress::Finished),
        }
        if run.is_over() {
            return Ok(Progress::Interrupted);
        }
    }
}

/// Derives the guard of a resource, and compares its appointments in the changed time with the calendar.
async fn update_resource(
    run: &SweepRun<'_>,
    resource: Resource,
    zone: Zone,
    time: ChangedTime,
) -> Result<Progress, AppError> {
    derive_guard(run.app, resource).await?;
    let mut appointments: Vec<Appointment> = Vec::new();
    for closure in [time.closed, time.opened] {
        if let Some(span) = closed_interval(closure, zone, run.app.now()) {
            appointments.extend(upcoming_appointments(run.app, resource, span).await?);
        }
    }
    update_all(run, appointments).await
}

/// Compares appointments with the calendar, one after the other: concurrent transactions that check the same guard
/// would conflict.
async fn update_all(run: &SweepRun<'_>, appointments: Vec<Appointment>) -> Result<Progress, AppError> {
    for appointment in appointments {
        if run.is_over() {
            return Ok(Progress::Interrupted);
        }
        update_stranded(run, appointment.id).await?;
    }
    Ok(Progress::Finished)
}
