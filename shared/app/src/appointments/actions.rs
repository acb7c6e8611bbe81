//! Performs the actions on an appointment other than booking and rescheduling: confirm, cancel, complete, …
//!
//! [`plan_action`] adds to a transaction everything that follows from an action. An API request commits that
//! transaction alone; a patient's message commits it together with the message's own row.

use crate::App;
use crate::appointments::history::{HistoryEntry, record_history};
pub use crate::appointments::lookup::load_appointment;
use crate::appointments::lookup::or_concurrent_outcome;
use crate::appointments::slot;
use crate::directory::records::expect_version;
use crate::messaging::notification_rows;
use crate::support::context::{Context, Outcome};
use crate::support::error::AppError;
use crate::support::retry::AttemptError;
use domain::appointment::Appointment;
use domain::clinic::Clinic;
use domain::ids::AppointmentId;
use domain::lifecycle::{self, Action, ActionRequest, ActorRole, Decision, SlotEffect, TransitionError};
use domain::messages::Template;
use domain::patient::Patient;
use domain::text::Note;
use domain::time::{Instant, TimeDelta};
use domain::violation::Rule;
use std::collections::BTreeMap;
use store::action::ActionRow;
use store::agenda::AgendaChanges;
use store::keys::Key;
use store::{Purpose, Transaction, patterns};

/// Performs an action on an appointment.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::PreconditionFailed`]; [`AppError::IllegalTransition`];
/// [`AppError::Validation`] for a missing reason; [`AppError::SlotTaken`] where the slot to be reacquired is taken.
pub async fn act_on_appointment(
    app: &App,
    ctx: &Context,
    id: AppointmentId,
    if_match: Option<u64>,
    action: Action,
    reason: Option<Note<500>>,
) -> Result<Outcome<Appointment>, AppError> {
    let result = crate::retry!(number => try_act(app, ctx, id, if_match, action, reason.clone(), number));
    or_concurrent_outcome(app, ctx, result).await
}

async fn try_act(
    app: &App,
    ctx: &Context,
    id: AppointmentId,
    if_match: Option<u64>,
    action: Action,
    reason: Option<Note<500>>,
    attempt: u32,
) -> Result<Outcome<Appointment>, AttemptError> {
    if let Some(id) = ctx.previous_outcome(app, attempt).await? {
        return Ok(Outcome { value: load_appointment(app, ctx, id).await?, replayed: ctx.idempotency_key.from_client });
    }
    let before = load_appointment(app, ctx, id).await?;
    expect_version(if_match, before.version)?;
    let now = app.now();
    let mut transaction = ctx.begin_transaction(id, now);
    let planned = plan_action(app, ctx, &mut transaction, &before, action, reason, BTreeMap::new(), now).await?;
    if !planned.is_noop {
        ctx.commit(app, transaction).await?;
    }
    Ok(Outcome { value: planned.after, replayed: false })
}

/// The effect of an action that a transaction is going to commit.
#[derive(Debug)]
pub struct PlannedAction {
    pub after: Appointment,
    pub is_noop: bool,
}

/// Adds to a transaction everything that follows from an action.
#[expect(clippy::too_many_arguments, reason = "the action, its time, and the request that it comes from")]
pub async fn plan_action(
    app: &App,
    ctx: &Context,
    transaction: &mut Transaction,
    before: &Appointment,
    action: Action,
    reason: Option<Note<500>>,
    payload: BTreeMap<String, String>,
    now: Instant,
) -> Result<PlannedAction, AppError> {
    let mut batch = app.table.batch(&[Key::clinic(before.clinic), Key::patient(before.patient)]).await?;
    let clinic = batch.take::<Clinic>(&Key::clinic(before.clinic))?.ok_or(AppError::NotFound)?;
    let patient = batch.take::<Patient>(&Key::patient(before.patient))?.ok_or(AppError::NotFound)?;
    let hold = TimeDelta::minutes(i64::from(clinic.profile.hold_minutes));
    let Decision { mut after, slot_effect, is_noop } = decide_action(ctx, before, action, reason.clone(), hold, now)?;
    if is_noop {
        return Ok(PlannedAction { after, is_noop });
    }
    let mut changes = AgendaChanges::default();
    match slot_effect {
        SlotEffect::Keep => {}
        SlotEffect::Release => slot::release(app, transaction, &mut changes, before, None).await?,
        SlotEffect::Acquire if before.occupies_time() => {}
        SlotEffect::Acquire => slot::reacquire(app, before).await?.write(transaction, &mut changes, before.id),
    }
    if action == Action::Cancel {
        let by_user = matches!(ctx.role, ActorRole::Operator | ActorRole::Admin);
        let notify = clinic.profile.notify_on_cancel && by_user && after.start > now;
        notification_rows::withdraw_reminder(app, transaction, &mut after, notify, now).await?;
        if notify {
            notification_rows::add_notice(app, transaction, Template::Cancelled, &after, &patient, &clinic, now);
        }
    }
    if action == Action::HoldExpired {
        notification_rows::notify_hold_expired(app, transaction, &after, &patient, now).await?;
    }
    if matches!(action, Action::Keep | Action::Reopen) {
        notification_rows::renew_reminder(app, transaction, &mut after, &patient, &clinic, now).await?;
    }
    transaction.replace(Purpose::Version, &after, before.version);
    store::hold::save_pointer(transaction, before, &after);
    let entry = HistoryEntry { action, from_status: Some(before.status), reason, payload };
    record_history(app, ctx, transaction, Some(before), &after, entry, now);
    changes.write(transaction);
    Ok(PlannedAction { after, is_noop: false })
}

/// Asks the lifecycle for the effect of an action.
///
/// # Errors
/// [`AppError::IllegalTransition`]; [`AppError::Validation`] for a missing reason.
pub fn decide_action(
    ctx: &Context,
    before: &Appointment,
    action: Action,
    reason: Option<Note<500>>,
    hold: TimeDelta,
    now: Instant,
) -> Result<Decision, AppError> {
    let request = ActionRequest { action, role: ctx.role, now, reason, hold };
    lifecycle::apply(before, &request).map_err(|error| match error {
        TransitionError::ReasonMissing => AppError::invalid("reason", Rule::Required),
        TransitionError::Illegal => AppError::IllegalTransition {
            from: before.status,
            action: action.name(),
            allowed: lifecycle::allowed_actions(before, ctx.role, now),
        },
    })
}

/// Returns the history of an appointment, oldest first.
pub async fn list_actions(
    app: &App,
    ctx: &Context,
    id: AppointmentId,
) -> Result<(Appointment, Vec<ActionRow>), AppError> {
    let (appointment, actions) = futures_util::future::join(
        load_appointment(app, ctx, id),
        app.table.query_all(&patterns::actions_of_appointment(id)),
    )
    .await;
    Ok((appointment?, actions?))
}
