//! Previews a change of an appointment: whether it would be refused, and what the patient would be told. Nothing is
//! written. The change itself is planned by the same functions.

use crate::App;
use crate::appointments::actions::{AppointmentAction, plan_action};
use crate::appointments::booking::{
    Booking, RescheduleRequest, Reserved, expect_reason, plan_booking, plan_change_of_time, reserve,
};
use crate::appointments::lookup::load_appointment;
use crate::appointments::offers::with_offers;
use crate::directory::records::expect_version;
use crate::messaging::notification_rows::template_context;
use crate::messaging::outbox::claim::is_restricted;
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::unit_of_work::UnitOfWork;
use domain::appointment::Appointment;
use domain::clinic::Clinic;
use domain::ids::AppointmentId;
use domain::notification::{MessageText, Notification, NotificationStatus};
use domain::patient::Patient;
use std::collections::BTreeMap;
use store::keys::Key;

/// What a change would result in.
#[derive(Debug)]
pub struct Preview {
    /// The appointment after the change, or the new one.
    pub appointment: Appointment,
    /// The new messages to the patient, each with its text, by when they are due. Not those that are withheld: from
    /// numbers that opted out, for example.
    pub messages: Vec<Notification>,
}

/// Previews a booking.
///
/// # Errors
/// Those of the booking.
pub async fn preview_booking(app: &App, ctx: &Context, booking: &Booking) -> Result<Preview, AppError> {
    expect_reason(booking)?;
    let mut uow = UnitOfWork::new(app, ctx);
    let appointment = match reserve(app, ctx, &booking.request, 0).await {
        Ok(Reserved::Free(candidate, reservation)) => plan_booking(&mut uow, booking, &candidate, &reservation),
        Ok(Reserved::Booked(id)) => load_appointment(app, ctx, id).await?,
        Err(refusal) => return Err(with_offers(app, ctx, &booking.request, refusal).await),
    };
    preview(uow, appointment).await
}

/// Previews an action other than a reschedule.
///
/// # Errors
/// Those of the action.
pub async fn preview_action(
    app: &App,
    ctx: &Context,
    id: AppointmentId,
    if_match: Option<u64>,
    action: AppointmentAction,
) -> Result<Preview, AppError> {
    let before = load_appointment(app, ctx, id).await?;
    expect_version(if_match, before.version)?;
    let mut uow = UnitOfWork::new(app, ctx);
    let planned = plan_action(&mut uow, &before, action, BTreeMap::new()).await?;
    preview(uow, planned.after).await
}

/// Previews a reschedule.
///
/// # Errors
/// Those of the reschedule.
pub async fn preview_reschedule(
    app: &App,
    ctx: &Context,
    id: AppointmentId,
    if_match: Option<u64>,
    request: impl Fn(&Appointment) -> Result<RescheduleRequest, AppError>,
) -> Result<Preview, AppError> {
    let old = load_appointment(app, ctx, id).await?;
    expect_version(if_match, old.version)?;
    let mut uow = UnitOfWork::new(app, ctx);
    let appointment = plan_change_of_time(&mut uow, &old, request(&old)?).await?;
    preview(uow, appointment).await
}

/// Renders the new messages of a unit of work.
async fn preview(uow: UnitOfWork<'_>, appointment: Appointment) -> Result<Preview, AppError> {
    let app = uow.app;
    let keys = [Key::patient(appointment.patient), Key::clinic(appointment.clinic)];
    let mut batch = app.table.batch(&keys).await?;
    let [patient, clinic] = &keys;
    let patient = batch.take::<Patient>(patient)?.ok_or(AppError::NotFound)?;
    let clinic = batch.take::<Clinic>(clinic)?.ok_or(AppError::NotFound)?;
    let mut messages = Vec::new();
    for mut row in uow.messages {
        let will_be_sent = row.status == NotificationStatus::Pending && row.to.is_some();
        if !will_be_sent || is_restricted(app, &row, &patient, false).await? {
            continue;
        }
        if let Some(template) = row.template {
            row.text = Some(MessageText(template_context(&row, &patient, &clinic).body(template)));
        }
        messages.push(row);
    }
    messages.sort_by_key(|row| row.due_at);
    Ok(Preview { appointment, messages })
}
