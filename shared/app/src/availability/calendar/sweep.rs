//! Runs the sweeps of calendar changes: derives the guards that a change concerns, and compares the appointments in
//! the time concerned with the calendar.

use super::affected_appointments::{closed_interval, time_zones, upcoming_span};
use super::capacity::{booking_order, over_capacity};
use super::guards::{close_guards, derive_guard};
use super::stranding::update_stranded;
use crate::availability::in_use::{booking_horizon, upcoming_appointments, upcoming_ids};
use crate::support::concurrency::try_join_bounded;
use crate::support::error::AppError;
use crate::support::sweep_run::{Progress, SweepRun};
use domain::clinic::Room;
use domain::ids::{AppointmentId, DoctorId, RoomId};
use domain::time::Zone;
use futures_util::FutureExt as _;
use std::collections::BTreeSet;
use store::keys::{Key, Resource};
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
    match upcoming_span([before, after], run.app.now()) {
        Some(span) => update_all(run, &upcoming_ids(run.app, Resource::Doctor(doctor), span).await?).await,
        None => Ok(Progress::Finished),
    }
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
    let (mut cursor, mut failure) = (run.sweep.cursor.clone(), None);
    loop {
        let mut pattern = patterns::room_members(clinic).limit(ROOMS_PER_CHUNK);
        if let Some(cursor) = &cursor {
            pattern = pattern.after(cursor);
        }
        let page = run.app.table.query::<RoomMember>(&pattern).await?;
        let members: Vec<RoomMember> = page.rows.iter().map(|(_, member)| *member).collect();
        let rooms = time_zones(run.app, &members).await?;
        let this: &SweepRun<'_> = run;
        let updates = rooms.into_iter().map(|(room, zone)| update_resource(this, room, zone, time).map(Ok));
        let updated: Vec<Result<Progress, AppError>> = try_join_bounded::<_, _, AppError>(updates).await?;
        let is_interrupted = updated.iter().any(|progress| matches!(progress, Ok(Progress::Interrupted)));
        failure = failure.or(updated.into_iter().find_map(Result::err));
        cursor = page.rows.into_iter().last().map(|(position, _)| position).filter(|_| page.more);
        match (&cursor, &failure) {
            _ if is_interrupted => return Ok(Progress::Interrupted),
            (None, _) => return failure.map_or(Ok(Progress::Finished), Err),
            // The cursor stays before a room that failed, and the rooms after it are done now all the same.
            (Some(_), Some(_)) => {}
            (Some(position), None) => run.save_cursor(position.clone()).await?,
        }
        if run.is_over() {
            return Ok(Progress::Interrupted);
        }
    }
}

/// A change of a room's capacity: compares the appointments that it may concern with the calendar, in the order in which
/// they were booked.
pub async fn run_capacity_sweep(run: &SweepRun<'_>, id: RoomId) -> Result<Progress, AppError> {
    let app = run.app;
    let (Some(room), Some(horizon)) = (app.table.get::<Room>(&Key::room(id)).await?, booking_horizon(app.now())) else {
        return Ok(Progress::Finished);
    };
    let mut appointments = upcoming_appointments(app, Resource::Room(id), horizon).await?;
    let over = over_capacity(&appointments, room.profile.capacity);
    appointments.retain(|appointment| appointment.stranded || over.contains(&appointment.id));
    appointments.sort_by_key(booking_order);
    for appointment in &appointments {
        if run.is_over() {
            return Ok(Progress::Interrupted);
        }
        update_stranded(run, appointment.id).await?;
    }
    Ok(Progress::Finished)
}

/// Derives the guard of a resource, and compares its appointments in the changed time with the calendar.
async fn update_resource(
    run: &SweepRun<'_>,
    resource: Resource,
    zone: Zone,
    time: ChangedTime,
) -> Result<Progress, AppError> {
    derive_guard(run.app, resource).await?;
    let mut appointments = BTreeSet::new();
    for closure in [time.closed, time.opened] {
        if let Some(span) = closed_interval(closure, zone, run.app.now()) {
            appointments.extend(upcoming_ids(run.app, resource, span).await?);
        }
    }
    update_all(run, &appointments).await
}

/// Compares appointments with the calendar, one after the other: concurrent transactions that check the same guard
/// would conflict. One that fails, since it can't be read, stops none of the others.
async fn update_all(run: &SweepRun<'_>, appointments: &BTreeSet<AppointmentId>) -> Result<Progress, AppError> {
    let mut failure = None;
    for appointment in appointments {
        if run.is_over() {
            return Ok(Progress::Interrupted);
        }
        failure = update_stranded(run, *appointment).await.err().or(failure);
    }
    failure.map_or(Ok(Progress::Finished), Err)
}
