//! Creates, changes and deletes a doctor's availability: the code that windows and weekly rules share.
//!
//! Each change reads the doctor's guard before the doctor's other windows and rules, and increases the guard's version.
//! So of two concurrent changes that overlap only one can be committed.

use crate::App;
use crate::availability::calendar::{accept_affected, appointments_losing_availability};
use crate::directory::records::expect_version;
use crate::support::change::{ChangeConditions, differences};
use crate::support::context::{Context, Outcome};
use crate::support::dependents::Existing;
use crate::support::error::AppError;
use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use crate::sweeps::{begin_sweep, schedule_sweep};
use domain::clinic::{Clinic, Room};
use domain::doctor::Doctor;
use domain::ids::{ClinicId, DoctorId, Id, RoomId};
use domain::schedule::{AvailabilityPeriod, Source};
use domain::time::{Instant, LocalDate, Zone};
use domain::violation::{Rule, Violations};
use serde::Serialize;
use std::collections::BTreeMap;
use store::audit::{AuditAction, FieldChange};
use store::guard::Guard;
use store::id_lookup::FoundById;
use store::keys::{EntityRef, Key, Resource};
use store::schedule::Timetable;
use store::sweep::{Sweep, SweepTask};

/// A window or a rule.
pub(super) trait AvailabilityRow: FoundById + Clone + Serialize + Send + Sync {
    type Id: Id + Send + Sync;
    /// Name in the audit trail.
    const MODEL: &'static str;
    /// The editable fields. The audit trail records these, in plain text.
    const AUDIT_PLAINTEXT: &'static [&'static str];

    fn entity_ref(id: Self::Id) -> EntityRef;
    fn metadata(&self) -> RowMetadata<Self::Id>;
    fn doctor(&self) -> DoctorId;
    fn source(&self) -> Source;
    /// A timetable that contains only this row.
    fn as_timetable(&self) -> Timetable;
    /// The first and last day on which other rows may overlap this one.
    fn days(&self) -> (LocalDate, LocalDate);
    /// The first other availability that this row overlaps.
    fn first_overlap(&self, others: &Timetable) -> Option<AvailabilityPeriod>;
    /// The local day on which the doctor's rules don't apply because of this row.
    fn replaces_rules_on(&self) -> Option<LocalDate> {
        None
    }
}

/// The editable fields of a window or a rule.
pub(super) trait AvailabilityDraft: Send + Sync {
    type Row: AvailabilityRow;

    fn doctor(&self) -> DoctorId;
    fn room(&self) -> RoomId;
    /// # Errors
    /// [`AppError::Validation`] if the row would contain no availability.
    fn to_row(&self, metadata: RowMetadata<<Self::Row as AvailabilityRow>::Id>) -> Result<Self::Row, AppError>;
}

/// The fields of a row that are derived or maintained by the application.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowMetadata<I> {
    pub(super) id: I,
    pub(super) clinic: ClinicId,
    pub(super) zone: Zone,
    pub(super) created_at: Instant,
    pub(super) updated_at: Instant,
    pub(super) version: u64,
}

/// # Errors
/// [`AppError::NotFound`], also outside the caller's clinics.
pub(super) async fn get<R: AvailabilityRow>(app: &App, ctx: &Context, id: R::Id) -> Result<R, AppError> {
    let found = app.table.find_by_id::<R>(R::entity_ref(id)).await?;
    found.filter(|row| ctx.scope.includes(row.metadata().clinic)).ok_or(AppError::NotFound)
}

/// # Errors
/// [`AppError::AlreadyExists`] where the row overlaps another one of the doctor; [`AppError::InUse`] where it replaces
/// rules and would strand appointments, unless forced; [`AppError::Validation`].
pub(super) async fn create<D: AvailabilityDraft>(
    app: &App,
    ctx: &Context,
    draft: &D,
    conditions: ChangeConditions,
) -> Result<Outcome<<D::Row as AvailabilityRow>::Id>, AppError> {
    match crate::retry!(number => try_create(app, ctx, draft, conditions, number)) {
        Ok(outcome) => Ok(outcome),
        Err(error) => Ok(Outcome { value: ctx.concurrent_outcome(app, error).await?, replayed: true }),
    }
}

/// Creates a row with a given id unless it exists. Returns whether it was created.
pub(super) async fn create_with_id<D: AvailabilityDraft>(
    app: &App,
    ctx: &Context,
    id: <D::Row as AvailabilityRow>::Id,
    draft: &D,
) -> Result<bool, AppError> {
    crate::retry!(_number => async {
        if app.table.find_by_id::<D::Row>(D::Row::entity_ref(id)).await?.is_some() {
            return Ok(false);
        }
        Box::pin(commit_new(UnitOfWork::new(app, ctx), draft, id, ChangeConditions::default())).await?;
        Ok::<bool, AttemptError>(true)
    })
}

async fn try_create<D: AvailabilityDraft>(
    app: &App,
    ctx: &Context,
    draft: &D,
    conditions: ChangeConditions,
    attempt: u32,
) -> Result<Outcome<<D::Row as AvailabilityRow>::Id>, AttemptError> {
    if let Some(id) = ctx.previous_outcome(app, attempt).await? {
        return Ok(Outcome { value: id, replayed: ctx.idempotency_key.from_client });
    }
    let id = app.new_id();
    // Boxed: nested futures are large without optimisation, and the stack of a test thread is small.
    Box::pin(commit_new(UnitOfWork::with_outcome(app, ctx, id), draft, id, conditions)).await?;
    Ok(Outcome { value: id, replayed: false })
}

async fn commit_new<D: AvailabilityDraft>(
    mut uow: UnitOfWork<'_>,
    draft: &D,
    id: <D::Row as AvailabilityRow>::Id,
    conditions: ChangeConditions,
) -> Result<(), AttemptError> {
    let PlannedRow { row, guard, others } = plan_row(&uow, draft, RowIdentity::New(id)).await?;
    let (app, ctx, doctor, after) = (uow.app, uow.ctx, row.doctor(), row.as_timetable());
    let before = replaced_rules(Some(&row), &others);
    let replaced = Some((row.source(), after.clone()));
    let affected = appointments_losing_availability(app, doctor, &before, replaced).await?;
    accept_affected(app, ctx, &affected, conditions).await?;
    uow.transaction.create_with_lookup(&row);
    guard.bump_version(&mut uow.transaction);
    let task = SweepTask::Availability { doctor, before, after };
    let sweep = schedule_sweep(&mut uow, task).await?;
    audit_change::<D::Row>(&mut uow, None, Some(&row));
    uow.commit().await?;
    begin_sweep(app, sweep).await;
    Ok(())
}

/// Whether a draft creates a row or changes one.
enum RowIdentity<'a, R: AvailabilityRow> {
    New(R::Id),
    Existing(&'a R),
}

struct PlannedRow<R> {
    row: R,
    guard: Guard,
    /// The other availability of the doctor: all rules, and the windows around the row.
    others: Timetable,
}

/// The rules that don't apply because of a row, on the day on which they don't.
fn replaced_rules<R: AvailabilityRow>(row: Option<&R>, others: &Timetable) -> Timetable {
    row.and_then(AvailabilityRow::replaces_rules_on).map(|date| others.rules_on(date)).unwrap_or_default()
}

/// Builds the row of a draft and checks that it doesn't overlap other rows of the doctor.
async fn plan_row<D: AvailabilityDraft>(
    &UnitOfWork { app, ctx, now, .. }: &UnitOfWork<'_>,
    draft: &D,
    identity: RowIdentity<'_, D::Row>,
) -> Result<PlannedRow<D::Row>, AppError> {
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
    if !clinic.is_active {
        return Err(AppError::invalid("room", Rule::ClinicInactive));
    }
    let (id, created_at, version) = match identity {
        RowIdentity::New(id) => (id, now, 1),
        RowIdentity::Existing(row) => {
            let RowMetadata { id, created_at, version, .. } = row.metadata();
            (id, created_at, version + 1)
        }
    };
    let (clinic, zone) = (clinic.id, clinic.profile.timezone);
    let row = draft.to_row(RowMetadata { id, clinic, zone, created_at, updated_at: now, version })?;
    let (from, to) = row.days();
    let others = Timetable::read(&app.table, draft.doctor(), from, to).await?.without(row.source());
    if let Some(other) = row.first_overlap(&others) {
        let visible = Some(other).filter(|other| ctx.scope.includes(other.clinic)).map(Box::new);
        return Err(AppError::AlreadyExists { field: "start_time", existing: Existing::Availability(visible) });
    }
    Ok(PlannedRow { row, guard, others })
}

/// Changes a row. Its doctor can't change.
///
/// # Errors
/// [`AppError::InUse`] if the change would strand appointments, unless forced; the errors of [`create`].
pub(super) async fn update<D: AvailabilityDraft>(
    app: &App,
    ctx: &Context,
    id: <D::Row as AvailabilityRow>::Id,
    conditions: ChangeConditions,
    next: impl Fn(&D::Row) -> Result<D, AppError> + Send + Sync,
) -> Result<(), AppError> {
    if let Some(sweep) = crate::retry!(number => try_update(app, ctx, id, conditions, &next, number))? {
        begin_sweep(app, sweep).await;
    }
    Ok(())
}

async fn try_update<D: AvailabilityDraft>(
    app: &App,
    ctx: &Context,
    id: <D::Row as AvailabilityRow>::Id,
    conditions: ChangeConditions,
    next: &(impl Fn(&D::Row) -> Result<D, AppError> + Send + Sync),
    attempt: u32,
) -> Result<Option<Sweep>, AttemptError> {
    if ctx.previous_outcome::<<D::Row as AvailabilityRow>::Id>(app, attempt).await?.is_some() {
        return Ok(None);
    }
    let mut uow = UnitOfWork::new(app, ctx);
    let before = get::<D::Row>(app, ctx, id).await?;
    let draft = next(&before)?;
    if draft.doctor() != before.doctor() {
        return Err(AppError::invalid("doctor", Rule::ReadOnly).into());
    }
    expect_version(conditions.if_match, before.metadata().version)?;
    let PlannedRow { row, guard, others } = plan_row(&uow, &draft, RowIdentity::Existing(&before)).await?;
    let (doctor, replaced) = (before.doctor(), Some((before.source(), row.as_timetable())));
    let lost = before.as_timetable().merged(replaced_rules(Some(&row), &others));
    let gained = row.as_timetable().merged(replaced_rules(Some(&before), &others));
    let affected = appointments_losing_availability(app, doctor, &lost, replaced).await?;
    accept_affected(app, ctx, &affected, conditions).await?;
    uow.record_outcome(id);
    uow.transaction.replace_with_lookup(&before, &row, before.metadata().version);
    guard.bump_version(&mut uow.transaction);
    let task = SweepTask::Availability { doctor, before: lost, after: gained };
    let sweep = schedule_sweep(&mut uow, task).await?;
    audit_change(&mut uow, Some(&before), Some(&row));
    uow.commit().await?;
    Ok(Some(sweep))
}

/// # Errors
/// [`AppError::InUse`] if the deletion would strand appointments, unless forced.
pub(super) async fn delete<R: AvailabilityRow>(
    app: &App,
    ctx: &Context,
    id: R::Id,
    conditions: ChangeConditions,
) -> Result<(), AppError> {
    if let Some(sweep) = crate::retry!(number => try_delete::<R>(app, ctx, id, conditions, number))? {
        begin_sweep(app, sweep).await;
    }
    Ok(())
}

async fn try_delete<R: AvailabilityRow>(
    app: &App,
    ctx: &Context,
    id: R::Id,
    conditions: ChangeConditions,
    attempt: u32,
) -> Result<Option<Sweep>, AttemptError> {
    if ctx.previous_outcome::<R::Id>(app, attempt).await?.is_some() {
        return Ok(None);
    }
    let mut uow = UnitOfWork::new(app, ctx);
    let row = get::<R>(app, ctx, id).await?;
    expect_version(conditions.if_match, row.metadata().version)?;
    let guard = app.table.get::<Guard>(&Key::guard(Resource::Doctor(row.doctor()))).await?;
    let replaced = Some((row.source(), Timetable::default()));
    let affected = appointments_losing_availability(app, row.doctor(), &row.as_timetable(), replaced).await?;
    accept_affected(app, ctx, &affected, conditions).await?;
    let applying_again = match row.replaces_rules_on() {
        Some(date) => Timetable::read(&app.table, row.doctor(), date, date).await?.rules_on(date),
        None => Timetable::default(),
    };
    uow.record_outcome(id);
    uow.transaction.delete_with_lookup(&row, row.metadata().version);
    guard.ok_or(AppError::NotFound)?.bump_version(&mut uow.transaction);
    let (doctor, before) = (row.doctor(), row.as_timetable());
    let task = SweepTask::Availability { doctor, before, after: applying_again };
    let sweep = schedule_sweep(&mut uow, task).await?;
    audit_change(&mut uow, Some(&row), None);
    uow.commit().await?;
    Ok(Some(sweep))
}

/// Adds the audit row, with the changes of the editable fields only.
fn audit_change<R: AvailabilityRow>(uow: &mut UnitOfWork<'_>, before: Option<&R>, after: Option<&R>) {
    let mut changes: BTreeMap<String, FieldChange> = differences(before, after, R::AUDIT_PLAINTEXT);
    changes.retain(|field, _| R::AUDIT_PLAINTEXT.contains(&field.as_str()));
    let action = match (before, after) {
        (None, _) => AuditAction::Create,
        (Some(_), None) => AuditAction::Delete,
        (Some(_), Some(_)) => AuditAction::Update,
    };
    if let Some(row) = after.or(before) {
        uow.audit((R::MODEL, row.metadata().id), action, changes);
    }
}
