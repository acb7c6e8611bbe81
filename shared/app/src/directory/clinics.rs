//! Manages clinics and rooms.

use crate::App;
use crate::availability::calendar::appointments_over_capacity;
use crate::directory::clinic_in_use::expect_clinic_unused;
use crate::directory::records::{self, Profile, RecordDraft};
use crate::support::change::ChangeConditions;
use crate::support::concurrency::try_join_bounded;
use crate::support::context::{Context, Outcome};
use crate::support::error::AppError;
use crate::support::listing::{PageRequest, Slice, list};
use domain::appointment::Appointment;
use domain::clinic::{Clinic, ClinicProfile, Room, RoomProfile};
use domain::ids::{ClinicId, RoomId};
use domain::name::Name;
use domain::record::Record;
use domain::user::Scope;
use domain::violation::{Rule, Violations};
use futures_util::future::try_join;
use store::keys::{Directory, Key, Resource, Unique};
use store::sweep::{GuardScope, NamedRecord, RoomMember, SweepTask};
use store::{Purpose, Transaction, patterns};

impl Profile for ClinicProfile {
    type Id = ClinicId;
    const MODEL: &'static str = "clinic";
    const AUDIT_PLAINTEXT: &'static [&'static str] = &[
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
        "emergency_number",
    ];

    fn key(id: ClinicId) -> Key {
        Key::clinic(id)
    }

    fn unique_values(_record: &Record<ClinicId, Self>) -> Vec<Unique> {
        Vec::new()
    }

    fn guarded(id: ClinicId) -> Option<GuardScope> {
        Some(GuardScope::Clinic(id))
    }

    fn copied_name(record: &Clinic) -> Option<(NamedRecord, Name)> {
        Some((NamedRecord::Clinic(record.id), record.profile.name.as_str().into()))
    }
}

impl Profile for RoomProfile {
    type Id = RoomId;
    const MODEL: &'static str = "room";
    const AUDIT_PLAINTEXT: &'static [&'static str] = &["clinic", "name", "capacity"];
    const INHERITS_CLOSURES: bool = true;

    fn key(id: RoomId) -> Key {
        Key::room(id)
    }

    fn unique_values(record: &Record<RoomId, Self>) -> Vec<Unique> {
        store::clinic::uniques(record)
    }

    fn resource(id: RoomId) -> Option<Resource> {
        Some(Resource::Room(id))
    }

    fn copied_name(record: &Room) -> Option<(NamedRecord, Name)> {
        Some((NamedRecord::Room(record.id), record.profile.name.as_str().into()))
    }

    async fn displaced(app: &App, before: &Room, after: &Room) -> Result<Vec<Appointment>, AppError> {
        let capacity = after.profile.capacity;
        if capacity < before.profile.capacity {
            appointments_over_capacity(app, after.id, capacity).await
        } else {
            Ok(Vec::new())
        }
    }

    fn follow_up(before: &Room, after: &Room) -> Option<SweepTask> {
        (before.profile.capacity != after.profile.capacity).then_some(SweepTask::Capacity(after.id))
    }

    fn add_related_rows(record: &Record<RoomId, Self>, transaction: &mut Transaction) {
        transaction.create(Purpose::Append, &RoomMember { clinic: record.profile.clinic, room: record.id });
    }
}

/// A clinic with its rooms.
#[derive(Debug, Clone)]
pub struct ClinicWithRooms {
    pub clinic: Clinic,
    /// Its active rooms, by name.
    pub rooms: Vec<Room>,
}

/// The active rooms of a clinic, by name.
pub async fn rooms_of(app: &App, clinic: ClinicId) -> Result<Vec<Room>, AppError> {
    let rooms: Vec<Room> = app.table.query_all(&patterns::rooms_of_clinic(clinic)).await?;
    Ok(rooms.into_iter().filter(|room| room.is_active).collect())
}

async fn with_rooms(app: &App, clinic: Clinic) -> Result<ClinicWithRooms, AppError> {
    let rooms = rooms_of(app, clinic.id).await?;
    Ok(ClinicWithRooms { clinic, rooms })
}

/// Lists the clinics that the caller may see, by name.
pub async fn list_clinics(
    app: &App,
    ctx: &Context,
    is_active: bool,
    page: &PageRequest,
) -> Result<Slice<ClinicWithRooms>, AppError> {
    let keep = |clinic: &Clinic| ctx.scope.includes(clinic.id);
    let clinics = list(app, &[patterns::directory(Directory::Clinics, is_active)], page, keep).await?;
    let (next, previous) = (clinics.next.clone(), clinics.previous.clone());
    let rows = clinics.rows.into_iter().map(|clinic| with_rooms(app, clinic));
    Ok(Slice { rows: try_join_bounded(rows).await?, next, previous })
}

/// The ids of the clinics in a scope, also of deactivated ones, for a list that names none. Such a list reads a partition of
/// each of them.
pub async fn listed_clinics(app: &App, scope: &Scope) -> Result<Vec<ClinicId>, AppError> {
    let Scope::Only(clinics) = scope else {
        let directory = |active| patterns::directory(Directory::Clinics, active);
        let (active, inactive) = (directory(true), directory(false));
        let (active, inactive) =
            try_join(app.table.query_all::<Clinic>(&active), app.table.query_all::<Clinic>(&inactive)).await?;
        return Ok(active.into_iter().chain(inactive).map(|clinic| clinic.id).collect());
    };
    Ok(clinics.iter().copied().collect())
}

pub async fn create_clinic(
    app: &App,
    ctx: &Context,
    clinic: impl Into<RecordDraft<ClinicProfile>>,
) -> Result<Outcome<ClinicWithRooms>, AppError> {
    let outcome = records::create(app, ctx, clinic).await?;
    Ok(Outcome { value: with_rooms(app, outcome.value).await?, replayed: outcome.replayed })
}

/// # Errors
/// [`AppError::NotFound`], also outside the caller's clinics.
pub async fn get_clinic(app: &App, ctx: &Context, id: ClinicId) -> Result<ClinicWithRooms, AppError> {
    if !ctx.scope.includes(id) {
        return Err(AppError::NotFound);
    }
    with_rooms(app, records::get_or_prefetched(app, ctx, id).await?).await
}

/// Changes a clinic. Its time zone can't change while it has windows, rules or upcoming appointments.
///
/// # Errors
/// [`AppError::InUse`] for such a change of the time zone; the errors of [`records::change`].
pub async fn update_clinic(
    app: &App,
    ctx: &Context,
    id: ClinicId,
    conditions: ChangeConditions,
    next: impl Fn(&Clinic) -> Result<RecordDraft<ClinicProfile>, AppError> + Send + Sync,
) -> Result<ClinicWithRooms, AppError> {
    let before = get_clinic(app, ctx, id).await?;
    let next_state = next(&before.clinic)?;
    records::expect_version(conditions.if_match, before.clinic.version)?;
    if next_state.profile.timezone != before.clinic.profile.timezone {
        expect_clinic_unused(app, ctx, id).await?;
    }
    with_rooms(app, records::change(app, ctx, id, conditions, next).await?).await
}

/// # Errors
/// [`AppError::InUse`] if the clinic has upcoming appointments, unless forced.
pub async fn deactivate_clinic(
    app: &App,
    ctx: &Context,
    id: ClinicId,
    conditions: ChangeConditions,
) -> Result<(), AppError> {
    let deactivated = |before: &Clinic| Ok(RecordDraft { profile: before.profile.clone(), is_active: false });
    update_clinic(app, ctx, id, conditions, deactivated).await.map(|_| ())
}

/// Lists the rooms that the caller may see, by name.
pub async fn list_rooms(
    app: &App,
    ctx: &Context,
    clinic: Option<ClinicId>,
    is_active: bool,
    page: &PageRequest,
) -> Result<Slice<Room>, AppError> {
    let keep = |room: &Room| room.is_active == is_active && ctx.scope.includes(room.profile.clinic);
    let pattern = match clinic {
        Some(clinic) => patterns::rooms_of_clinic(clinic),
        None => patterns::directory(Directory::Rooms, is_active),
    };
    list(app, &[pattern], page, keep).await
}

/// # Errors
/// [`AppError::AlreadyExists`] if the clinic has a room with this name.
pub async fn create_room(
    app: &App,
    ctx: &Context,
    room: impl Into<RecordDraft<RoomProfile>>,
) -> Result<Outcome<Room>, AppError> {
    let room = room.into();
    expect_clinic(app, ctx, room.profile.clinic).await?;
    records::create(app, ctx, room).await
}

/// # Errors
/// [`AppError::NotFound`], also outside the caller's clinics.
pub async fn get_room(app: &App, ctx: &Context, id: RoomId) -> Result<Room, AppError> {
    let room: Room = records::get_or_prefetched(app, ctx, id).await?;
    if ctx.scope.includes(room.profile.clinic) { Ok(room) } else { Err(AppError::NotFound) }
}

/// Changes a room. Its clinic can't change.
///
/// # Errors
/// [`AppError::InUse`] for a deactivation, or for fewer places than there are appointments at once, unless forced;
/// [`AppError::Validation`], also in a deactivated clinic; the errors of [`records::change`].
pub async fn update_room(
    app: &App,
    ctx: &Context,
    id: RoomId,
    conditions: ChangeConditions,
    next: impl Fn(&Room) -> Result<RecordDraft<RoomProfile>, AppError> + Send + Sync,
) -> Result<Room, AppError> {
    let clinic = get_room(app, ctx, id).await?.profile.clinic;
    let clinic_is_active = records::get::<ClinicProfile>(app, clinic).await?.is_active;
    records::change(app, ctx, id, conditions, |before| {
        let next_state = next(before)?;
        if next_state.profile.clinic != before.profile.clinic {
            return Err(AppError::invalid("clinic", Rule::ReadOnly));
        }
        // A room can be closed together with its clinic, but not kept open in a closed one.
        if next_state.is_active && !clinic_is_active {
            return Err(AppError::invalid("clinic", Rule::Inactive));
        }
        Ok(next_state)
    })
    .await
}

/// # Errors
/// [`AppError::InUse`] if the room has upcoming appointments, unless forced.
pub async fn deactivate_room(
    app: &App,
    ctx: &Context,
    id: RoomId,
    conditions: ChangeConditions,
) -> Result<(), AppError> {
    get_room(app, ctx, id).await?;
    records::deactivate::<RoomProfile>(app, ctx, id, conditions).await
}

async fn expect_clinic(app: &App, ctx: &Context, id: ClinicId) -> Result<(), AppError> {
    let found = app.table.get::<Clinic>(&Key::clinic(id)).await?.filter(|clinic| ctx.scope.includes(clinic.id));
    let mut violations = Violations::default();
    violations.expect_active("clinic", found.map(|clinic| clinic.is_active));
    Ok(violations.check()?)
}

#[cfg(test)]
mod tests {
    use domain::clinic::{ClinicProfile, ReminderSettings};

    /// A row from before December 2026 has none of these fields.
    #[test]
    fn an_older_clinic_has_the_defaults() {
        let row = serde_json::json!({ "name": "Centro", "address": null, "phone_number": null,
            "timezone": "America/Bogota", "reminders": ReminderSettings::default(), "hold_minutes": 120,
            "overbook_per_day": 4, "notify_on_create": false, "notify_on_cancel": true, "notify_on_move": true });
        let profile: ClinicProfile = serde_json::from_value(row).unwrap();
        assert_eq!((profile.media_days, profile.quick_replies.len(), profile.emergency_number), (30, 0, None));
    }
}
