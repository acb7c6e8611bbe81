//! Creates, changes and deletes closures: blocks and holidays. This module has the code that both share; the effect on
//! guards and appointments is in [`crate::availability::calendar`].

mod block_list;
pub mod blocks;
mod doctor_zone;
pub mod holidays;

pub use block_list::{BlockFilter, list_blocks};

use crate::App;
use crate::availability::calendar::{accept_affected, appointments_in_closed_time};
use crate::directory::records::expect_version;
use crate::support::change::{ChangeConditions, differences};
use crate::support::context::{Context, Outcome};
use crate::support::error::AppError;
use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use crate::sweeps::{begin_sweep, schedule_sweep};
use domain::appointment::Appointment;
use domain::ids::Id;
use domain::time::Instant;
use domain::user::Scope;
use serde::Serialize;
use store::Purpose;
use store::audit::AuditAction;
use store::id_lookup::FoundById;
use store::keys::{EntityRef, Key, Unique};
use store::sweep::{Closure, GuardScope, Sweep, SweepTask};
use store::unique::Owner;

/// A block or a holiday.
trait ClosureRecord: FoundById + Clone + Serialize + Send + Sync {
    type Id: Id + Send + Sync;
    /// Name in the audit trail.
    const MODEL: &'static str;
    /// The editable fields.
    const FIELDS: &'static [&'static str];
    /// The fields whose values the audit trail may contain in plain text.
    const AUDIT_PLAINTEXT: &'static [&'static str];

    fn entity_ref(id: Self::Id) -> EntityRef;
    fn id(&self) -> Self::Id;
    fn version(&self) -> u64;
    fn is_visible(&self, scope: &Scope) -> bool;
    fn is_editable(&self, scope: &Scope) -> bool {
        self.is_visible(scope)
    }
    fn guarded(&self) -> GuardScope;
    /// The closed time.
    fn closed(&self) -> Closure;
    /// Whether the closed time overlaps an appointment.
    fn closes(&self, appointment: &Appointment) -> bool;
    /// The values that must be unique.
    fn unique_values(&self) -> Vec<Unique> {
        Vec::new()
    }
    /// # Errors
    /// [`AppError::AlreadyExists`] where another record closes the same. Also finds those from before their values had
    /// to be unique.
    fn expect_no_other(&self, _app: &App) -> impl Future<Output = Result<(), AppError>> + Send {
        std::future::ready(Ok(()))
    }
}

async fn get<C: ClosureRecord>(app: &App, ctx: &Context, id: C::Id) -> Result<C, AppError> {
    let found = app.table.find_by_id::<C>(C::entity_ref(id)).await?;
    found.filter(|closure| closure.is_visible(&ctx.scope)).ok_or(AppError::NotFound)
}

async fn get_editable<C: ClosureRecord>(app: &App, ctx: &Context, id: C::Id) -> Result<C, AppError> {
    let closure = get::<C>(app, ctx, id).await?;
    if closure.is_editable(&ctx.scope) { Ok(closure) } else { Err(AppError::PermissionDenied) }
}

/// Creates a closure. `new` receives the time of creation.
async fn create<C: ClosureRecord>(
    app: &App,
    ctx: &Context,
    conditions: ChangeConditions,
    new: impl Fn(Instant) -> C + Send + Sync,
) -> Result<Outcome<C>, AppError> {
    let (outcome, sweep) = match crate::retry!(number => try_create(app, ctx, conditions, &new, number)) {
        Ok(outcome) => outcome,
        Err(error) => (Outcome { value: ctx.concurrent_outcome(app, error).await?, replayed: true }, None),
    };
    if let Some(sweep) = sweep {
        begin_sweep(app, sweep).await;
    }
    Ok(Outcome { value: get(app, ctx, outcome.value).await?, replayed: outcome.replayed })
}

async fn try_create<C: ClosureRecord>(
    app: &App,
    ctx: &Context,
    conditions: ChangeConditions,
    new: &(impl Fn(Instant) -> C + Send + Sync),
    attempt: u32,
) -> Result<(Outcome<C::Id>, Option<Sweep>), AttemptError> {
    if let Some(id) = ctx.previous_outcome(app, attempt).await? {
        return Ok((Outcome { value: id, replayed: ctx.idempotency_key.from_client }, None));
    }
    let mut uow = UnitOfWork::new(app, ctx);
    let closure = new(uow.now);
    closure.expect_no_other(app).await?;
    let affected = appointments_in_closed_time(app, closure.guarded(), closure.closed()).await?;
    accept_affected(app, ctx, &affected, conditions).await?;
    uow.record_outcome(closure.id());
    uow.transaction.create_with_lookup(&closure);
    change_unique_values(&mut uow, None, Some(&closure));
    let task = SweepTask::Guards { of: closure.guarded(), closed: closure.closed(), opened: Closure::None };
    let sweep = schedule_sweep(&mut uow, task).await?;
    audit_change::<C>(&mut uow, None, Some(&closure));
    uow.commit().await?;
    Ok((Outcome { value: closure.id(), replayed: false }, Some(sweep)))
}

/// Changes a closure. Its doctor, room or clinic can't change.
async fn update<C: ClosureRecord>(
    app: &App,
    ctx: &Context,
    id: C::Id,
    conditions: ChangeConditions,
    next: impl Fn(&C, Instant) -> Result<C, AppError> + Send + Sync,
) -> Result<C, AppError> {
    if let Some(sweep) = crate::retry!(number => try_update(app, ctx, id, conditions, &next, number))? {
        begin_sweep(app, sweep).await;
    }
    get(app, ctx, id).await
}

async fn try_update<C: ClosureRecord>(
    app: &App,
    ctx: &Context,
    id: C::Id,
    conditions: ChangeConditions,
    next: &(impl Fn(&C, Instant) -> Result<C, AppError> + Send + Sync),
    attempt: u32,
) -> Result<Option<Sweep>, AttemptError> {
    if ctx.previous_outcome::<C::Id>(app, attempt).await?.is_some() {
        return Ok(None);
    }
    let mut uow = UnitOfWork::new(app, ctx);
    let before = get_editable::<C>(app, ctx, id).await?;
    let after = next(&before, uow.now)?;
    expect_version(conditions.if_match, before.version())?;
    after.expect_no_other(app).await?;
    let mut affected = appointments_in_closed_time(app, after.guarded(), after.closed()).await?;
    affected.retain(|appointment| !before.closes(appointment));
    accept_affected(app, ctx, &affected, conditions).await?;
    uow.record_outcome(id);
    uow.transaction.replace_with_lookup(&before, &after, before.version());
    change_unique_values(&mut uow, Some(&before), Some(&after));
    let task = SweepTask::Guards { of: after.guarded(), closed: after.closed(), opened: before.closed() };
    let sweep = schedule_sweep(&mut uow, task).await?;
    audit_change(&mut uow, Some(&before), Some(&after));
    uow.commit().await?;
    Ok(Some(sweep))
}

/// Deletes a closure.
async fn delete<C: ClosureRecord>(app: &App, ctx: &Context, id: C::Id, if_match: Option<u64>) -> Result<(), AppError> {
    if let Some(sweep) = crate::retry!(number => try_delete::<C>(app, ctx, id, if_match, number))? {
        begin_sweep(app, sweep).await;
    }
    Ok(())
}

async fn try_delete<C: ClosureRecord>(
    app: &App,
    ctx: &Context,
    id: C::Id,
    if_match: Option<u64>,
    attempt: u32,
) -> Result<Option<Sweep>, AttemptError> {
    if ctx.previous_outcome::<C::Id>(app, attempt).await?.is_some() {
        return Ok(None);
    }
    let mut uow = UnitOfWork::new(app, ctx);
    let closure = get_editable::<C>(app, ctx, id).await?;
    expect_version(if_match, closure.version())?;
    uow.record_outcome(id);
    uow.transaction.delete_with_lookup(&closure, closure.version());
    change_unique_values(&mut uow, Some(&closure), None);
    let task = SweepTask::Guards { of: closure.guarded(), closed: Closure::None, opened: closure.closed() };
    let sweep = schedule_sweep(&mut uow, task).await?;
    audit_change(&mut uow, Some(&closure), None);
    uow.commit().await?;
    Ok(Some(sweep))
}

/// Releases the unique values that a closure has no more, and claims its new ones.
fn change_unique_values<C: ClosureRecord>(uow: &mut UnitOfWork<'_>, before: Option<&C>, after: Option<&C>) {
    let values = |closure: Option<&C>| closure.map(C::unique_values).unwrap_or_default();
    let (old, new) = (values(before), values(after));
    for value in old.iter().filter(|value| !new.contains(value)) {
        uow.transaction.delete(Purpose::Append, Key::unique(value));
    }
    for value in new.iter().filter(|value| !old.contains(value)) {
        let Some(closure) = after else { continue };
        uow.transaction.claim_unique(value, &Owner::new(value, closure.id()));
    }
}

fn audit_change<C: ClosureRecord>(uow: &mut UnitOfWork<'_>, before: Option<&C>, after: Option<&C>) {
    let mut changes = differences(before, after, C::AUDIT_PLAINTEXT);
    changes.retain(|field, _| C::FIELDS.contains(&field.as_str()));
    let action = match (before, after) {
        (None, _) => AuditAction::Create,
        (Some(_), None) => AuditAction::Delete,
        (Some(_), Some(_)) => AuditAction::Update,
    };
    if let Some(closure) = after.or(before) {
        uow.audit((C::MODEL, closure.id()), action, changes);
    }
}
