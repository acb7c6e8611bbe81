//! Derives guards from profiles, blocks and holidays.

use super::affected_appointments::{affected_resources, closed_interval, yesterday};
use crate::App;
use crate::support::error::AppError;
use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use domain::clinic::{Clinic, Room};
use domain::closure::{Block, BlockTarget, Closures, Holiday};
use domain::doctor::Doctor;
use domain::ids::RoomId;
use domain::patient::Patient;
use domain::time::Zone;
use futures_util::future::{try_join, try_join4};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use store::guard::Guard;
use store::keys::{Key, Resource};
use store::sweep::{Closure, GuardScope};
use store::{Transaction, patterns};

/// Guards that one transaction closes. DynamoDB accepts 100 actions, and the change itself needs some.
const GUARDS_PER_TRANSACTION: usize = 80;
/// Transactions that close guards at once.
const CONCURRENT_TRANSACTIONS: usize = 4;

/// Closes guards in the transaction of the calendar change: that of one resource, or of as many rooms as fit. The sweep
/// closes the others.
///
/// The guards are written even if they are closed already: their new versions tell concurrent bookings and derivations
/// that the calendar has changed.
pub(super) async fn close_first_guards(
    uow: &mut UnitOfWork<'_>,
    scope: GuardScope,
    closed: Closure,
) -> Result<(), AppError> {
    if closed == Closure::None && !matches!(scope, GuardScope::One(_)) {
        return Ok(());
    }
    let mut resources = affected_resources(uow.app, scope).await?;
    resources.truncate(GUARDS_PER_TRANSACTION);
    for change in guard_changes(uow.app, &resources, closed).await? {
        change.write(&mut uow.transaction);
    }
    Ok(())
}

/// Closes the guards of all resources in a scope that aren't closed yet.
pub(super) async fn close_guards(app: &App, scope: GuardScope, closed: Closure) -> Result<(), AppError> {
    if closed == Closure::None {
        return Ok(());
    }
    let resources = affected_resources(app, scope).await?;
    let chunks = resources.chunks(GUARDS_PER_TRANSACTION);
    let changes: Vec<_> = chunks.map(|chunk| close_chunk(app, chunk, closed)).collect();
    stream::iter(changes).buffer_unordered(CONCURRENT_TRANSACTIONS).try_collect().await
}

async fn close_chunk(app: &App, resources: &[(Resource, Zone)], closed: Closure) -> Result<(), AppError> {
    crate::retry!(_number => async {
        let mut transaction = Transaction::default();
        for change in guard_changes(app, resources, closed).await?.into_iter().filter(GuardChange::has_effect) {
            change.write(&mut transaction);
        }
        if transaction.is_empty() {
            return Ok(());
        }
        Ok::<(), AttemptError>(app.table.transact(transaction).await?)
    })
}

/// A guard as it was read, and what it becomes.
struct GuardChange {
    guard: Guard,
    active: bool,
    closed: Closures,
}

impl GuardChange {
    fn has_effect(&self) -> bool {
        (self.guard.active, &self.guard.closed) != (self.active, &self.closed)
    }

    fn write(self, transaction: &mut Transaction) {
        self.guard.replace(transaction, self.active, self.closed);
    }
}

/// Adds a closure to the guards of some resources.
async fn guard_changes(
    app: &App,
    resources: &[(Resource, Zone)],
    closed: Closure,
) -> Result<Vec<GuardChange>, AppError> {
    let keys: Vec<Key> = resources.iter().map(|(resource, _)| Key::guard(*resource)).collect();
    let mut batch = app.table.batch(&keys).await?;
    let mut changes = Vec::new();
    for ((_, zone), key) in resources.iter().zip(&keys) {
        let Some(guard) = batch.take::<Guard>(key)? else { continue };
        let more = closed_interval(closed, *zone, app.now()).filter(|_| closed != Closure::Permanent);
        let active = guard.active && closed != Closure::Permanent;
        let closed = Closures::of(guard.closed.iter().chain(more));
        changes.push(GuardChange { guard, active, closed });
    }
    Ok(changes)
}

/// Derives a guard again from the profile, the blocks and the holidays.
pub(super) async fn derive_guard(app: &App, resource: Resource) -> Result<(), AppError> {
    crate::retry!(_number => try_derive_guard(app, resource))
}

/// The guard is read before the rows that it is derived from, and written over the version that was read: so of two
/// concurrent derivations the later one sees both changes. The guard is written even if it is correct already;
/// otherwise another derivation that has read less could overwrite it afterwards.
async fn try_derive_guard(app: &App, resource: Resource) -> Result<(), AttemptError> {
    let Some(guard) = app.table.get::<Guard>(&Key::guard(resource)).await? else { return Ok(()) };
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
    guard.replace(&mut transaction, active, closed.without_past(app.now()));
    Ok(app.table.transact(transaction).await?)
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
