//! What can be done to an appointment besides booking and moving it: confirm, cancel, complete, …
//!
//! [`plan`] adds everything that follows from an action to a transaction; an API request commits it
//! alone, a patient's message together with the message's own row.

use crate::App;
use crate::appointments::slot;
use crate::directory::records::expect_version;
use crate::messaging::notifications;
use crate::support::attempts::Failure;
use crate::support::change::{audit, differences};
use crate::support::context::{Context, Done};
use crate::support::error::AppError;
use domain::appointment::{Appointment, Status};
use domain::clinic::Clinic;
use domain::ids::AppointmentId;
use domain::lifecycle::{self, Action, By, Decision, Refusal, Request, Time};
use domain::messages::Template;
use domain::patient::Patient;
use domain::text::Note;
use domain::time::{Instant, TimeDelta};
use domain::violation::Rule;
use std::collections::BTreeMap;
use store::action::ActionRow;
use store::agenda::Changes;
use store::audit::{AuditAction, FieldChange};
use store::keys::Key;
use store::{Purpose, Transaction, patterns};

/// Reads an appointment.
///
/// # Errors
/// [`AppError::NotFound`], also outside the caller's clinics.
pub async fn load(app: &App, ctx: &Context, id: AppointmentId) -> Result<Appointment, AppError> {
    let appointment = ctx.get::<Appointment>(app, &Key::appointment(id)).await?;
    appointment.filter(|appointment| ctx.scope.includes(appointment.clinic)).ok_or(AppError::NotFound)
}

/// Does something to an appointment.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::PreconditionFailed`], [`AppError::IllegalTransition`],
/// [`AppError::Validation`] for a missing reason, [`AppError::SlotTaken`] where its time is gone.
pub async fn act_on_appointment(
    app: &App,
    ctx: &Context,
    id: AppointmentId,
    if_match: Option<u64>,
    action: Action,
    reason: Option<Note<500>>,
) -> Result<Done<Appointment>, AppError> {
    let done = crate::attempt!(number => try_act(app, ctx, id, if_match, action, reason.clone(), number));
    or_done_meanwhile(app, ctx, done).await
}

/// What was done, or what another delivery of the same request has done meanwhile.
pub(crate) async fn or_done_meanwhile(
    app: &App,
    ctx: &Context,
    done: Result<Done<Appointment>, AppError>,
) -> Result<Done<Appointment>, AppError> {
    match done {
        Ok(done) => Ok(done),
        Err(refusal) => {
            let id = ctx.done_meanwhile(app, refusal).await?;
            Ok(Done { value: load(app, ctx, id).await?, replayed: true })
        }
    }
}

async fn try_act(
    app: &App,
    ctx: &Context,
    id: AppointmentId,
    if_match: Option<u64>,
    action: Action,
    reason: Option<Note<500>>,
    attempt: u32,
) -> Result<Done<Appointment>, Failure> {
    if let Some(id) = ctx.done_before(app, attempt).await? {
        return Ok(Done { value: load(app, ctx, id).await?, replayed: ctx.once.from_client });
    }
    let before = load(app, ctx, id).await?;
    expect_version(if_match, before.version)?;
    let now = app.now();
    let mut transaction = ctx.begin(id, now);
    let planned = plan(app, ctx, &mut transaction, &before, action, reason, BTreeMap::new(), now).await?;
    if !planned.idle {
        ctx.commit(app, transaction).await?;
    }
    Ok(Done { value: planned.after, replayed: false })
}

/// What an action will have done.
#[derive(Debug)]
pub struct Planned {
    /// The appointment after it.
    pub after: Appointment,
    /// Whether nothing changes.
    pub idle: bool,
}

/// Adds everything that follows from an action to a transaction.
///
/// # Errors
/// Those of [`act_on_appointment`].
#[expect(clippy::too_many_arguments, reason = "who does what to which appointment, when, and what it comes from")]
pub async fn plan(
    app: &App,
    ctx: &Context,
    transaction: &mut Transaction,
    before: &Appointment,
    action: Action,
    reason: Option<Note<500>>,
    payload: BTreeMap<String, String>,
    now: Instant,
) -> Result<Planned, AppError> {
    let mut batch = app.table.batch(&[Key::clinic(before.clinic), Key::patient(before.patient)]).await?;
    let clinic = batch.take::<Clinic>(&Key::clinic(before.clinic))?.ok_or(AppError::NotFound)?;
    let patient = batch.take::<Patient>(&Key::patient(before.patient))?.ok_or(AppError::NotFound)?;
    let hold = TimeDelta::minutes(i64::from(clinic.profile.hold_minutes));
    let Decision { mut after, time, idle } = decide(ctx, before, action, reason.clone(), hold, now)?;
    if idle {
        return Ok(Planned { after, idle });
    }
    let mut changes = Changes::default();
    match time {
        Time::Unchanged => {}
        Time::Freed => slot::release(app, transaction, &mut changes, before, None).await?,
        Time::Taken if before.takes_time() => {}
        Time::Taken => slot::retake(app, before).await?.take(transaction, &mut changes, before.id),
    }
    if action == Action::Cancel {
        let told = clinic.profile.notify_on_cancel && matches!(ctx.by, By::Operator | By::Admin) && after.start > now;
        notifications::stop_reminder(app, transaction, &mut after, told, now).await?;
        if told {
            notifications::add_notice(app, transaction, Template::Cancelled, &after, &patient, &clinic, now);
        }
    }
    if action == Action::HoldExpired {
        notifications::tell_hold_expired(app, transaction, &after, &patient, now).await?;
    }
    if matches!(action, Action::Keep | Action::Reopen) {
        notifications::renew_reminder(app, transaction, &mut after, &patient, &clinic, now).await?;
    }
    transaction.replace(Purpose::Version, &after, before.version);
    store::hold::follow(transaction, before, &after);
    let deed = Deed { action, from: Some(before.status), reason, payload };
    record(app, ctx, transaction, Some(before), &after, deed, now);
    changes.write(transaction);
    Ok(Planned { after, idle: false })
}

/// What the lifecycle says to an action.
///
/// # Errors
/// [`AppError::IllegalTransition`], [`AppError::Validation`] for a missing reason.
pub fn decide(
    ctx: &Context,
    before: &Appointment,
    action: Action,
    reason: Option<Note<500>>,
    hold: TimeDelta,
    now: Instant,
) -> Result<Decision, AppError> {
    let request = Request { action, by: ctx.by, now, reason, hold };
    lifecycle::apply(before, &request).map_err(|refusal| match refusal {
        Refusal::ReasonMissing => AppError::invalid("reason", Rule::Required),
        Refusal::Illegal => AppError::IllegalTransition {
            from: before.status,
            action: action.name(),
            allowed: lifecycle::allowed(before, ctx.by, now),
        },
    })
}

/// Something that was done to an appointment.
#[derive(Debug)]
pub struct Deed {
    /// What.
    pub action: Action,
    /// From which status.
    pub from: Option<Status>,
    /// Why.
    pub reason: Option<Note<500>>,
    /// What belongs to it.
    pub payload: BTreeMap<String, String>,
}

/// The fields of an appointment whose values the audit trail may show.
const OPEN: &[&str] = &[
    "patient",
    "doctor",
    "clinic",
    "room",
    "start",
    "end",
    "status",
    "overbook",
    "confirmed_at",
    "confirmed_via",
    "rescheduled_from",
    "rescheduled_to",
    "hold_until",
    "needs_attention",
];

/// Fields of an appointment of which the audit trail says nothing: bookkeeping that follows from every change,
/// and copies of what is said by an id.
const UNSAID: &[&str] = &[
    "id",
    "version",
    "created_at",
    "updated_at",
    "status_at",
    "created_by",
    "reminder",
    "zone",
    "buffer_minutes",
    "patient_name",
    "doctor_name",
    "clinic_name",
    "room_name",
];

/// Adds the one row of history and the one row of audit that each change has.
pub fn record(
    app: &App,
    ctx: &Context,
    transaction: &mut Transaction,
    before: Option<&Appointment>,
    after: &Appointment,
    deed: Deed,
    now: Instant,
) {
    let row = ActionRow {
        id: app.new_id(),
        appointment: after.id,
        action: deed.action,
        from_status: deed.from,
        to_status: after.status,
        actor: ctx.actor.clone(),
        channel: ctx.channel,
        reason: deed.reason,
        payload: deed.payload,
        created_at: now,
    };
    transaction.create(Purpose::Append, &row);
    let changes = told(before, after);
    let action = if before.is_none() { AuditAction::Create } else { AuditAction::Action };
    audit(app, ctx, transaction, now, ("appointment", after.id), action, changes);
}

/// What the audit trail says of a change.
pub(crate) fn told(before: Option<&Appointment>, after: &Appointment) -> BTreeMap<String, FieldChange> {
    let mut changes = differences(before, Some(after), OPEN);
    changes.retain(|field, _| !UNSAID.contains(&field.as_str()));
    changes
}

/// The history of an appointment, oldest first.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn list_actions(
    app: &App,
    ctx: &Context,
    id: AppointmentId,
) -> Result<(Appointment, Vec<ActionRow>), AppError> {
    let (appointment, actions) =
        futures_util::future::join(load(app, ctx, id), app.table.query_all(&patterns::actions_of_appointment(id)))
            .await;
    Ok((appointment?, actions?))
}
