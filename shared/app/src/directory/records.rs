//! Making and changing the things that are a profile under an id: patients, doctors, specialties,
//! clinics, rooms. Each says what is special about it in its [`Profile`].

use crate::App;
use crate::availability::calendar;
use crate::availability::in_use::refuse;
use crate::support::attempts::Failure;
use crate::support::change::{audit, differences};
use crate::support::context::{Context, Done};
use crate::support::error::AppError;
use domain::ids::Id;
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
use store::sweep::{CalendarChange, Closed, Guarded};
use store::unique::Owner;
use store::{Purpose, Transaction};

/// What is special about a kind of record.
pub trait Profile: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync {
    /// Its ids.
    type Id: Id + Send + Sync;
    /// Its name in the audit trail.
    const MODEL: &'static str;
    /// The fields whose values the audit trail may show.
    const OPEN: &'static [&'static str];

    /// Whether blocks and holidays that are older than it close it too.
    const INHERITS_CLOSURES: bool = false;

    /// Its key.
    fn key(id: Self::Id) -> Key;

    /// The values that only one may have.
    fn uniques(record: &Record<Self::Id, Self>) -> Vec<Unique>;

    /// Whose time can be booked through it.
    fn resource(_id: Self::Id) -> Option<Resource> {
        None
    }

    /// Whose guards say whether it is active.
    fn guarded(id: Self::Id) -> Option<Guarded> {
        Self::resource(id).map(Guarded::One)
    }

    /// What else is written with a new one.
    fn accompany(_record: &Record<Self::Id, Self>, _transaction: &mut Transaction) {}

    /// Its rows in the search index.
    fn search(_record: &Record<Self::Id, Self>) -> BTreeSet<SearchEntry> {
        BTreeSet::new()
    }
}

/// Reads a record.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn get<P: Profile>(app: &App, id: P::Id) -> Result<Record<P::Id, P>, AppError>
where
    Record<P::Id, P>: Entity,
{
    app.table.get(&P::key(id)).await?.ok_or(AppError::NotFound)
}

/// Reads the record that a request is for: it may have been read ahead.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn get_for<P: Profile>(app: &App, ctx: &Context, id: P::Id) -> Result<Record<P::Id, P>, AppError>
where
    Record<P::Id, P>: Entity,
{
    ctx.get(app, &P::key(id)).await?.ok_or(AppError::NotFound)
}

/// Makes a record.
///
/// # Errors
/// [`AppError::AlreadyExists`].
pub async fn create<P: Profile>(
    app: &App,
    ctx: &Context,
    next: impl Into<Next<P>>,
) -> Result<Done<Record<P::Id, P>>, AppError>
where
    Record<P::Id, P>: Entity,
{
    let next = next.into();
    crate::attempt!(number => try_create(app, ctx, &next, number))
}

async fn try_create<P: Profile>(
    app: &App,
    ctx: &Context,
    next: &Next<P>,
    attempt: u32,
) -> Result<Done<Record<P::Id, P>>, Failure>
where
    Record<P::Id, P>: Entity,
{
    if let Some(id) = ctx.done_before(app, attempt).await? {
        return Ok(Done { value: get(app, id).await?, replayed: ctx.once.from_client });
    }
    let now = app.now();
    let record = next.clone().into_record(app.new_id(), now);
    // Boxed: a test's stack is small, and futures inside futures are large without optimisation.
    Box::pin(make(app, ctx, ctx.begin(record.id, now), &record, now)).await?;
    Ok(Done { value: record, replayed: false })
}

/// Commits a transaction with a new record, all that goes with it, and its row in the audit trail.
pub(crate) async fn make<P: Profile>(
    app: &App,
    ctx: &Context,
    mut transaction: Transaction,
    record: &Record<P::Id, P>,
    now: Instant,
) -> Result<(), Failure>
where
    Record<P::Id, P>: Entity,
{
    add(&mut transaction, record);
    let mut left = None;
    if let Some(of) = P::guarded(record.id).filter(|_| P::INHERITS_CLOSURES) {
        let change = CalendarChange::Guards { of, closed: Closed::Nothing };
        left = Some(calendar::leave(app, ctx, &mut transaction, change, now).await?);
    }
    let changes = differences(None, Some(&record.profile), P::OPEN);
    audit(app, ctx, &mut transaction, now, (P::MODEL, record.id), AuditAction::Create, changes);
    ctx.commit(app, transaction).await?;
    if let Some(left) = left {
        calendar::sweep(app, &left).await;
    }
    Ok(())
}

/// Adds a new record with all that goes with it.
pub(crate) fn add<P: Profile>(transaction: &mut Transaction, record: &Record<P::Id, P>)
where
    Record<P::Id, P>: Entity,
{
    transaction.create(Purpose::Version, record);
    for value in P::uniques(record) {
        transaction.claim(&value, &Owner::new(&value, record.id));
    }
    for entry in P::search(record) {
        transaction.overwrite(Purpose::Append, &entry);
    }
    P::accompany(record, transaction);
    if let Some(resource) = P::resource(record.id) {
        transaction.create(Purpose::Append, &Guard { active: record.is_active, ..Guard::new(resource) });
    }
}

/// What a record is to become.
#[derive(Debug, Clone)]
pub struct Next<P> {
    /// Its profile.
    pub profile: P,
    /// Whether it is active.
    pub is_active: bool,
}

impl<P> Next<P> {
    /// The first state of a new record.
    pub(crate) fn into_record<I>(self, id: I, now: Instant) -> Record<I, P> {
        Record { is_active: self.is_active, ..Record::new(id, self.profile, now) }
    }
}

/// What nobody says otherwise of is active.
impl<P> From<P> for Next<P> {
    fn from(profile: P) -> Self {
        Self { profile, is_active: true }
    }
}

/// Changes a record into what `next` makes of it. `if_match` is the version that the client saw.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::PreconditionFailed`], [`AppError::AlreadyExists`],
/// [`AppError::InUse`] for a deactivation, and what `next` says.
pub async fn change<P: Profile>(
    app: &App,
    ctx: &Context,
    id: P::Id,
    if_match: Option<u64>,
    next: impl Fn(&Record<P::Id, P>) -> Result<Next<P>, AppError> + Send + Sync,
) -> Result<Record<P::Id, P>, AppError>
where
    Record<P::Id, P>: Entity,
{
    crate::attempt!(number => try_change(app, ctx, id, if_match, &next, number))
}

async fn try_change<P: Profile>(
    app: &App,
    ctx: &Context,
    id: P::Id,
    if_match: Option<u64>,
    next: &(impl Fn(&Record<P::Id, P>) -> Result<Next<P>, AppError> + Send + Sync),
    attempt: u32,
) -> Result<Record<P::Id, P>, Failure>
where
    Record<P::Id, P>: Entity,
{
    if let Some(id) = ctx.done_before(app, attempt).await? {
        return Ok(get(app, id).await?);
    }
    let before = get::<P>(app, id).await?;
    let Next { profile, is_active } = next(&before)?;
    // What is wrong with the body comes first, in whatever state the thing is.
    expect_version(if_match, before.version)?;
    if profile == before.profile && is_active == before.is_active {
        return Ok(before);
    }
    let now = app.now();
    let after = before.clone().changed(profile, is_active, now);
    let mut transaction = ctx.begin(id, now);
    save(&mut transaction, &before, &after);
    let mut left = None;
    if let Some(of) = P::guarded(id).filter(|_| before.is_active != after.is_active) {
        let closed = if after.is_active { Closed::Nothing } else { Closed::Forever };
        refuse(&calendar::in_closed_time(app, of, closed).await?)?;
        left = Some(calendar::leave(app, ctx, &mut transaction, CalendarChange::Guards { of, closed }, now).await?);
    }
    let mut changes = differences(Some(&before.profile), Some(&after.profile), P::OPEN);
    if before.is_active != after.is_active {
        changes.extend(differences(
            Some(&std::collections::BTreeMap::from([("is_active", before.is_active)])),
            Some(&std::collections::BTreeMap::from([("is_active", after.is_active)])),
            &["is_active"],
        ));
    }
    let action = if before.is_active && !after.is_active { AuditAction::Delete } else { AuditAction::Update };
    audit(app, ctx, &mut transaction, now, (P::MODEL, id), action, changes);
    ctx.commit(app, transaction).await?;
    if let Some(left) = left {
        calendar::sweep(app, &left).await;
    }
    Ok(after)
}

/// Adds a changed record: over the version that was read, with the values and search entries that
/// are new, without those that are gone.
pub(crate) fn save<P: Profile>(transaction: &mut Transaction, before: &Record<P::Id, P>, after: &Record<P::Id, P>)
where
    Record<P::Id, P>: Entity,
{
    transaction.replace(Purpose::Version, after, before.version);
    let (old, new) = (P::uniques(before), P::uniques(after));
    for value in old.iter().filter(|value| !new.contains(value)) {
        transaction.delete(Purpose::Append, Key::unique(value));
    }
    for value in new.iter().filter(|value| !old.contains(value)) {
        transaction.claim(value, &Owner::new(value, after.id));
    }
    let (old, new) = (P::search(before), P::search(after));
    let kept: BTreeSet<Key> = new.iter().map(Entity::key).collect();
    for entry in old.iter().filter(|entry| !kept.contains(&entry.key())) {
        transaction.delete(Purpose::Append, entry.key());
    }
    for entry in new.difference(&old) {
        transaction.overwrite(Purpose::Append, entry);
    }
}

/// Deactivates a record.
///
/// # Errors
/// Those of [`change`].
pub async fn deactivate<P: Profile>(app: &App, ctx: &Context, id: P::Id, if_match: Option<u64>) -> Result<(), AppError>
where
    Record<P::Id, P>: Entity,
{
    change::<P>(app, ctx, id, if_match, |before| Ok(Next { profile: before.profile.clone(), is_active: false }))
        .await
        .map(|_| ())
}

/// Refuses a change of a version that the client didn't see.
///
/// # Errors
/// [`AppError::PreconditionFailed`].
pub fn expect_version(if_match: Option<u64>, version: u64) -> Result<(), AppError> {
    match if_match {
        Some(expected) if expected != version => Err(AppError::PreconditionFailed),
        _ => Ok(()),
    }
}
