//! Opening, changing and closing a doctor's time: what windows and rules have in common.
//!
//! Each such change raises the doctor's guard, which it reads before the doctor's other windows and
//! rules: so two that overlap can't both see nothing of the other.

use crate::App;
use crate::availability::calendar::{expect_none, leave, sweep, without_opening};
use crate::directory::records::expect_version;
use crate::support::attempts::Failure;
use crate::support::change::{audit, differences};
use crate::support::context::{Context, Done};
use crate::support::error::AppError;
use domain::clinic::{Clinic, Room};
use domain::doctor::Doctor;
use domain::ids::{ClinicId, DoctorId, Id, RoomId};
use domain::schedule::Source;
use domain::time::{Instant, LocalDate, Zone};
use domain::violation::{Rule, Violations};
use serde::Serialize;
use std::collections::BTreeMap;
use store::Transaction;
use store::audit::{AuditAction, FieldChange};
use store::guard::Guard;
use store::keys::{Key, Resource, Thing};
use store::place::Placed;
use store::schedule::Timetable;
use store::sweep::{CalendarChange, Sweep};

/// A window or a rule.
pub(super) trait DoctorTime: Placed + Clone + Serialize + Send + Sync {
    /// Its ids.
    type Id: Id + Send + Sync;
    /// Its name in the audit trail.
    const MODEL: &'static str;
    /// The fields that people edit, which are those that the audit trail shows.
    const OPEN: &'static [&'static str];

    /// What it is called by.
    fn thing_of(id: Self::Id) -> Thing;
    /// What isn't said of it but follows: where it is, when it was made and changed.
    fn facts(&self) -> Facts<Self::Id>;
    /// Whose time it is.
    fn doctor(&self) -> DoctorId;
    /// What its openings come from.
    fn source(&self) -> Source;
    /// A timetable of it alone.
    fn alone(&self) -> Timetable;
    /// The days on which others may overlap it.
    fn days(&self) -> (LocalDate, LocalDate);
    /// Whether it shares time with another of the same doctor.
    fn overlaps(&self, others: &Timetable) -> bool;
}

/// What an ADMIN says of a window or a rule.
pub(super) trait Draft: Send + Sync {
    /// What it becomes.
    type Row: DoctorTime;

    /// Whose time.
    fn doctor(&self) -> DoctorId;
    /// In which room.
    fn room(&self) -> RoomId;
    /// The row.
    ///
    /// # Errors
    /// [`AppError::Validation`] where it would have no openings.
    fn row(&self, facts: Facts<<Self::Row as DoctorTime>::Id>) -> Result<Self::Row, AppError>;
}

/// What a draft doesn't say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts<I> {
    pub(super) id: I,
    pub(super) clinic: ClinicId,
    pub(super) zone: Zone,
    pub(super) created_at: Instant,
    pub(super) updated_at: Instant,
    pub(super) version: u64,
}

/// Reads a window or a rule.
///
/// # Errors
/// [`AppError::NotFound`], also outside the caller's clinics.
pub(super) async fn get<R: DoctorTime>(app: &App, ctx: &Context, id: R::Id) -> Result<R, AppError> {
    let found = app.table.find::<R>(R::thing_of(id)).await?;
    found.filter(|row| ctx.scope.includes(row.facts().clinic)).ok_or(AppError::NotFound)
}

/// Opens time.
///
/// # Errors
/// [`AppError::AlreadyExists`] where it overlaps other time of the doctor, [`AppError::Validation`].
pub(super) async fn create<D: Draft>(
    app: &App,
    ctx: &Context,
    draft: &D,
) -> Result<Done<<D::Row as DoctorTime>::Id>, AppError> {
    match crate::attempt!(number => try_create(app, ctx, draft, number)) {
        Ok(done) => Ok(done),
        Err(refusal) => Ok(Done { value: ctx.done_meanwhile(app, refusal).await?, replayed: true }),
    }
}

/// Opens time under an id that was chosen for it. Answers whether it wasn't there yet.
///
/// # Errors
/// Those of [`create`].
pub(super) async fn create_as<D: Draft>(
    app: &App,
    ctx: &Context,
    id: <D::Row as DoctorTime>::Id,
    draft: &D,
) -> Result<bool, AppError> {
    crate::attempt!(_number => async {
        if app.table.find::<D::Row>(D::Row::thing_of(id)).await?.is_some() {
            return Ok(false);
        }
        let now = app.now();
        Box::pin(open(app, ctx, Transaction::default(), draft, id, now)).await?;
        Ok::<bool, Failure>(true)
    })
}

async fn try_create<D: Draft>(
    app: &App,
    ctx: &Context,
    draft: &D,
    attempt: u32,
) -> Result<Done<<D::Row as DoctorTime>::Id>, Failure> {
    if let Some(id) = ctx.done_before(app, attempt).await? {
        return Ok(Done { value: id, replayed: ctx.once.from_client });
    }
    let now = app.now();
    let id = app.new_id();
    // Boxed: a test's stack is small, and futures inside futures are large without optimisation.
    Box::pin(open(app, ctx, ctx.begin(id, now), draft, id, now)).await?;
    Ok(Done { value: id, replayed: false })
}

async fn open<D: Draft>(
    app: &App,
    ctx: &Context,
    mut transaction: Transaction,
    draft: &D,
    id: <D::Row as DoctorTime>::Id,
    now: Instant,
) -> Result<(), Failure> {
    let Plan { row, guard } = plan(app, ctx, draft, Identity::New(id), now).await?;
    transaction.create_placed(&row);
    guard.touch(&mut transaction);
    trail::<D::Row>(app, ctx, &mut transaction, None, Some(&row), now);
    ctx.commit(app, transaction).await
}

/// Which row a draft is to become.
enum Identity<'a, R: DoctorTime> {
    /// A new one.
    New(R::Id),
    /// Another state of this one.
    Same(&'a R),
}

struct Plan<R> {
    row: R,
    guard: Guard,
}

/// The row that a draft describes, if it can stand next to the doctor's others.
async fn plan<D: Draft>(
    app: &App,
    ctx: &Context,
    draft: &D,
    identity: Identity<'_, D::Row>,
    now: Instant,
) -> Result<Plan<D::Row>, AppError> {
    let guard_key = Key::guard(Resource::Doctor(draft.doctor()));
    let keys = [Key::doctor(draft.doctor()), guard_key.clone(), Key::room(draft.room())];
    let mut batch = app.table.batch(&keys).await?;
    let doctor = batch.take::<Doctor>(&Key::doctor(draft.doctor()))?;
    let guard = batch.take::<Guard>(&guard_key)?;
    let room = batch.take::<Room>(&Key::room(draft.room()))?.filter(|room| ctx.scope.includes(room.profile.clinic));
    let mut violations = Violations::default();
    violations.expect_active("doctor", doctor.as_ref().map(|doctor| doctor.is_active));
    violations.expect_active("room", room.as_ref().map(|room| room.is_active));
    let (room, guard) = violations.finish(room.zip(guard))?;
    let clinic = app.table.get::<Clinic>(&Key::clinic(room.profile.clinic)).await?.ok_or(AppError::NotFound)?;
    let (id, created_at, version) = match identity {
        Identity::New(id) => (id, now, 1),
        Identity::Same(row) => {
            let Facts { id, created_at, version, .. } = row.facts();
            (id, created_at, version + 1)
        }
    };
    let (clinic, zone) = (clinic.id, clinic.profile.timezone);
    let row = draft.row(Facts { id, clinic, zone, created_at, updated_at: now, version })?;
    let (from, to) = row.days();
    let others = Timetable::read(&app.table, draft.doctor(), from, to).await?.without(row.source());
    if row.overlaps(&others) {
        return Err(AppError::AlreadyExists { field: "start_time" });
    }
    Ok(Plan { row, guard })
}

/// Whether and how a change may be made.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// The version that the client saw.
    pub if_match: Option<u64>,
    /// Whether appointments may be left without a place; they are marked as needing attention.
    pub force: bool,
}

/// Changes time. It stays its doctor's.
///
/// # Errors
/// [`AppError::InUse`] where it would leave appointments outside, unless forced. Those of [`create`].
pub(super) async fn update<D: Draft>(
    app: &App,
    ctx: &Context,
    id: <D::Row as DoctorTime>::Id,
    terms: Terms,
    next: impl Fn(&D::Row) -> Result<D, AppError> + Send + Sync,
) -> Result<(), AppError> {
    if let Some(left) = crate::attempt!(number => try_update(app, ctx, id, terms, &next, number))? {
        sweep(app, &left).await;
    }
    Ok(())
}

async fn try_update<D: Draft>(
    app: &App,
    ctx: &Context,
    id: <D::Row as DoctorTime>::Id,
    terms: Terms,
    next: &(impl Fn(&D::Row) -> Result<D, AppError> + Send + Sync),
    attempt: u32,
) -> Result<Option<Sweep>, Failure> {
    if ctx.done_before::<<D::Row as DoctorTime>::Id>(app, attempt).await?.is_some() {
        return Ok(None);
    }
    let now = app.now();
    let before = get::<D::Row>(app, ctx, id).await?;
    let draft = next(&before)?;
    if draft.doctor() != before.doctor() {
        return Err(AppError::invalid("doctor", Rule::ReadOnly).into());
    }
    expect_version(terms.if_match, before.facts().version)?;
    let Plan { row, guard } = plan(app, ctx, &draft, Identity::Same(&before), now).await?;
    let replaced = Some((before.source(), row.alone()));
    expect_none(&without_opening(app, before.doctor(), &before.alone(), replaced).await?, terms.force)?;
    let mut transaction = ctx.begin(id, now);
    transaction.replace_placed(&before, &row, before.facts().version);
    guard.touch(&mut transaction);
    let change = CalendarChange::Openings { doctor: before.doctor(), before: before.alone() };
    let left = leave(app, ctx, &mut transaction, change, now).await?;
    trail(app, ctx, &mut transaction, Some(&before), Some(&row), now);
    ctx.commit(app, transaction).await?;
    Ok(Some(left))
}

/// Closes time.
///
/// # Errors
/// [`AppError::InUse`] where it holds appointments, unless forced.
pub(super) async fn delete<R: DoctorTime>(app: &App, ctx: &Context, id: R::Id, terms: Terms) -> Result<(), AppError> {
    if let Some(left) = crate::attempt!(number => try_delete::<R>(app, ctx, id, terms, number))? {
        sweep(app, &left).await;
    }
    Ok(())
}

async fn try_delete<R: DoctorTime>(
    app: &App,
    ctx: &Context,
    id: R::Id,
    terms: Terms,
    attempt: u32,
) -> Result<Option<Sweep>, Failure> {
    if ctx.done_before::<R::Id>(app, attempt).await?.is_some() {
        return Ok(None);
    }
    let now = app.now();
    let row = get::<R>(app, ctx, id).await?;
    expect_version(terms.if_match, row.facts().version)?;
    let guard = app.table.get::<Guard>(&Key::guard(Resource::Doctor(row.doctor()))).await?;
    let replaced = Some((row.source(), Timetable::default()));
    expect_none(&without_opening(app, row.doctor(), &row.alone(), replaced).await?, terms.force)?;
    let mut transaction = ctx.begin(id, now);
    transaction.delete_placed(&row, row.facts().version);
    guard.ok_or(AppError::NotFound)?.touch(&mut transaction);
    let change = CalendarChange::Openings { doctor: row.doctor(), before: row.alone() };
    let left = leave(app, ctx, &mut transaction, change, now).await?;
    trail(app, ctx, &mut transaction, Some(&row), None, now);
    ctx.commit(app, transaction).await?;
    Ok(Some(left))
}

/// Adds the row of the audit trail: what people edit, not the bookkeeping around it.
fn trail<R: DoctorTime>(
    app: &App,
    ctx: &Context,
    transaction: &mut Transaction,
    before: Option<&R>,
    after: Option<&R>,
    now: Instant,
) {
    let mut changes: BTreeMap<String, FieldChange> = differences(before, after, R::OPEN);
    changes.retain(|field, _| R::OPEN.contains(&field.as_str()));
    let action = match (before, after) {
        (None, _) => AuditAction::Create,
        (Some(_), None) => AuditAction::Delete,
        (Some(_), Some(_)) => AuditAction::Update,
    };
    if let Some(row) = after.or(before) {
        audit(app, ctx, transaction, now, (R::MODEL, row.facts().id), action, changes);
    }
}
