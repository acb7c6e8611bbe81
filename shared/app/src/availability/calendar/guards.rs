//! Derives guards from profiles, blocks and holidays.

use super::affected_appointments::{affected_resources, closed_interval, yesterday};
use crate::App;
use crate::availability::in_use::upcoming_appointments;
use crate::support::error::AppError;
use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use domain::appointment::Appointment;
use domain::clinic::{Clinic, Room};
use domain::closure::{Block, BlockTarget, Closures, Holiday};
use domain::doctor::Doctor;
use domain::ids::RoomId;
use domain::patient::Patient;
use domain::time::Interval;
use futures_util::future::{try_join, try_join4};
use store::guard::Guard;
use store::keys::{Key, Resource};
use store::sweep::{Closure, GuardScope};
use store::{Transaction, patterns};

/// Adds a closure to the guard of a resource, if the guard exists, in the transaction of the calendar change.
pub(super) async fn close_guard(uow: &mut UnitOfWork<'_>, resource: Resource, closed: Closure) -> Result<(), AppError> {
    let Some(guard) = uow.app.table.get::<Guard>(&Key::guard(resource)).await? else { return Ok(()) };
    let active = guard.active && closed != Closure::Permanent;
    let more = match closed {
        Closure::Time(start, end) => Interval::new(start, end),
        Closure::None | Closure::Day(_) | Closure::Permanent => None,
    };
    let closed = Closures::of(guard.closed.iter().chain(more));
    guard.replace(&mut uow.transaction, active, closed);
    Ok(())
}

/// Derives guards again. Returns the upcoming appointments within time that is closed now.
pub(super) async fn derive_guards(app: &App, scope: GuardScope, closed: Closure) -> Result<Vec<Appointment>, AppError> {
    let mut affected = Vec::new();
    for (resource, zone) in affected_resources(app, scope).await? {
        let Some(guard) = crate::retry!(_number => try_derive_guard(app, resource))? else { continue };
        let Some(span) = closed_interval(closed, zone, app.now()) else { continue };
        let appointments = upcoming_appointments(app, resource, span).await?;
        affected.extend(
            appointments
                .into_iter()
                .filter(|appointment| appointment.interval().is_some_and(|time| guard.rejects(time))),
        );
    }
    Ok(affected)
}

/// The guard is read before the rows that it is derived from, and written over the version that was read: so of two
/// concurrent derivations the later one sees both changes. The guard is written even if it is correct already;
/// otherwise another derivation that has read less could overwrite it afterwards.
async fn try_derive_guard(app: &App, resource: Resource) -> Result<Option<Guard>, AttemptError> {
    let Some(guard) = app.table.get::<Guard>(&Key::guard(resource)).await? else { return Ok(None) };
    let (active, closed) = match resource {
        Resource::Doctor(id) => {
            let blocks = patterns::blocks_of(BlockTarget::Doctor(id), app.now());
            let key = Key::doctor(id);
            let (doctor, blocks) =
                try_join(app.table.get::<Doctor>(&key), app.table.query_all::<Block>(&blocks)).await?;
            (doctor.is_some_and(|doctor| doctor.is_active), closures(&blocks))
        }
        Resource::Patient(id) => {
            let patient = app.table.get::<Patient>(&Key::patient(id)).await?;
            (patient.is_some_and(|patient| patient.is_active), Closures::default())
        }
        Resource::Room(id) => room_closures(app, id).await?,
    };
    let mut transaction = Transaction::default();
    let after = guard.replace(&mut transaction, active, closed.without_past(app.now()));
    app.table.transact(transaction).await?;
    Ok(Some(after))
}

/// Whether a room is active, and its closures: its own blocks, those of its clinic, and the clinic's holidays.
async fn room_closures(app: &App, id: RoomId) -> Result<(bool, Closures), AppError> {
    let Some(room) = app.table.get::<Room>(&Key::room(id)).await? else { return Ok((false, Closures::default())) };
    let clinic = room.profile.clinic;
    let Some(record) = app.table.get::<Clinic>(&Key::clinic(clinic)).await? else {
        return Ok((false, Closures::default()));
    };
    let now = app.now();
    let (room_blocks, clinic_blocks) =
        (patterns::blocks_of(BlockTarget::Room(id), now), patterns::blocks_of(BlockTarget::Clinic(clinic), now));
    let (own, general) =
        (patterns::holidays_of(Some(clinic), yesterday(now)), patterns::holidays_of(None, yesterday(now)));
    let (mut blocks, more, mut holidays, others) = try_join4(
        app.table.query_all::<Block>(&room_blocks),
        app.table.query_all::<Block>(&clinic_blocks),
        app.table.query_all::<Holiday>(&own),
        app.table.query_all::<Holiday>(&general),
    )
    .await?;
    blocks.extend(more);
    holidays.extend(others);
    let days = holidays.iter().filter_map(|holiday| record.profile.timezone.day(holiday.date));
    let closed = Closures::of(closures(&blocks).iter().chain(days));
    Ok((room.is_active && record.is_active, closed))
}

fn closures(blocks: &[Block]) -> Closures {
    Closures::of(blocks.iter().filter_map(Block::interval))
}
