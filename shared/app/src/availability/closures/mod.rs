//! Closing time: blocks and holidays. Both are changed alike, and that is written once, here; what
//! follows for guards and appointments is in [`crate::availability::calendar`].

pub mod blocks;
pub mod holidays;

use crate::App;
use crate::availability::calendar::{expect_none, in_closed_time, leave, sweep};
use crate::availability::schedules::Terms;
use crate::directory::records::expect_version;
use crate::support::attempts::Failure;
use crate::support::change::{audit, differences};
use crate::support::context::{Context, Done};
use crate::support::error::AppError;
use domain::appointment::Appointment;
use domain::ids::Id;
use domain::time::Instant;
use domain::user::Scope;
use serde::Serialize;
use store::Transaction;
use store::audit::AuditAction;
use store::keys::Thing;
use store::place::Placed;
use store::sweep::{CalendarChange, Closed, Guarded, Sweep};

/// A block or a holiday.
trait Closure: Placed + Clone + Serialize + Send + Sync {
    /// Its ids.
    type Id: Id + Send + Sync;
    /// Its name in the audit trail.
    const MODEL: &'static str;
    /// The fields that people edit.
    const FIELDS: &'static [&'static str];
    /// Those of them whose values the audit trail may show.
    const OPEN: &'static [&'static str];

    fn thing_of(id: Self::Id) -> Thing;
    fn id(&self) -> Self::Id;
    fn version(&self) -> u64;
    fn visible(&self, scope: &Scope) -> bool;
    fn editable(&self, scope: &Scope) -> bool {
        self.visible(scope)
    }
    /// Whose guards it is about.
    fn guarded(&self) -> Guarded;
    /// What it closes.
    fn closed(&self) -> Closed;
    /// Whether it closes a part of an appointment's time.
    fn closes(&self, appointment: &Appointment) -> bool;
}

async fn get<C: Closure>(app: &App, ctx: &Context, id: C::Id) -> Result<C, AppError> {
    let found = app.table.find::<C>(C::thing_of(id)).await?;
    found.filter(|closure| closure.visible(&ctx.scope)).ok_or(AppError::NotFound)
}

async fn editable<C: Closure>(app: &App, ctx: &Context, id: C::Id) -> Result<C, AppError> {
    let closure = get::<C>(app, ctx, id).await?;
    if closure.editable(&ctx.scope) { Ok(closure) } else { Err(AppError::PermissionDenied) }
}

/// Closes time. `new` is given the time at which it is made.
async fn create<C: Closure>(
    app: &App,
    ctx: &Context,
    force: bool,
    new: impl Fn(Instant) -> C + Send + Sync,
) -> Result<Done<C>, AppError> {
    let (done, left) = match crate::attempt!(number => try_create(app, ctx, force, &new, number)) {
        Ok(done) => done,
        Err(refusal) => (Done { value: ctx.done_meanwhile(app, refusal).await?, replayed: true }, None),
    };
    if let Some(left) = left {
        sweep(app, &left).await;
    }
    Ok(Done { value: get(app, ctx, done.value).await?, replayed: done.replayed })
}

async fn try_create<C: Closure>(
    app: &App,
    ctx: &Context,
    force: bool,
    new: &(impl Fn(Instant) -> C + Send + Sync),
    attempt: u32,
) -> Result<(Done<C::Id>, Option<Sweep>), Failure> {
    if let Some(id) = ctx.done_before(app, attempt).await? {
        return Ok((Done { value: id, replayed: ctx.once.from_client }, None));
    }
    let now = app.now();
    let closure = new(now);
    expect_none(&in_closed_time(app, closure.guarded(), closure.closed()).await?, force)?;
    let mut transaction = ctx.begin(closure.id(), now);
    transaction.create_placed(&closure);
    let change = CalendarChange::Guards { of: closure.guarded(), closed: closure.closed() };
    let left = leave(app, ctx, &mut transaction, change, now).await?;
    trail::<C>(app, ctx, &mut transaction, None, Some(&closure), now);
    ctx.commit(app, transaction).await?;
    Ok((Done { value: closure.id(), replayed: false }, Some(left)))
}

/// Changes what is closed. It goes on to close the same doctor, room or clinic.
async fn update<C: Closure>(
    app: &App,
    ctx: &Context,
    id: C::Id,
    terms: Terms,
    next: impl Fn(&C, Instant) -> Result<C, AppError> + Send + Sync,
) -> Result<C, AppError> {
    if let Some(left) = crate::attempt!(number => try_update(app, ctx, id, terms, &next, number))? {
        sweep(app, &left).await;
    }
    get(app, ctx, id).await
}

async fn try_update<C: Closure>(
    app: &App,
    ctx: &Context,
    id: C::Id,
    terms: Terms,
    next: &(impl Fn(&C, Instant) -> Result<C, AppError> + Send + Sync),
    attempt: u32,
) -> Result<Option<Sweep>, Failure> {
    if ctx.done_before::<C::Id>(app, attempt).await?.is_some() {
        return Ok(None);
    }
    let now = app.now();
    let before = editable::<C>(app, ctx, id).await?;
    let after = next(&before, now)?;
    expect_version(terms.if_match, before.version())?;
    let mut stranded = in_closed_time(app, after.guarded(), after.closed()).await?;
    stranded.retain(|appointment| !before.closes(appointment));
    expect_none(&stranded, terms.force)?;
    let mut transaction = ctx.begin(id, now);
    transaction.replace_placed(&before, &after, before.version());
    let change = CalendarChange::Guards { of: after.guarded(), closed: after.closed() };
    let left = leave(app, ctx, &mut transaction, change, now).await?;
    trail(app, ctx, &mut transaction, Some(&before), Some(&after), now);
    ctx.commit(app, transaction).await?;
    Ok(Some(left))
}

/// Opens the time again.
async fn delete<C: Closure>(app: &App, ctx: &Context, id: C::Id, if_match: Option<u64>) -> Result<(), AppError> {
    if let Some(left) = crate::attempt!(number => try_delete::<C>(app, ctx, id, if_match, number))? {
        sweep(app, &left).await;
    }
    Ok(())
}

async fn try_delete<C: Closure>(
    app: &App,
    ctx: &Context,
    id: C::Id,
    if_match: Option<u64>,
    attempt: u32,
) -> Result<Option<Sweep>, Failure> {
    if ctx.done_before::<C::Id>(app, attempt).await?.is_some() {
        return Ok(None);
    }
    let now = app.now();
    let closure = editable::<C>(app, ctx, id).await?;
    expect_version(if_match, closure.version())?;
    let mut transaction = ctx.begin(id, now);
    transaction.delete_placed(&closure, closure.version());
    let change = CalendarChange::Guards { of: closure.guarded(), closed: Closed::Nothing };
    let left = leave(app, ctx, &mut transaction, change, now).await?;
    trail(app, ctx, &mut transaction, Some(&closure), None, now);
    ctx.commit(app, transaction).await?;
    Ok(Some(left))
}

fn trail<C: Closure>(
    app: &App,
    ctx: &Context,
    transaction: &mut Transaction,
    before: Option<&C>,
    after: Option<&C>,
    now: Instant,
) {
    let mut changes = differences(before, after, C::OPEN);
    changes.retain(|field, _| C::FIELDS.contains(&field.as_str()));
    let action = match (before, after) {
        (None, _) => AuditAction::Create,
        (Some(_), None) => AuditAction::Delete,
        (Some(_), Some(_)) => AuditAction::Update,
    };
    if let Some(closure) = after.or(before) {
        audit(app, ctx, transaction, now, (C::MODEL, closure.id()), action, changes);
    }
}
