//! Clinics and rooms.

use crate::App;
use crate::appointments::{Named, rename};
use crate::availability::in_use::expect_free;
use crate::directory::records::{self, Next, Profile};
use crate::support::context::{Context, Done};
use crate::support::error::AppError;
use crate::support::listing::{Slice, Window, list};
use domain::clinic::{Clinic, ClinicProfile, Room, RoomProfile};
use domain::ids::{ClinicId, RoomId};
use domain::record::Record;
use domain::time::{Days, LAST_DAY};
use domain::user::Scope;
use domain::violation::Rule;
use domain::weekly_rule::WeeklyRule;
use futures_util::future::try_join;
use store::keys::{Directory, Key, Resource, Unique};
use store::sweep::{Guarded, RoomMember};
use store::{Purpose, Transaction, patterns};

impl Profile for ClinicProfile {
    type Id = ClinicId;
    const MODEL: &'static str = "clinic";
    const OPEN: &'static [&'static str] = &[
        "name",
        "address",
        "phone_number",
        "timezone",
        "reminders",
        "hold_minutes",
        "overbook_per_day",
        "notify_on_create",
        "notify_on_cancel",
        "notify_on_move",
    ];

    fn key(id: ClinicId) -> Key {
        Key::clinic(id)
    }

    fn uniques(_record: &Record<ClinicId, Self>) -> Vec<Unique> {
        Vec::new()
    }

    fn guarded(id: ClinicId) -> Option<Guarded> {
        Some(Guarded::Clinic(id))
    }
}

impl Profile for RoomProfile {
    type Id = RoomId;
    const MODEL: &'static str = "room";
    const OPEN: &'static [&'static str] = &["clinic", "name", "capacity"];
    const INHERITS_CLOSURES: bool = true;

    fn key(id: RoomId) -> Key {
        Key::room(id)
    }

    fn uniques(record: &Record<RoomId, Self>) -> Vec<Unique> {
        store::clinic::uniques(record)
    }

    fn resource(id: RoomId) -> Option<Resource> {
        Some(Resource::Room(id))
    }

    fn accompany(record: &Record<RoomId, Self>, transaction: &mut Transaction) {
        transaction.create(Purpose::Append, &RoomMember { clinic: record.profile.clinic, room: record.id });
    }
}

/// A clinic with its rooms.
#[derive(Debug, Clone)]
pub struct ClinicWithRooms {
    /// The clinic.
    pub clinic: Clinic,
    /// Its active rooms, by name.
    pub rooms: Vec<Room>,
}

/// The active rooms of a clinic, by name.
///
/// # Errors
/// What reading says.
pub async fn rooms_of(app: &App, clinic: ClinicId) -> Result<Vec<Room>, AppError> {
    let rooms: Vec<Room> = app.table.query_all(&patterns::rooms_of_clinic(clinic)).await?;
    Ok(rooms.into_iter().filter(|room| room.is_active).collect())
}

async fn with_rooms(app: &App, clinic: Clinic) -> Result<ClinicWithRooms, AppError> {
    let rooms = rooms_of(app, clinic.id).await?;
    Ok(ClinicWithRooms { clinic, rooms })
}

/// Lists the clinics that the caller sees, by name.
///
/// # Errors
/// What reading says.
pub async fn list_clinics(
    app: &App,
    ctx: &Context,
    is_active: bool,
    window: &Window,
) -> Result<Slice<ClinicWithRooms>, AppError> {
    let keep = |clinic: &Clinic| ctx.scope.includes(clinic.id);
    let clinics = list(app, &[patterns::directory(Directory::Clinics, is_active)], window, keep).await?;
    let (next, previous) = (clinics.next.clone(), clinics.previous.clone());
    let rows = clinics.rows.into_iter().map(|clinic| with_rooms(app, clinic));
    Ok(Slice { rows: futures_util::future::try_join_all(rows).await?, next, previous })
}

/// Every clinic that a scope includes, active or not, for lists that go over all of them.
///
/// # Errors
/// What reading says.
pub async fn clinics_in(app: &App, scope: &Scope) -> Result<Vec<ClinicId>, AppError> {
    if let Scope::Only(clinics) = scope {
        return Ok(clinics.iter().copied().collect());
    }
    let mut ids = Vec::new();
    for active in [true, false] {
        let clinics: Vec<Clinic> = app.table.query_all(&patterns::directory(Directory::Clinics, active)).await?;
        ids.extend(clinics.into_iter().map(|clinic| clinic.id));
    }
    Ok(ids)
}

/// Adds a clinic.
///
/// # Errors
/// What writing says.
pub async fn create_clinic(
    app: &App,
    ctx: &Context,
    clinic: impl Into<Next<ClinicProfile>>,
) -> Result<Done<ClinicWithRooms>, AppError> {
    let done = records::create(app, ctx, clinic).await?;
    Ok(Done { value: with_rooms(app, done.value).await?, replayed: done.replayed })
}

/// Reads a clinic.
///
/// # Errors
/// [`AppError::NotFound`], also outside the caller's clinics.
pub async fn get_clinic(app: &App, ctx: &Context, id: ClinicId) -> Result<ClinicWithRooms, AppError> {
    if !ctx.scope.includes(id) {
        return Err(AppError::NotFound);
    }
    with_rooms(app, records::get_for(app, ctx, id).await?).await
}

/// Changes a clinic. Its time zone can't change while it has windows or appointments to come.
///
/// # Errors
/// [`AppError::InUse`], and those of [`records::change`].
pub async fn update_clinic(
    app: &App,
    ctx: &Context,
    id: ClinicId,
    if_match: Option<u64>,
    next: impl Fn(&Clinic) -> Result<Next<ClinicProfile>, AppError> + Send + Sync,
) -> Result<ClinicWithRooms, AppError> {
    let before = get_clinic(app, ctx, id).await?;
    let wanted = next(&before.clinic)?;
    records::expect_version(if_match, before.clinic.version)?;
    if wanted.profile.timezone != before.clinic.profile.timezone {
        expect_unused(app, &before).await?;
    }
    let clinic = records::change(app, ctx, id, if_match, next).await?;
    if clinic.profile.name != before.clinic.profile.name {
        rename(app, Named::Clinic(&clinic)).await?;
    }
    with_rooms(app, clinic).await
}

/// Refuses where the clinic has appointments to come, or windows or rules, whose local times would come to
/// mean other instants.
async fn expect_unused(app: &App, clinic: &ClinicWithRooms) -> Result<(), AppError> {
    let now = app.now();
    let today = now.utc_day();
    let from = today.checked_sub_days(Days::new(1)).unwrap_or(today);
    for room in &clinic.rooms {
        expect_free(app, Resource::Room(room.id), now).await?;
        let windows = patterns::windows_of_room(room.id, from, LAST_DAY).limit(1);
        let rules = patterns::rules_of_room(room.id).limit(1);
        let (windows, rules) =
            try_join(app.table.query::<domain::schedule::Window>(&windows), app.table.query::<WeeklyRule>(&rules))
                .await?;
        if !windows.rows.is_empty() || !rules.rows.is_empty() {
            return Err(AppError::InUse(Vec::new()));
        }
    }
    Ok(())
}

/// Deactivates a clinic.
///
/// # Errors
/// [`AppError::InUse`] with appointments still to come.
pub async fn deactivate_clinic(app: &App, ctx: &Context, id: ClinicId, if_match: Option<u64>) -> Result<(), AppError> {
    let off = |before: &Clinic| Ok(Next { profile: before.profile.clone(), is_active: false });
    update_clinic(app, ctx, id, if_match, off).await.map(|_| ())
}

/// Lists the rooms that the caller sees, by name.
///
/// # Errors
/// What reading says.
pub async fn list_rooms(
    app: &App,
    ctx: &Context,
    clinic: Option<ClinicId>,
    is_active: bool,
    window: &Window,
) -> Result<Slice<Room>, AppError> {
    let keep = |room: &Room| room.is_active == is_active && ctx.scope.includes(room.profile.clinic);
    let pattern = match clinic {
        Some(clinic) => patterns::rooms_of_clinic(clinic),
        None => patterns::directory(Directory::Rooms, is_active),
    };
    list(app, &[pattern], window, keep).await
}

/// Adds a room.
///
/// # Errors
/// [`AppError::AlreadyExists`] for a name that its clinic has.
pub async fn create_room(app: &App, ctx: &Context, room: impl Into<Next<RoomProfile>>) -> Result<Done<Room>, AppError> {
    let room = room.into();
    expect_clinic(app, ctx, room.profile.clinic).await?;
    records::create(app, ctx, room).await
}

/// Reads a room.
///
/// # Errors
/// [`AppError::NotFound`], also outside the caller's clinics.
pub async fn get_room(app: &App, ctx: &Context, id: RoomId) -> Result<Room, AppError> {
    let room: Room = records::get_for(app, ctx, id).await?;
    if ctx.scope.includes(room.profile.clinic) { Ok(room) } else { Err(AppError::NotFound) }
}

/// Changes a room. It stays in its clinic.
///
/// # Errors
/// Those of [`records::change`].
pub async fn update_room(
    app: &App,
    ctx: &Context,
    id: RoomId,
    if_match: Option<u64>,
    next: impl Fn(&Room) -> Result<Next<RoomProfile>, AppError> + Send + Sync,
) -> Result<Room, AppError> {
    let seen = get_room(app, ctx, id).await?;
    let room = records::change(app, ctx, id, if_match, |before| {
        let wanted = next(before)?;
        if wanted.profile.clinic != before.profile.clinic {
            return Err(AppError::invalid("clinic", Rule::ReadOnly));
        }
        Ok(wanted)
    })
    .await?;
    if room.profile.name != seen.profile.name {
        rename(app, Named::Room(&room)).await?;
    }
    Ok(room)
}

/// Deactivates a room.
///
/// # Errors
/// [`AppError::InUse`] with appointments still to come.
pub async fn deactivate_room(app: &App, ctx: &Context, id: RoomId, if_match: Option<u64>) -> Result<(), AppError> {
    get_room(app, ctx, id).await?;
    records::deactivate::<RoomProfile>(app, ctx, id, if_match).await
}

async fn expect_clinic(app: &App, ctx: &Context, id: ClinicId) -> Result<(), AppError> {
    let found = app.table.get::<Clinic>(&Key::clinic(id)).await?;
    match found.filter(|clinic| clinic.is_active && ctx.scope.includes(clinic.id)) {
        Some(_) => Ok(()),
        None => Err(AppError::invalid("clinic", Rule::NoSuchThing)),
    }
}
