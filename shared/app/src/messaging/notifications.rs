//! Lists notifications, the messages to patients, and sends reminders on request.

use crate::App;
use crate::appointments::lookup::load_appointment;
use crate::messaging::notification_rows::new_row;
use crate::messaging::outbox::{self, DeliveryOutcome};
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::listing::{PageRequest, Slice, list};
use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use domain::appointment::Appointment;
use domain::ids::{AppointmentId, NotificationId};
use domain::notification::{Notification, NotificationKind, NotificationStatus};
use domain::time::{Days, Instant, LocalDate, LocalTime};
use std::collections::{BTreeMap, BTreeSet};
use store::Purpose;
use store::audit::AuditAction;
use store::keys::Key;
use store::patterns::{self, Pattern};

/// Sends the reminder of an appointment now, in the same way as the scheduled job.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::IllegalTransition`] for an appointment that isn't active,
/// [`AppError::AlreadySent`] unless `force`.
pub async fn send_notification(
    app: &App,
    ctx: &Context,
    id: AppointmentId,
    force: bool,
) -> Result<DeliveryOutcome, AppError> {
    let appointment = load_appointment(app, ctx, id).await?;
    let replay = |id| async move { Ok(DeliveryOutcome { replayed: true, ..outbox::deliver(app, id, true).await? }) };
    if let Some(id) = ctx.previous_outcome(app, 0).await? {
        return replay(id).await;
    }
    match send(app, ctx, &appointment, force).await {
        Err(refusal) => replay(ctx.concurrent_outcome(app, refusal).await?).await,
        sent => sent,
    }
}

async fn send(app: &App, ctx: &Context, appointment: &Appointment, force: bool) -> Result<DeliveryOutcome, AppError> {
    let now = app.now();
    if !appointment.is_active() || appointment.start <= now {
        return Err(AppError::IllegalTransition {
            from: appointment.status,
            action: "send",
            allowed: domain::lifecycle::allowed_actions(appointment, ctx.role, now),
        });
    }
    let key = Key::notification(appointment.reminder.notification);
    let current = app.table.get::<Notification>(&key).await?.ok_or(AppError::NotFound)?;
    match current.status {
        NotificationStatus::Pending => outbox::deliver_for_request(app, ctx, current.id).await,
        // The outcome is unknown yet: another send could be a duplicate.
        NotificationStatus::Claimed | NotificationStatus::Unknown => Ok(current.into()),
        status if status.is_accepted() && !force => Err(AppError::AlreadySent),
        _ => {
            let (id, replaced) = (appointment.id, appointment.reminder.notification);
            let new: NotificationId = crate::retry!(number => replace_reminder(app, ctx, id, replaced, number))?;
            outbox::deliver(app, new, true).await
        }
    }
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
    let mut appointment = load_appointment(app, ctx, id).await?;
    if appointment.reminder.notification != replaced {
        // A concurrent request has already replaced it: use that reminder.
        return Ok(appointment.reminder.notification);
    }
    let patient = crate::directory::patients::get_patient(app, appointment.patient).await?;
    let mut uow = UnitOfWork::new(app, ctx);
    let read = appointment.version;
    let old = app.table.get::<Notification>(&Key::notification(replaced)).await?;
    let fresh = Notification {
        after: old.and_then(|old| old.after),
        ..new_row(app.new_id(), &appointment, &patient, NotificationKind::Reminder, uow.now)
    };
    uow.record_outcome(fresh.id);
    uow.remind(&mut appointment, &fresh);
    appointment.version = read + 1;
    appointment.updated_at = uow.now;
    uow.transaction.replace(Purpose::Version, &appointment, read);
    uow.audit(("notification", fresh.id), AuditAction::Create, BTreeMap::new());
    uow.commit().await?;
    Ok(fresh.id)
}

#[derive(Debug, Clone, Default)]
pub struct NotificationFilter {
    pub appointment: Option<AppointmentId>,
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
    let partitions: Vec<Pattern> = match filter.appointment {
        Some(id) => vec![patterns::notifications_of_appointment(id).reversed()],
        None => crate::directory::clinics::clinics_in(app, &ctx.scope)
            .await?
            .into_iter()
            .map(|clinic| patterns::notifications_of_clinic(clinic, from, to).reversed())
            .collect(),
    };
    let keep = |row: &Notification| {
        ctx.scope.includes(row.clinic)
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
