//! Creates and changes records: patients, doctors, specialties, clinics and rooms. A record is an id, a profile, a
//! version and an active flag. [`Profile`] has the differences between the kinds of records.

use crate::App;
use crate::availability::calendar::{accept_affected, appointments_in_closed_time};
use crate::support::change::{ChangeConditions, differences};
use crate::support::context::{Context, Outcome};
use crate::support::error::AppError;
use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use crate::sweeps::{begin_sweep, schedule_sweep};
use domain::appointment::Appointment;
use domain::ids::Id;
use domain::name::Name;
use domain::record::Record;
use domain::time::Instant;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use store::audit::AuditAction;
use store::guard::Guard;
use store::item::Entity;
use store::keys::{Key, Resource, Unique};
use store::search::SearchEntry;
use store::sweep::{Closure, GuardScope, NamedRecord, Sweep, SweepTask};
use store::unique::Owner;
use store::{Purpose, Transaction};

/// The properties of one kind of record.
pub trait Profile: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync {
    type Id: Id + Send + Sync;
    /// Name in the audit trail.
    const MODEL: &'static str;
    /// The fields whose values the audit trail may contain in plain text.
    const AUDIT_PLAINTEXT: &'static [&'static str];

    /// Whether existing blocks and holidays apply to a new record.
    const INHERITS_CLOSURES: bool = false;

    fn key(id: Self::Id) -> Key;

    /// The values that must be unique among the records of this kind.
    fn unique_values(record: &Record<Self::Id, Self>) -> Vec<Unique>;

    /// The bookable resource that belongs to the record.
    fn resource(_id: Self::Id) -> Option<Resource> {
        None
    }

    /// The guards that depend on the active flag of the record.
    fn guarded(id: Self::Id) -> Option<GuardScope> {
        Self::resource(id).map(GuardScope::One)
    }

    /// The name that appointments have a copy of, and the record that a sweep copies it from.
    fn copied_name(_record: &Record<Self::Id, Self>) -> Option<(NamedRecord, Name)> {
        None
    }

    /// The upcoming appointments that have no place any more after a change of the profile.
    fn displaced(
        _app: &App,
        _before: &Record<Self::Id, Self>,
        _after: &Record<Self::Id, Self>,
    ) -> impl Future<Output = Result<Vec<Appointment>, AppError>> + Send {
        std::future::ready(Ok(Vec::new()))
    }

    /// The work that a change of the profile leaves, apart from [`Self::copied_name`].
    fn follow_up(_before: &Record<Self::Id, Self>, _after: &Record<Self::Id, Self>) -> Option<SweepTask> {
        None
    }

    /// Adds other rows that are written with a new record.
    fn add_related_rows(_record: &Record<Self::Id, Self>, _transaction: &mut Transaction) {}

    /// The rows of the record in the search index.
    fn search_entries(_record: &Record<Self::Id, Self>) -> BTreeSet<SearchEntry> {
        BTreeSet::new()
    }
}

pub async fn get<P: Profile>(app: &App, id: P::Id) -> Result<Record<P::Id, P>, AppError>
where
    Record<P::Id, P>: Entity,
{
    app.table.get(&P::key(id)).await?.ok_or(AppError::NotFound)
}

/// Reads the record that a request names. The row may have been prefetched.
pub async fn get_or_prefetched<P: Profile>(app: &App, ctx: &Context, id: P::Id) -> Result<Record<P::Id, P>, AppError>
where
    Record<P::Id, P>: Entity,
{
    ctx.get_or_prefetched(app, &P::key(id)).await?.ok_or(AppError::NotFound)
}

/// # Errors
/// [`AppError::AlreadyExists`] if another record has one of the unique values.
pub async fn create<P: Profile>(
    app: &App,
    ctx: &Context,
    next: impl Into<RecordDraft<P>>,
) -> Result<Outcome<Record<P::Id, P>>, AppError>
where
    Record<P::Id, P>: Entity,
{
    let next = next.into();
    crate::retry!(number => try_create(app, ctx, &next, number))
}

async fn try_create<P: Profile>(
    app: &App,
    ctx: &Context,
    next: &RecordDraft<P>,
    attempt: u32,
) -> Result<Outcome<Record<P::Id, P>>, AttemptError>
where
    Record<P::Id, P>: Entity,
{
    if let Some(id) = ctx.previous_outcome(app, attempt).await? {
        return Ok(Outcome { value: get(app, id).await?, replayed: ctx.idempotency_key.from_client });
    }
    let mut uow = UnitOfWork::new(app, ctx);
    let record = next.clone().into_record(app.new_id(), uow.now);
    uow.record_outcome(record.id);
    // Boxed: nested futures are large without optimisation, and the stack of a test thread is small.
    Box::pin(commit_new(uow, &record)).await?;
    Ok(Outcome { value: record, replayed: false })
}

/// Commits a unit of work with a new record, the rows that belong to it, and its audit row.
pub(crate) async fn commit_new<P: Profile>(
    mut uow: UnitOfWork<'_>,
    record: &Record<P::Id, P>,
) -> Result<(), AttemptError>
where
    Record<P::Id, P>: Entity,
{
    let app = uow.app;
    add_record(&mut uow.transaction, record);
    let mut sweep = None;
    if let Some(scope) = P::guarded(record.id).filter(|_| P::INHERITS_CLOSURES) {
        let task = SweepTask::Guards { of: scope, closed: Closure::None, opened: Closure::None };
        sweep = Some(schedule_sweep(&mut uow, task).await?);
    }
    let changes = differences(None, Some(&record.profile), P::AUDIT_PLAINTEXT);
    uow.audit((P::MODEL, record.id), AuditAction::Create, changes);
    uow.commit().await?;
    if let Some(sweep) = sweep {
        begin_sweep(app, sweep).await;
    }
    Ok(())
}

/// Adds a new record and the rows that belong to it.
pub(crate) fn add_record<P: Profile>(transaction: &mut Transaction, record: &Record<P::Id, P>)
where
    Record<P::Id, P>: Entity,
{
    transaction.create(Purpose::Version, record);
    for value in P::unique_values(record) {
        transaction.claim_unique(&value, &Owner::new(&value, record.id));
    }
    for entry in P::search_entries(record) {
        transaction.overwrite(Purpose::Append, &entry);
    }
    P::add_related_rows(record, transaction);
    if let Some(resource) = P::resource(record.id) {
        transaction.create(Purpose::Append, &Guard { active: record.is_active, ..Guard::new(resource) });
    }
}

/// The editable state of a record.
#[derive(Debug, Clone)]
pub struct RecordDraft<P> {
    pub profile: P,
    pub is_active: bool,
}

impl<P> RecordDraft<P> {
    /// Builds a new record.
    pub(crate) fn into_record<I>(self, id: I, now: Instant) -> Record<I, P> {
        Record { is_active: self.is_active, ..Record::new(id, self.profile, now) }
    }
}

/// A record is active unless the request says otherwise.
impl<P> From<P> for RecordDraft<P> {
    fn from(profile: P) -> Self {
        Self { profile, is_active: true }
    }
}

/// Changes a record. `next` returns its new state.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::PreconditionFailed`]; [`AppError::AlreadyExists`]; [`AppError::InUse`] for a
/// deactivation with upcoming appointments, unless forced; the errors of `next`.
pub async fn change<P: Profile>(
    app: &App,
    ctx: &Context,
    id: P::Id,
    conditions: ChangeConditions,
    next: impl Fn(&Record<P::Id, P>) -> Result<RecordDraft<P>, AppError> + Send + Sync,
) -> Result<Record<P::Id, P>, AppError>
where
    Record<P::Id, P>: Entity,
{
    let (record, sweeps) = crate::retry!(number => try_change(app, ctx, id, conditions, &next, number))?;
    for sweep in sweeps {
        begin_sweep(app, sweep).await;
    }
    Ok(record)
}

async fn try_change<P: Profile>(
    app: &App,
    ctx: &Context,
    id: P::Id,
    conditions: ChangeConditions,
    next: &(impl Fn(&Record<P::Id, P>) -> Result<RecordDraft<P>, AppError> + Send + Sync),
    attempt: u32,
) -> Result<(Record<P::Id, P>, Vec<Sweep>), AttemptError>
where
    Record<P::Id, P>: Entity,
{
    if let Some(id) = ctx.previous_outcome(app, attempt).await? {
        return Ok((get(app, id).await?, Vec::new()));
    }
    let before = get::<P>(app, id).await?;
    let RecordDraft { profile, is_active } = next(&before)?;
    // The body is validated first: its errors don't depend on the state of the record.
    expect_version(conditions.if_match, before.version)?;
    if profile == before.profile && is_active == before.is_active && !conditions.dry_run {
        return Ok((before, Vec::new()));
    }
    let mut uow = UnitOfWork::with_outcome(app, ctx, id);
    let after = before.clone().changed(profile, is_active, uow.now);
    replace_record(&mut uow.transaction, &before, &after);
    let mut sweeps = Vec::new();
    if let Some(scope) = P::guarded(id).filter(|_| before.is_active != after.is_active) {
        let (closed, opened) = match after.is_active {
            true => (Closure::None, Closure::Permanent),
            false => (Closure::Permanent, Closure::None),
        };
        let affected = appointments_in_closed_time(app, scope, closed).await?;
        accept_affected(app, ctx, &affected, conditions).await?;
        sweeps.push(schedule_sweep(&mut uow, SweepTask::Guards { of: scope, closed, opened }).await?);
    } else {
        accept_affected(app, ctx, &P::displaced(app, &before, &after).await?, conditions).await?;
        if let Some(task) = P::follow_up(&before, &after) {
            sweeps.push(schedule_sweep(&mut uow, task).await?);
        }
    }
    if let Some((record, _)) = P::copied_name(&after).filter(|name| Some(name) != P::copied_name(&before).as_ref()) {
        sweeps.push(schedule_sweep(&mut uow, SweepTask::CopiedName(record)).await?);
    }
    let mut changes = differences(Some(&before.profile), Some(&after.profile), P::AUDIT_PLAINTEXT);
    if before.is_active != after.is_active {
        changes.extend(differences(
            Some(&std::collections::BTreeMap::from([("is_active", before.is_active)])),
            Some(&std::collections::BTreeMap::from([("is_active", after.is_active)])),
            &["is_active"],
        ));
    }
    let action = if before.is_active && !after.is_active { AuditAction::Delete } else { AuditAction::Update };
    uow.audit((P::MODEL, id), action, changes);
    uow.commit().await?;
    Ok((after, sweeps))
}

/// Replaces a record, under the condition that its version is the one that was read. Adds new unique values and search
/// entries and deletes outdated ones.
pub(crate) fn replace_record<P: Profile>(
    transaction: &mut Transaction,
    before: &Record<P::Id, P>,
    after: &Record<P::Id, P>,
) where
    Record<P::Id, P>: Entity,
{
    transaction.replace(Purpose::Version, after, before.version);
    let (old, new) = (P::unique_values(before), P::unique_values(after));
    for value in old.iter().filter(|value| !new.contains(value)) {
        transaction.delete(Purpose::Append, Key::unique(value));
    }
    for value in new.iter().filter(|value| !old.contains(value)) {
        transaction.claim_unique(value, &Owner::new(value, after.id));
    }
    let (old, new) = (P::search_entries(before), P::search_entries(after));
    let kept: BTreeSet<Key> = new.iter().map(Entity::key).collect();
    for entry in old.iter().filter(|entry| !kept.contains(&entry.key())) {
        transaction.delete(Purpose::Append, entry.key());
    }
    for entry in new.difference(&old) {
        transaction.overwrite(Purpose::Append, entry);
    }
}

pub async fn deactivate<P: Profile>(
    app: &App,
    ctx: &Context,
    id: P::Id,
    conditions: ChangeConditions,
) -> Result<(), AppError>
where
    Record<P::Id, P>: Entity,
{
    let next = |before: &Record<P::Id, P>| Ok(RecordDraft { profile: before.profile.clone(), is_active: false });
    change::<P>(app, ctx, id, conditions, next).await.map(|_| ())
}

/// # Errors
/// [`AppError::PreconditionFailed`] if the client has read another version.
pub fn expect_version(if_match: Option<u64>, version: u64) -> Result<(), AppError> {
    match if_match {
        Some(expected) if expected != version => Err(AppError::PreconditionFailed),
        _ => Ok(()),
    }
}
