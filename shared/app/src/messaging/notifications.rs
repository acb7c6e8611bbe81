//! Lists notifications, the messages to patients, and sends reminders on request.

use crate::App;
use crate::appointments::lookup::load_appointment;
use crate::directory::number_restrictions::restrictions_of;
use crate::directory::patients::get_patient;
use crate::messaging::notification_rows::new_row;
use crate::messaging::outbox::{self, DeliveryOutcome};
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::listing::{PageRequest, Slice, list};
use crate::support::retry::AttemptError;
use crate::support::timeouts;
use crate::support::unit_of_work::UnitOfWork;
use domain::appointment::Appointment;
use domain::ids::{AppointmentId, ClinicId, NotificationId, PatientId};
use domain::notification::{Notification, NotificationKind, NotificationStatus};
use domain::phone::Phone;
use domain::time::{Days, Instant, LocalDate, LocalTime};
use domain::violation::Rule;
use std::collections::{BTreeMap, BTreeSet};
use store::appointment::update_reminder_due;
use store::audit::AuditAction;
use store::keys::Key;
use store::notification::save;
use store::patterns::{self, Pattern};

/// Sends the reminder of an appointment now, in the same way as the scheduled job. Where the recipient's rate limit or
/// the provider doesn't allow it for the moment, the message is left to the job and stays pending.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::IllegalTransition`] for an appointment that isn't active,
/// [`AppError::OutsideAvailability`] for one that is stranded, [`AppError::AlreadySent`] unless `force`,
/// [`AppError::Validation`] where nothing may be sent to the patient's number.
pub async fn send_notification(
    app: &App,
    ctx: &Context,
    id: AppointmentId,
    force: bool,
) -> Result<DeliveryOutcome, AppError> {
    let appointment = load_appointment(app, ctx, id).await?;
    let latest_start = app.now().plus(timeouts::LATEST_SEND);
    let replay = |id| async move {
        Ok(DeliveryOutcome { replayed: true, ..outbox::deliver(app, id, Some(latest_start)).await? })
    };
    if let Some(id) = ctx.previous_outcome(app, 0).await? {
        return replay(id).await;
    }
    match send(app, ctx, &appointment, force, latest_start).await {
        Err(refusal) => replay(ctx.concurrent_outcome(app, refusal).await?).await,
        Ok(done) if done.notification.status == NotificationStatus::Pending => {
            let notification = crate::retry!(_number => leave_to_job(app, ctx, &done))?;
            Ok(DeliveryOutcome { notification, ..done })
        }
        Ok(done) => Ok(done),
    }
}

async fn send(
    app: &App,
    ctx: &Context,
    appointment: &Appointment,
    force: bool,
    latest_start: Instant,
) -> Result<DeliveryOutcome, AppError> {
    let now = app.now();
    if !appointment.is_active() || appointment.start <= now {
        return Err(AppError::IllegalTransition {
            from: appointment.status,
            action: "send",
            allowed: domain::lifecycle::allowed_actions(appointment, ctx.role, now),
            cause: None,
        });
    }
    if appointment.stranded {
        return Err(AppError::OutsideAvailability { cause: None, offers: Vec::new() });
    }
    expect_may_be_sent(app, appointment).await?;
    let key = Key::notification(appointment.reminder.notification);
    let current = app.table.get::<Notification>(&key).await?.ok_or(AppError::NotFound)?;
    match current.status {
        NotificationStatus::Pending => outbox::deliver_for_request(app, ctx, current.id, latest_start).await,
        // The outcome is unknown yet: another send could be a duplicate.
        NotificationStatus::Claimed | NotificationStatus::Unknown => Ok(current.into()),
        status if status.is_accepted() && !force => Err(AppError::AlreadySent),
        _ => {
            let (id, replaced) = (appointment.id, appointment.reminder.notification);
            let new: NotificationId = crate::retry!(number => replace_reminder(app, ctx, id, replaced, number))?;
            outbox::deliver(app, new, Some(latest_start)).await
        }
    }
}

/// # Errors
/// [`AppError::Validation`] that says why nothing may be sent to the patient: for `whatsapp_opt_in` where the patient or the
/// number has opted out, for `phone_number` where it is in quarantine.
async fn expect_may_be_sent(app: &App, appointment: &Appointment) -> Result<(), AppError> {
    let patient = get_patient(app, appointment.patient).await?;
    let opted_out = AppError::invalid("whatsapp_opt_in", Rule::OptedOut);
    if !patient.profile.whatsapp_opt_in {
        return Err(opted_out);
    }
    let Some(number) = patient.profile.recipient_phone().map(Phone::match_key) else { return Ok(()) };
    let restrictions = restrictions_of(app, &number).await?;
    if restrictions.opted_out.is_some() {
        return Err(opted_out);
    }
    match restrictions.is_quarantined(patient.id) {
        true => Err(AppError::invalid("phone_number", Rule::WrongNumber)),
        false => Ok(()),
    }
}

/// Makes a message that a user asked for due as soon as it may be tried again, and records the request's outcome. It may
/// have been due much later.
async fn leave_to_job(app: &App, ctx: &Context, done: &DeliveryOutcome) -> Result<Notification, AttemptError> {
    let id = done.notification.id;
    let before = app.table.get::<Notification>(&Key::notification(id)).await?.ok_or(AppError::NotFound)?;
    // Recorded already where the message was claimed, or is a new one.
    let is_recorded = ctx.previous_outcome::<NotificationId>(app, 1).await?.is_some();
    let mut uow = UnitOfWork::new(app, ctx);
    let at = done.retry_at.or(before.next_at).unwrap_or(uow.now);
    let due_at = before.due_at.min(at);
    let is_due = before.status != NotificationStatus::Pending || (before.due_at, before.next_at) == (due_at, Some(at));
    if is_due && is_recorded {
        return Ok(before);
    }
    if !is_recorded {
        uow.record_outcome(id);
    }
    let mut after = before.clone();
    if !is_due {
        after = Notification { due_at, next_at: Some(at), version: before.version + 1, ..after };
        save(&mut uow.transaction, &before, &after);
        update_reminder_due(&mut uow.transaction, after.appointment, due_at);
    }
    uow.commit().await?;
    Ok(after)
}

/// Replaces a reminder that has reached a final status by a new one.
async fn replace_reminder(
    app: &App,
    ctx: &Context,
    id: AppointmentId,
    replaced: NotificationId,
    attempt: u32,
) -> Result<NotificationId, AttemptError> {
    if let Some(id) = ctx.previous_outcome(app, attempt).await? {
        return Ok(id);
    }
    let before = load_appointment(app, ctx, id).await?;
    let mut appointment = before.clone();
    if appointment.reminder.notification != replaced {
        // A concurrent request has already replaced it: use that reminder.
        return Ok(appointment.reminder.notification);
    }
    let patient = get_patient(app, appointment.patient).await?;
    let mut uow = UnitOfWork::new(app, ctx);
    let old = app.table.get::<Notification>(&Key::notification(replaced)).await?;
    let fresh = Notification {
        after: old.and_then(|old| old.after),
        ..new_row(app.new_id(), &appointment, &patient, NotificationKind::Reminder, uow.now)
    };
    uow.record_outcome(fresh.id);
    uow.remind(&mut appointment, &fresh);
    appointment.version = before.version + 1;
    appointment.updated_at = uow.now;
    store::appointment::save(&mut uow.transaction, Some(&before), &appointment);
    uow.audit(("notification", fresh.id), AuditAction::Create, BTreeMap::new());
    uow.commit().await?;
    Ok(fresh.id)
}

#[derive(Debug, Clone, Default)]
pub struct NotificationFilter {
    pub appointment: Option<AppointmentId>,
    pub patient: Option<PatientId>,
    pub clinic: Option<ClinicId>,
    /// Any status if empty.
    pub status: BTreeSet<&'static str>,
    pub kind: Option<&'static str>,
    /// The local day of the clinic on which it is due.
    pub date: Option<LocalDate>,
}

/// Lists notifications by due time, latest first.
pub async fn list_notifications(
    app: &App,
    ctx: &Context,
    filter: &NotificationFilter,
    window: &PageRequest,
) -> Result<Slice<Notification>, AppError> {
    let midnight = |day: Option<LocalDate>| day.map(|day| Instant::from_utc(day.and_time(LocalTime::MIN).and_utc()));
    let from = filter.date.and_then(|day| midnight(day.pred_opt()));
    let to = filter.date.and_then(|day| midnight(day.checked_add_days(Days::new(2))));
    let of_clinic = |clinic| patterns::notifications_of_clinic(clinic, from, to).reversed();
    let of_appointment = |id| patterns::notifications_of_appointment(id).reversed();
    let partitions: Vec<Pattern> = match (filter.appointment, filter.patient, filter.clinic) {
        (Some(id), _, _) => vec![of_appointment(id)],
        (None, Some(id), _) => {
            let appointments: Vec<Appointment> =
                app.table.query_all(&patterns::appointments_of_patient(id, None, None)).await?;
            appointments.iter().map(|appointment| of_appointment(appointment.id)).collect()
        }
        (None, None, Some(clinic)) => vec![of_clinic(clinic)],
        (None, None, None) => {
            let clinics = crate::directory::clinics::listed_clinics(app, &ctx.scope).await?;
            clinics.into_iter().map(of_clinic).collect()
        }
    };
    let keep = |row: &Notification| {
        ctx.scope.includes(row.clinic)
            && filter.patient.is_none_or(|patient| row.patient == patient)
            && filter.clinic.is_none_or(|clinic| row.clinic == clinic)
            && (filter.status.is_empty() || filter.status.contains(row.status.name()))
            && filter.kind.is_none_or(|kind| row.kind.name() == kind)
            && filter.date.is_none_or(|date| row.zone.date(row.due_at) == date)
    };
    list(app, &partitions, window, keep).await
}

/// # Errors
/// [`AppError::NotFound`], also for one of a clinic outside the caller's scope.
pub async fn get_notification(app: &App, ctx: &Context, id: NotificationId) -> Result<Notification, AppError> {
    let row = ctx.get_or_prefetched::<Notification>(app, &Key::notification(id)).await?;
    row.filter(|row| ctx.scope.includes(row.clinic)).ok_or(AppError::NotFound)
}
