//! Performs the actions on an appointment other than booking and rescheduling: confirm, cancel, complete, …
//!
//! [`plan_action`] adds to a unit of work everything that follows from an action. An API request commits that alone; a
//! patient's message commits it together with the message's own row.

use crate::App;
use crate::appointments::history::HistoryEntry;
pub use crate::appointments::lookup::load_appointment;
use crate::appointments::lookup::or_concurrent_outcome;
use crate::appointments::offers::with_offers_instead;
use crate::appointments::slot;
use crate::directory::records::expect_version;
use crate::messaging::message_chain::TOLD;
use crate::messaging::notices::{Notify, Truth};
use crate::support::context::{Context, Outcome};
use crate::support::error::AppError;
use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use domain::appointment::Appointment;
use domain::clinic::Clinic;
use domain::due::hold_until;
use domain::ids::AppointmentId;
use domain::lifecycle::{self, Action, ActionRequest, Decision, SlotEffect, TransitionError};
use domain::notification::Announcement;
use domain::patient::Patient;
use domain::text::Note;
use domain::time::Instant;
use domain::violation::Rule;
use std::collections::BTreeMap;
use store::action::ActionRow;
use store::keys::Key;
use store::patterns;

/// An action and its reason, which some actions require.
#[derive(Debug, Clone)]
pub struct AppointmentAction {
    pub action: Action,
    pub reason: Option<Note<500>>,
    /// Whether the patient gets a notice of a cancellation.
    pub announcement: Announcement,
}

impl From<Action> for AppointmentAction {
    fn from(action: Action) -> Self {
        Self { action, reason: None, announcement: Announcement::default() }
    }
}

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
    action: AppointmentAction,
) -> Result<Outcome<Appointment>, AppError> {
    let result = crate::retry!(number => try_act(app, ctx, id, if_match, action.clone(), number));
    or_concurrent_outcome(app, ctx, result).await
}

async fn try_act(
    app: &App,
    ctx: &Context,
    id: AppointmentId,
    if_match: Option<u64>,
    action: AppointmentAction,
    attempt: u32,
) -> Result<Outcome<Appointment>, AttemptError> {
    if let Some(id) = ctx.previous_outcome(app, attempt).await? {
        return Ok(Outcome { value: load_appointment(app, ctx, id).await?, replayed: ctx.idempotency_key.from_client });
    }
    let before = load_appointment(app, ctx, id).await?;
    expect_version(if_match, before.version)?;
    let mut uow = UnitOfWork::with_outcome(app, ctx, id);
    let planned = plan_action(&mut uow, &before, action, BTreeMap::new()).await?;
    if planned.is_noop {
        uow.commit_unchanged().await?;
    } else {
        uow.commit().await?;
    }
    Ok(Outcome { value: planned.after, replayed: false })
}

/// The effect of an action that a unit of work is going to commit.
#[derive(Debug)]
pub struct PlannedAction {
    pub after: Appointment,
    pub is_noop: bool,
}

/// Adds to a unit of work everything that follows from an action. `payload` is recorded in the history.
pub async fn plan_action(
    uow: &mut UnitOfWork<'_>,
    before: &Appointment,
    AppointmentAction { action, reason, announcement }: AppointmentAction,
    mut payload: BTreeMap<String, String>,
) -> Result<PlannedAction, AppError> {
    let mut batch = uow.app.table.batch(&[Key::clinic(before.clinic), Key::patient(before.patient)]).await?;
    let clinic = batch.take::<Clinic>(&Key::clinic(before.clinic))?.ok_or(AppError::NotFound)?;
    let patient = batch.take::<Patient>(&Key::patient(before.patient))?.ok_or(AppError::NotFound)?;
    let held = hold_until(before.start, uow.now, before.zone, &clinic.profile);
    let Decision { mut after, slot_effect, is_noop } = decide_action(uow, before, action, reason.clone(), held)?;
    if is_noop {
        return Ok(PlannedAction { after, is_noop });
    }
    match slot_effect {
        SlotEffect::Keep => {}
        SlotEffect::Release => uow.release(before, None).await?,
        SlotEffect::Acquire if before.occupies_time() => {}
        SlotEffect::Acquire => match slot::reacquire(uow.app, before, uow.ctx.is_staff()).await {
            Ok(reservation) => reservation.write(uow, before.id),
            Err(refusal) => return Err(with_offers_instead(uow.app, uow.ctx, before, refusal).await),
        },
    }
    match action {
        Action::Cancel => {
            let setting = clinic.profile.notify_on_cancel && after.start > uow.now;
            let notify = Notify::of(announcement, setting, uow.ctx.role);
            let updated = uow.update_messages(&mut after, Truth::Cancelled { appointment: before.id }, notify).await?;
            uow.add_notice(updated.notice, &mut after, &patient, &clinic);
            payload.extend(told(announcement));
        }
        Action::Keep | Action::Reopen => {
            // A patient who keeps the appointment gets an answer in the chat.
            let notify = Notify::of(Announcement::ClinicSetting, true, uow.ctx.role);
            let updated = uow.update_messages(&mut after, Truth::takes_place(before), notify).await?;
            uow.renew_reminder(&mut after, &patient, &clinic).await?;
            uow.add_notice(updated.notice, &mut after, &patient, &clinic);
        }
        Action::HoldExpired => uow.notify_hold_expired(&mut after, &patient, &clinic).await?,
        _ => {}
    }
    uow.record(Some(before), &after, HistoryEntry { action, reason, payload });
    uow.write_agenda();
    Ok(PlannedAction { after, is_noop: false })
}

/// What the history records of how the patient learnt of a change without a notice.
pub(crate) fn told(announcement: Announcement) -> Option<(String, String)> {
    match announcement {
        Announcement::Told(told) => Some((TOLD.to_owned(), told.name().to_owned())),
        Announcement::ClinicSetting | Announcement::Notify => None,
    }
}

/// Asks the lifecycle for the effect of an action.
///
/// # Errors
/// [`AppError::IllegalTransition`]; [`AppError::Validation`] for a missing reason.
pub fn decide_action(
    uow: &UnitOfWork<'_>,
    before: &Appointment,
    action: Action,
    reason: Option<Note<500>>,
    hold_until: Option<Instant>,
) -> Result<Decision, AppError> {
    let (role, now) = (uow.ctx.role, uow.now);
    let request = ActionRequest { action, role, now, reason, hold_until };
    let illegal = |cause| AppError::IllegalTransition {
        from: before.status,
        action: action.name(),
        allowed: lifecycle::allowed_actions(before, role, now),
        cause,
    };
    lifecycle::apply(before, &request).map_err(|error| match error {
        TransitionError::ReasonMissing => AppError::invalid("reason", Rule::Required),
        TransitionError::Illegal => illegal(None),
        TransitionError::WrongTime(cause) => illegal(Some(cause)),
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
