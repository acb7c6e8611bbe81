//! Guards are derived: from profiles, blocks and holidays. Here they are derived anew.

use super::stranded::{concerned, stretch, yesterday};
use crate::App;
use crate::availability::in_use::appointments_in;
use crate::support::attempts::Failure;
use crate::support::error::AppError;
use domain::appointment::Appointment;
use domain::clinic::{Clinic, Room};
use domain::closure::{Block, Blocked, Closures, Holiday};
use domain::doctor::Doctor;
use domain::ids::RoomId;
use domain::patient::Patient;
use domain::time::Interval;
use futures_util::future::{try_join, try_join4};
use store::guard::Guard;
use store::keys::{Key, Resource};
use store::sweep::{Closed, Guarded};
use store::{Transaction, patterns};

/// Adds to a change of the calendar that a guard, if there is one yet, says so at once.
///
/// # Errors
/// What reading says.
pub(super) async fn close(
    app: &App,
    transaction: &mut Transaction,
    resource: Resource,
    closed: Closed,
) -> Result<(), AppError> {
    let Some(guard) = app.table.get::<Guard>(&Key::guard(resource)).await? else { return Ok(()) };
    let active = guard.active && closed != Closed::Forever;
    let more = match closed {
        Closed::Time(start, end) => Interval::new(start, end),
        Closed::Nothing | Closed::Day(_) | Closed::Forever => None,
    };
    let closed = Closures::of(guard.closed.iter().chain(more));
    guard.raise(transaction, active, closed);
    Ok(())
}

/// Derives guards anew. Answers the appointments in time that is closed now.
///
/// # Errors
/// What reading and writing say.
pub(super) async fn derive(app: &App, of: Guarded, closed: Closed) -> Result<Vec<Appointment>, AppError> {
    let mut stranded = Vec::new();
    for (resource, zone) in concerned(app, of).await? {
        let Some(guard) = crate::attempt!(_number => try_derive(app, resource))? else { continue };
        let Some(span) = stretch(closed, zone, app.now()) else { continue };
        let appointments = appointments_in(app, resource, span).await?;
        stranded.extend(
            appointments
                .into_iter()
                .filter(|appointment| appointment.interval().is_some_and(|time| guard.closes(time))),
        );
    }
    Ok(stranded)
}

/// The guard is read before what it is derived from, and written over the version that was read: so
/// of two changes at once the later one sees both. It is written even where it looks right already,
/// lest another derivation that read less overwrites it afterwards.
async fn try_derive(app: &App, resource: Resource) -> Result<Option<Guard>, Failure> {
    let Some(guard) = app.table.get::<Guard>(&Key::guard(resource)).await? else { return Ok(None) };
    let (active, closed) = match resource {
        Resource::Doctor(id) => {
            let blocks = patterns::blocks_of(Blocked::Doctor(id), app.now());
            let key = Key::doctor(id);
            let (doctor, blocks) =
                try_join(app.table.get::<Doctor>(&key), app.table.query_all::<Block>(&blocks)).await?;
            (doctor.is_some_and(|doctor| doctor.is_active), closures(&blocks))
        }
        Resource::Patient(id) => {
            let patient = app.table.get::<Patient>(&Key::patient(id)).await?;
            (patient.is_some_and(|patient| patient.is_active), Closures::default())
        }
        Resource::Room(id) => of_room(app, id).await?,
    };
    let mut transaction = Transaction::default();
    let after = guard.raise(&mut transaction, active, closed.after(app.now()));
    app.table.transact(transaction).await?;
    Ok(Some(after))
}

/// A room is closed by its own blocks, by its clinic's, and on the clinic's holidays.
async fn of_room(app: &App, id: RoomId) -> Result<(bool, Closures), AppError> {
    let Some(room) = app.table.get::<Room>(&Key::room(id)).await? else { return Ok((false, Closures::default())) };
    let clinic = room.profile.clinic;
    let Some(record) = app.table.get::<Clinic>(&Key::clinic(clinic)).await? else {
        return Ok((false, Closures::default()));
    };
    let now = app.now();
    let (room_blocks, clinic_blocks) =
        (patterns::blocks_of(Blocked::Room(id), now), patterns::blocks_of(Blocked::Clinic(clinic), now));
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
