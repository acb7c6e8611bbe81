//! Creates and changes records: patients, doctors, specialties, clinics and rooms. A record is an id, a profile, a
//! version and an active flag. [`Profile`] has the differences between the kinds of records.

use crate::App;
use crate::availability::calendar::{accept_affected, appointments_in_closed_time};
use crate::support::change::{ChangeConditions, differences};
use crate::support::context::{Context, Outcome};
use crate::support::dependents::Existing;
use crate::support::error::AppError;
use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use crate::sweeps::{begin_sweep, schedule_sweep};
use domain::appointment::Appointment;
use domain::ids::Id;
use domain::name::Name;
use domain::record::Record;
use domain::time::{Instant, LocalDate};
use domain::violation::Violations;
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

    /// The rules by which the unique values and the search entries of a record are written now.
    const ROW_RULES: u8 = 0;

    /// Checks what a change, or a new record, may not have, besides the types of its fields. `today` is the UTC day.
    ///
    /// # Errors
    /// By field.
    fn check(&self, _before: Option<&Self>, _today: LocalDate) -> Result<(), Violations> {
        Ok(())
    }

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
    record.profile.check(None, uow.now.utc_day())?;
    add_record(&mut uow.transaction, record);
    let mut sweep = None;
    if let Some(scope) = P::guarded(record.id).filter(|_| P::INHERITS_CLOSURES) {
        let task = SweepTask::Guards { of: scope, closed: Closure::None, opened: Closure::None };
        sweep = Some(schedule_sweep(&mut uow, task).await?);
    }
    let changes = differences(None, Some(&record.profile), P::AUDIT_PLAINTEXT);
    uow.audit((P::MODEL, record.id), AuditAction::Create, changes);
    if let Err(error) = uow.commit().await {
        return Err(naming_existing(app, record, error).await);
    }
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
    let record = &Record { row_rules: P::ROW_RULES, ..record.clone() };
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
    profile.check(Some(&before.profile), app.now().utc_day())?;
    // The body is validated first: its errors don't depend on the state of the record.
    expect_version(conditions.if_match, before.version)?;
    if profile == before.profile && is_active == before.is_active && !conditions.dry_run {
        return Ok((before, Vec::new()));
    }
    let mut uow = UnitOfWork::with_outcome(app, ctx, id);
    let after = before.clone().changed(profile, is_active, uow.now);
    let mut sweeps = Vec::new();
    if let Some(rest) = replace_indexed(&mut uow.transaction, &before, &after) {
        sweeps.push(schedule_sweep(&mut uow, rest).await?);
    }
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
    if let Err(error) = uow.commit().await {
        return Err(naming_existing(app, &after, error).await);
    }
    Ok((after, sweeps))
}

/// Adds to an [`AppError::AlreadyExists`] of a record the id of the record that has the unique value. All callers who may write
/// such a record may see the others of its kind.
pub(crate) async fn naming_existing<P: Profile>(
    app: &App,
    record: &Record<P::Id, P>,
    error: AttemptError,
) -> AttemptError
where
    Record<P::Id, P>: Entity,
{
    let AttemptError::Fail(AppError::AlreadyExists { field, .. }) = error else { return error };
    let record = &Record { row_rules: P::ROW_RULES, ..record.clone() };
    let value = P::unique_values(record).into_iter().find(|value| value.field() == field);
    let owner = match value {
        Some(value) => app.table.get::<Owner>(&Key::unique(&value)).await,
        None => Ok(None),
    };
    // Where the owner can't be read, the conflict is answered without it.
    let existing_id = owner.ok().flatten().map(|owner| owner.owner);
    AttemptError::Fail(AppError::AlreadyExists { field, existing: Existing::Unique(existing_id) })
}

/// How many actions on search entries a transaction has at most. The others of the change have to fit beside them.
const MAX_INDEX_ACTIONS: usize = 62;
/// The same for a record without contacts, whose change has few other actions.
const MAX_OWN_INDEX_ACTIONS: usize = 88;

/// Replaces a record, under the condition that its version is the one that was read. Adds new unique values and deletes
/// outdated ones.
pub(crate) fn replace_record<P: Profile>(
    transaction: &mut Transaction,
    before: &Record<P::Id, P>,
    after: &Record<P::Id, P>,
) where
    Record<P::Id, P>: Entity,
{
    let after = &Record { row_rules: P::ROW_RULES, ..after.clone() };
    transaction.replace(Purpose::Version, after, before.version);
    let (old, new) = (P::unique_values(before), P::unique_values(after));
    for value in old.iter().filter(|value| !new.contains(value)) {
        transaction.delete(Purpose::Append, Key::unique(value));
    }
    for value in new.iter().filter(|value| !old.contains(value)) {
        transaction.claim_unique(value, &Owner::new(value, after.id));
    }
}

/// Replaces a record of a kind with a search index, and its entries in it. Returns the task of a sweep if these are too
/// many for a transaction.
#[must_use]
pub(crate) fn replace_indexed<P: Profile>(
    transaction: &mut Transaction,
    before: &Record<P::Id, P>,
    after: &Record<P::Id, P>,
) -> Option<SweepTask>
where
    Record<P::Id, P>: Entity,
{
    replace_record(transaction, before, after);
    let after = &Record { row_rules: P::ROW_RULES, ..after.clone() };
    replace_entries(transaction, &P::search_entries(before), &P::search_entries(after))
}

fn replace_entries(
    transaction: &mut Transaction,
    old: &BTreeSet<SearchEntry>,
    new: &BTreeSet<SearchEntry>,
) -> Option<SweepTask> {
    let kept: BTreeSet<Key> = new.iter().map(Entity::key).collect();
    let mut outdated: Vec<Key> = old.iter().map(Entity::key).filter(|key| !kept.contains(key)).collect();
    let (own, mut of_contacts): (Vec<_>, Vec<_>) = new.difference(old).partition(|entry| entry.contact.is_none());
    let has_contacts = old.iter().chain(new).any(|entry| entry.contact.is_some());
    let most = if has_contacts { MAX_INDEX_ACTIONS } else { MAX_OWN_INDEX_ACTIONS };
    let is_too_long = own.len() + of_contacts.len() + outdated.len() > most;
    let rest = old.iter().chain(new).next().filter(|_| is_too_long).map(|entry| {
        of_contacts.clear();
        SweepTask::SearchIndex { patient: entry.patient, outdated: outdated.drain(..).collect() }
    });
    for key in outdated {
        transaction.delete(Purpose::Append, key);
    }
    for entry in own.into_iter().chain(of_contacts) {
        transaction.overwrite(Purpose::Append, entry);
    }
    rest
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
