//! When doctors see patients: dated windows, and what is still free in them.

use crate::App;
use crate::attempts::Failure;
use crate::change::{audit, differences};
use crate::context::{Context, Done};
use crate::error::AppError;
use crate::in_use::refuse;
use crate::records::expect_version;
use domain::agenda::Agenda;
use domain::appointment::Appointment;
use domain::availability::{Needs, Slot, covering, slots};
use domain::clinic::{Clinic, Room};
use domain::doctor::Doctor;
use domain::ids::{ClinicId, DoctorId, RoomId, WindowId};
use domain::schedule::Window;
use domain::time::{Instant, LocalDate, LocalTime, TimeDelta};
use domain::violation::{Rule, Violations};
use std::collections::{BTreeMap, BTreeSet};
use store::agenda::{AgendaDay, ReadAgenda};
use store::audit::{AuditAction, FieldChange};
use store::guard::Guard;
use store::keys::{Key, Resource};
use store::schedule::WindowPlace;
use store::{Role, Transaction, patterns};

/// What an ADMIN says of a window.
#[derive(Debug, Clone)]
pub struct WindowDraft {
    /// Whose time.
    pub doctor: DoctorId,
    /// In which room.
    pub room: RoomId,
    /// On which local day.
    pub date: LocalDate,
    /// From when.
    pub start_time: LocalTime,
    /// Until when.
    pub end_time: LocalTime,
    /// Length of a slot.
    pub slot_minutes: u16,
}

/// A window with the names and slots that clients see.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The window.
    pub window: Window,
    /// The doctor's name.
    pub doctor_name: String,
    /// The clinic's name.
    pub clinic_name: String,
    /// The room's name.
    pub room_name: String,
    /// Its slots.
    pub slots: Vec<Slot>,
}

/// Which windows are wanted: of one doctor, one room or one clinic at least.
#[derive(Debug, Clone)]
pub struct ScheduleFilter {
    /// Of this doctor.
    pub doctor: Option<DoctorId>,
    /// In this room.
    pub room: Option<RoomId>,
    /// At this clinic.
    pub clinic: Option<ClinicId>,
    /// From this local day …
    pub from: LocalDate,
    /// … to this one, included.
    pub to: LocalDate,
}

/// The windows of some days with their slots, by date and time.
///
/// # Errors
/// What reading says.
pub async fn list_schedules(app: &App, ctx: &Context, filter: &ScheduleFilter) -> Result<Vec<Opening>, AppError> {
    let (from, to) = (filter.from, filter.to);
    let mut windows: Vec<Window> = match (filter.doctor, filter.room, filter.clinic) {
        (Some(doctor), _, _) => app.table.query_all(&patterns::windows_of_doctor(doctor, from, to)).await?,
        (None, Some(room), _) => app.table.query_all(&patterns::windows_of_room(room, from, to)).await?,
        (None, None, Some(clinic)) => {
            let rooms = crate::clinics::rooms_of(app, clinic).await?;
            let queries = rooms.iter().map(|room| async move {
                app.table.query_all::<Window>(&patterns::windows_of_room(room.id, from, to)).await
            });
            futures_util::future::try_join_all(queries).await?.into_iter().flatten().collect()
        }
        (None, None, None) => Vec::new(),
    };
    windows.retain(|window| {
        ctx.scope.includes(window.clinic)
            && filter.room.is_none_or(|room| window.room == room)
            && filter.clinic.is_none_or(|clinic| window.clinic == clinic)
    });
    let mut openings = openings(app, windows).await?;
    openings.sort_by_key(|opening| (opening.window.date, opening.window.start_time, opening.window.id));
    Ok(openings)
}

/// Puts names and slots to windows. Windows of what was deactivated are none.
async fn openings(app: &App, windows: Vec<Window>) -> Result<Vec<Opening>, AppError> {
    let now = app.now();
    let mut keys = BTreeSet::new();
    let mut spans: BTreeMap<Resource, (LocalDate, LocalDate)> = BTreeMap::new();
    for window in &windows {
        keys.extend([Key::doctor(window.doctor), Key::room(window.room), Key::clinic(window.clinic)]);
        for day in
            window.interval().into_iter().flat_map(|open| open.extended(MAX_BUFFER).utc_days().collect::<Vec<_>>())
        {
            for resource in [Resource::Doctor(window.doctor), Resource::Room(window.room)] {
                let span = spans.entry(resource).or_insert((day, day));
                *span = (span.0.min(day), span.1.max(day));
            }
        }
    }
    let keys: Vec<Key> = keys.into_iter().collect();
    let (mut doctors, mut rooms, mut clinics) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let mut batch = app.table.batch(&keys).await?;
    for window in &windows {
        doctors.extend(batch.take::<Doctor>(&Key::doctor(window.doctor))?.map(|doctor| (window.doctor, doctor)));
        rooms.extend(batch.take::<Room>(&Key::room(window.room))?.map(|room| (window.room, room)));
        clinics.extend(batch.take::<Clinic>(&Key::clinic(window.clinic))?.map(|clinic| (window.clinic, clinic)));
    }
    let agendas = spans.into_iter().map(|(resource, (from, to))| async move {
        let days: Vec<AgendaDay> = app.table.query_all(&patterns::agenda_days(resource, from, to)).await?;
        Ok::<_, AppError>((resource, merged(&days)))
    });
    let agendas: BTreeMap<Resource, Agenda> = futures_util::future::try_join_all(agendas).await?.into_iter().collect();
    let nothing = Agenda::default();
    let agenda = |resource| agendas.get(&resource).unwrap_or(&nothing);
    let open = |window: Window| {
        let (doctor, room) = (doctors.get(&window.doctor)?, rooms.get(&window.room)?);
        let clinic = clinics.get(&window.clinic)?;
        if !(doctor.is_active && room.is_active && clinic.is_active) {
            return None;
        }
        let needs = Needs {
            doctor: agenda(Resource::Doctor(window.doctor)),
            buffer: doctor.profile.buffer(),
            room: agenda(Resource::Room(window.room)),
            capacity: usize::from(room.profile.capacity),
        };
        Some(Opening {
            slots: slots(&window, needs, now),
            doctor_name: doctor.profile.full_name(),
            clinic_name: clinic.profile.name.as_str().to_owned(),
            room_name: room.profile.name.as_str().to_owned(),
            window,
        })
    };
    Ok(windows.into_iter().filter_map(open).collect())
}

/// The longest buffer that a doctor may keep.
const MAX_BUFFER: TimeDelta = TimeDelta::minutes(120);

fn merged(days: &[AgendaDay]) -> Agenda {
    let mut agenda = Agenda::default();
    for row in days {
        for (id, entry) in row.day().into_iter().flat_map(|day| row.entries(day)) {
            agenda.add(id, entry);
        }
    }
    agenda
}

/// Reads a window.
///
/// # Errors
/// [`AppError::NotFound`], also outside the caller's clinics.
pub async fn get_schedule(app: &App, ctx: &Context, id: WindowId) -> Result<Opening, AppError> {
    let window = find(app, ctx, id).await?;
    openings(app, vec![window]).await?.pop().ok_or(AppError::NotFound)
}

async fn find(app: &App, ctx: &Context, id: WindowId) -> Result<Window, AppError> {
    let place = app.table.get::<WindowPlace>(&Key::window_place(id)).await?.ok_or(AppError::NotFound)?;
    let key = Key::window(place.doctor, place.date, id);
    let window = app.table.get::<Window>(&key).await?.ok_or(AppError::NotFound)?;
    if ctx.scope.includes(window.clinic) { Ok(window) } else { Err(AppError::NotFound) }
}

/// Opens a window.
///
/// # Errors
/// [`AppError::AlreadyExists`] where it overlaps another of the doctor, [`AppError::Validation`].
pub async fn create_schedule(app: &App, ctx: &Context, draft: &WindowDraft) -> Result<Done<Opening>, AppError> {
    let done = match crate::attempt!(number => try_create(app, ctx, draft, number)) {
        Ok(done) => done,
        Err(refusal) => Done { value: ctx.done_meanwhile(app, refusal).await?, replayed: true },
    };
    Ok(Done { value: get_schedule(app, ctx, done.value).await?, replayed: done.replayed })
}

async fn try_create(app: &App, ctx: &Context, draft: &WindowDraft, attempt: u32) -> Result<Done<WindowId>, Failure> {
    if let Some(id) = ctx.done_before(app, attempt).await? {
        return Ok(Done { value: id, replayed: ctx.once.from_client });
    }
    let now = app.now();
    let plan = plan(app, ctx, draft, None, now).await?;
    let mut transaction = ctx.begin(plan.window.id, now);
    transaction.create(Role::Version, &plan.window);
    transaction.create(Role::Append, &WindowPlace::of(&plan.window));
    plan.guard.raise(&mut transaction, true);
    let changes = changes(None, Some(&plan.window));
    audit(app, ctx, &mut transaction, now, ("schedule", plan.window.id), AuditAction::Create, changes);
    ctx.commit(app, transaction).await?;
    Ok(Done { value: plan.window.id, replayed: false })
}

const OPEN: &[&str] = &["doctor", "room", "date", "start_time", "end_time", "slot_minutes"];

/// What the audit trail shows of a change: what people edit, not the bookkeeping around it.
fn changes(before: Option<&Window>, after: Option<&Window>) -> BTreeMap<String, FieldChange> {
    let mut changes = differences(before, after, OPEN);
    changes.retain(|field, _| OPEN.contains(&field.as_str()));
    changes
}

struct Plan {
    window: Window,
    guard: Guard,
}

/// The window that a draft describes. The doctor's guard, which the transaction raises, is read
/// before the other windows: so two overlapping windows can't both see none of the other.
async fn plan(
    app: &App,
    ctx: &Context,
    draft: &WindowDraft,
    before: Option<&Window>,
    now: Instant,
) -> Result<Plan, AppError> {
    let guard_key = Key::guard(Resource::Doctor(draft.doctor));
    let keys = [Key::doctor(draft.doctor), guard_key.clone(), Key::room(draft.room)];
    let mut batch = app.table.batch(&keys).await?;
    let doctor = batch.take::<Doctor>(&Key::doctor(draft.doctor))?;
    let guard = batch.take::<Guard>(&guard_key)?;
    let room = batch.take::<Room>(&Key::room(draft.room))?.filter(|room| ctx.scope.includes(room.profile.clinic));
    let mut violations = Violations::default();
    match &doctor {
        None => violations.add("doctor", Rule::NoSuchThing),
        Some(doctor) if !doctor.is_active => violations.add("doctor", Rule::Inactive),
        Some(_) => {}
    }
    match &room {
        None => violations.add("room", Rule::NoSuchThing),
        Some(room) if !room.is_active => violations.add("room", Rule::Inactive),
        Some(_) => {}
    }
    let (room, guard) = violations.finish(room.zip(guard))?;
    let clinic = app.table.get::<Clinic>(&Key::clinic(room.profile.clinic)).await?.ok_or(AppError::NotFound)?;
    let window = Window {
        id: before.map_or_else(|| app.new_id(), |window| window.id),
        doctor: draft.doctor,
        room: room.id,
        clinic: clinic.id,
        zone: clinic.profile.timezone,
        date: draft.date,
        start_time: draft.start_time,
        end_time: draft.end_time,
        slot_minutes: draft.slot_minutes,
        created_at: before.map_or(now, |window| window.created_at),
        updated_at: now,
        version: before.map_or(1, |window| window.version + 1),
    };
    if window.interval().is_none() {
        return Err(AppError::invalid("end_time", Rule::EndNotAfterStart));
    }
    let others = neighbours(app, &window).await?;
    if others.iter().any(|other| other.overlaps(&window)) {
        return Err(AppError::AlreadyExists { field: "start_time" });
    }
    Ok(Plan { window, guard })
}

/// The doctor's other windows of the same and the adjacent days: clinics may be in other zones.
async fn neighbours(app: &App, window: &Window) -> Result<Vec<Window>, AppError> {
    let from = window.date.pred_opt().unwrap_or(window.date);
    let to = window.date.succ_opt().unwrap_or(window.date);
    let mut windows: Vec<Window> = app.table.query_all(&patterns::windows_of_doctor(window.doctor, from, to)).await?;
    windows.retain(|other| other.id != window.id);
    Ok(windows)
}

/// Changes a window. It stays its doctor's.
///
/// # Errors
/// [`AppError::InUse`] where it would leave visits outside, unless `force`: then they are marked as
/// needing attention. Those of [`create_schedule`].
pub async fn update_schedule(
    app: &App,
    ctx: &Context,
    id: WindowId,
    if_match: Option<u64>,
    force: bool,
    next: impl Fn(&Window) -> Result<WindowDraft, AppError> + Send + Sync,
) -> Result<Opening, AppError> {
    crate::attempt!(number => try_update(app, ctx, id, if_match, force, &next, number))?;
    get_schedule(app, ctx, id).await
}

async fn try_update(
    app: &App,
    ctx: &Context,
    id: WindowId,
    if_match: Option<u64>,
    force: bool,
    next: &(impl Fn(&Window) -> Result<WindowDraft, AppError> + Send + Sync),
    attempt: u32,
) -> Result<(), Failure> {
    if ctx.done_before::<WindowId>(app, attempt).await?.is_some() {
        return Ok(());
    }
    let now = app.now();
    let before = find(app, ctx, id).await?;
    expect_version(if_match, before.version)?;
    let draft = next(&before)?;
    if draft.doctor != before.doctor {
        return Err(AppError::invalid("doctor", Rule::ReadOnly).into());
    }
    let plan = plan(app, ctx, &draft, Some(&before), now).await?;
    let mut transaction = ctx.begin(id, now);
    strand(app, &mut transaction, &before, Some(&plan.window), force, now).await?;
    if plan.window.date == before.date {
        transaction.replace(Role::Version, &plan.window, before.version);
    } else {
        // The date is part of the key.
        transaction.delete_at(Role::Version, Key::window(before.doctor, before.date, id), before.version);
        transaction.create(Role::Append, &plan.window);
        transaction.overwrite(Role::Append, &WindowPlace::of(&plan.window));
    }
    plan.guard.raise(&mut transaction, true);
    let changes = changes(Some(&before), Some(&plan.window));
    audit(app, ctx, &mut transaction, now, ("schedule", id), AuditAction::Update, changes);
    ctx.commit(app, transaction).await
}

/// Closes a window.
///
/// # Errors
/// [`AppError::InUse`] where it holds visits, unless `force`.
pub async fn delete_schedule(
    app: &App,
    ctx: &Context,
    id: WindowId,
    if_match: Option<u64>,
    force: bool,
) -> Result<(), AppError> {
    crate::attempt!(number => try_delete(app, ctx, id, if_match, force, number))
}

async fn try_delete(
    app: &App,
    ctx: &Context,
    id: WindowId,
    if_match: Option<u64>,
    force: bool,
    attempt: u32,
) -> Result<(), Failure> {
    if ctx.done_before::<WindowId>(app, attempt).await?.is_some() {
        return Ok(());
    }
    let now = app.now();
    let window = find(app, ctx, id).await?;
    expect_version(if_match, window.version)?;
    let guard =
        app.table.get::<Guard>(&Key::guard(Resource::Doctor(window.doctor))).await?.ok_or(AppError::NotFound)?;
    let mut transaction = ctx.begin(id, now);
    strand(app, &mut transaction, &window, None, force, now).await?;
    transaction.delete_at(Role::Version, Key::window(window.doctor, window.date, id), window.version);
    transaction.delete(Role::Append, Key::window_place(id));
    guard.raise(&mut transaction, guard.active);
    let changes = changes(Some(&window), None);
    audit(app, ctx, &mut transaction, now, ("schedule", id), AuditAction::Delete, changes);
    ctx.commit(app, transaction).await
}

/// Refuses a change that leaves visits outside the doctor's time, or with `force` marks them.
async fn strand(
    app: &App,
    transaction: &mut Transaction,
    before: &Window,
    after: Option<&Window>,
    force: bool,
    now: Instant,
) -> Result<(), AppError> {
    let Some(open) = before.interval() else { return Ok(()) };
    let resource = Resource::Doctor(before.doctor);
    let mut batch = app.table.batch(&store::agenda::keys(resource, open).collect::<Vec<_>>()).await?;
    let agenda = ReadAgenda::from_batch(resource, open, &mut batch)?;
    // A booking that slips in from here on makes this transaction fail, and it is decided anew.
    agenda.hold(transaction);
    let mut remaining = neighbours(app, before).await?;
    remaining.extend(after.cloned());
    let keys: Vec<Key> = agenda
        .agenda
        .iter()
        .filter(|(_, entry)| entry.interval.overlaps(open) && entry.interval.end() > now)
        .map(|(id, _)| Key::appointment(id))
        .collect();
    let mut batch = app.table.batch(&keys).await?;
    let mut stranded: Vec<Appointment> = Vec::new();
    for key in &keys {
        stranded.extend(batch.take::<Appointment>(key)?.filter(|visit| {
            let outside = |time| covering(&remaining, Some(visit.room), time).is_none();
            visit.room == before.room && visit.start > now && visit.interval().is_some_and(outside)
        }));
    }
    if !force {
        return refuse(&stranded);
    }
    for mut visit in stranded {
        let read = visit.version;
        visit.needs_attention = true;
        visit.updated_at = now;
        visit.version += 1;
        transaction.replace(Role::Version, &visit, read);
    }
    Ok(())
}
