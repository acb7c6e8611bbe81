//! Books and reschedules appointments. Rescheduling books a new appointment and releases the old one's slot in one
//! transaction.

use crate::App;
use crate::appointments::actions;
use crate::appointments::history::{HistoryEntry, record_history};
use crate::appointments::lookup::{load_appointment, or_concurrent_outcome};
use crate::appointments::slot::{self, BookingRequest, Candidate, EndSpec, Reservation};
use crate::messaging::notification_rows;
use crate::support::context::{Context, Outcome};
use crate::support::error::AppError;
use crate::support::retry::AttemptError;
use domain::appointment::{Appointment, ConfirmationChannel, Reminder, Status};
use domain::ids::AppointmentId;
use domain::lifecycle::{Action, ActorRole};
use domain::messages::Template;
use domain::text::Note;
use domain::time::Instant;
use domain::violation::Rule;
use std::collections::BTreeMap;
use store::agenda::AgendaChanges;
use store::{Purpose, Transaction};

/// A booking request with the texts of the new appointment.
#[derive(Debug, Clone)]
pub struct Booking {
    pub request: BookingRequest,
    /// Reason of the appointment. Required to overbook.
    pub reason: Option<Note<500>>,
    /// Notes of the reception desk.
    pub notes: Option<Note<2000>>,
}

pub async fn book_appointment(app: &App, ctx: &Context, booking: &Booking) -> Result<Outcome<Appointment>, AppError> {
    if booking.request.overbook && booking.reason.is_none() {
        return Err(AppError::invalid("reason", Rule::Required));
    }
    or_concurrent_outcome(app, ctx, crate::retry!(number => try_book(app, ctx, booking, number))).await
}

async fn try_book(
    app: &App,
    ctx: &Context,
    booking: &Booking,
    attempt: u32,
) -> Result<Outcome<Appointment>, AttemptError> {
    let candidate = match slot::resolve(app, ctx, &booking.request, attempt).await? {
        Ok(candidate) => candidate,
        Err(id) => {
            return Ok(Outcome {
                value: load_appointment(app, ctx, id).await?,
                replayed: ctx.idempotency_key.from_client,
            });
        }
    };
    let (candidate, reservation) = slot::check_free(app, candidate, booking.request.overbook, None).await?;
    let now = app.now();
    let appointment = new_appointment(app, ctx, booking, &candidate, &reservation, now);
    let mut transaction = ctx.begin_transaction(appointment.id, now);
    let mut changes = AgendaChanges::default();
    let appointment =
        add_appointment(app, ctx, &mut transaction, &mut changes, appointment, &candidate, &reservation, now);
    if reservation.clinic.profile.notify_on_create {
        notification_rows::add_notice(
            app,
            &mut transaction,
            Template::Created,
            &appointment,
            &candidate.patient,
            &reservation.clinic,
            now,
        );
    }
    changes.write(&mut transaction);
    ctx.commit(app, transaction).await?;
    Ok(Outcome { value: appointment, replayed: false })
}

fn new_appointment(
    app: &App,
    ctx: &Context,
    booking: &Booking,
    candidate: &Candidate,
    reservation: &Reservation,
    now: Instant,
) -> Appointment {
    let chosen_by_patient = ctx.role == ActorRole::Patient;
    Appointment {
        id: app.new_id(),
        patient: candidate.patient.id,
        patient_name: candidate.patient.profile.full_name(),
        doctor: candidate.doctor.id,
        doctor_name: candidate.doctor.profile.full_name(),
        clinic: reservation.clinic.id,
        clinic_name: reservation.clinic.profile.name.as_str().into(),
        room: reservation.room.id,
        room_name: reservation.room.profile.name.as_str().into(),
        zone: candidate.period.zone,
        start: candidate.interval.start(),
        end: candidate.interval.end(),
        buffer_minutes: candidate.doctor.profile.buffer_minutes,
        status: if chosen_by_patient { Status::Confirmed } else { Status::Pending },
        reason: booking.reason.clone(),
        notes: booking.notes.clone(),
        overbook: booking.request.overbook,
        confirmed_at: chosen_by_patient.then_some(now),
        confirmed_via: chosen_by_patient.then_some(ConfirmationChannel::Whatsapp),
        cancel_reason: None,
        rescheduled_from: None,
        rescheduled_to: None,
        hold_until: None,
        needs_attention: false,
        reminder: Reminder {
            notification: app.new_id(),
            due_at: now,
            status: domain::notification::NotificationStatus::Pending,
        },
        status_at: now,
        created_by: ctx.user_id(),
        created_at: now,
        updated_at: now,
        version: 1,
    }
}

/// Adds a new appointment to a transaction: its row, slot, reminder and first history entry.
#[expect(clippy::too_many_arguments, reason = "the parts of a new appointment")]
fn add_appointment(
    app: &App,
    ctx: &Context,
    transaction: &mut Transaction,
    changes: &mut AgendaChanges,
    mut appointment: Appointment,
    candidate: &Candidate,
    reservation: &Reservation,
    now: Instant,
) -> Appointment {
    let reminder = notification_rows::reminder(&appointment, &candidate.patient, &reservation.clinic, now);
    appointment.reminder = Reminder { notification: reminder.id, due_at: reminder.due_at, status: reminder.status };
    store::notification::add(transaction, &reminder);
    reservation.write(transaction, changes, appointment.id);
    transaction.create(Purpose::Version, &appointment);
    let payload = appointment.rescheduled_from.map(|from| ("rescheduled_from".to_owned(), from.to_string()));
    let entry = HistoryEntry {
        action: Action::Create,
        from_status: None,
        reason: appointment.reason.clone().filter(|_| appointment.overbook),
        payload: payload.into_iter().collect(),
    };
    record_history(app, ctx, transaction, None, &appointment, entry, now);
    appointment
}

/// The new time of an appointment, and the reason for rescheduling it.
#[derive(Debug, Clone)]
pub struct RescheduleRequest {
    pub request: BookingRequest,
    pub reason: Option<Note<500>>,
}

/// Reschedules an appointment: books a new one, links both, and releases the old slot, in one transaction.
pub async fn reschedule_appointment(
    app: &App,
    ctx: &Context,
    id: AppointmentId,
    if_match: Option<u64>,
    request: impl Fn(&Appointment) -> Result<RescheduleRequest, AppError> + Send + Sync,
) -> Result<Outcome<Appointment>, AppError> {
    let result = crate::retry!(number => try_reschedule(app, ctx, id, if_match, &request, number));
    or_concurrent_outcome(app, ctx, result).await
}

async fn try_reschedule(
    app: &App,
    ctx: &Context,
    id: AppointmentId,
    if_match: Option<u64>,
    request: &(impl Fn(&Appointment) -> Result<RescheduleRequest, AppError> + Send + Sync),
    attempt: u32,
) -> Result<Outcome<Appointment>, AttemptError> {
    if let Some(id) = ctx.previous_outcome(app, attempt).await? {
        return Ok(Outcome { value: load_appointment(app, ctx, id).await?, replayed: ctx.idempotency_key.from_client });
    }
    let now = app.now();
    let old = load_appointment(app, ctx, id).await?;
    crate::directory::records::expect_version(if_match, old.version)?;
    let reschedule = request(&old)?;
    let mut transaction = Transaction::default();
    let appointment = plan_reschedule(app, ctx, &mut transaction, &old, reschedule, BTreeMap::new(), now).await?;
    ctx.record_outcome(&mut transaction, appointment.id, now);
    ctx.commit(app, transaction).await?;
    Ok(Outcome { value: appointment, replayed: false })
}

/// Adds to a transaction everything that reschedules an appointment, and returns the new appointment. On an error
/// nothing is added.
pub async fn plan_reschedule(
    app: &App,
    ctx: &Context,
    transaction: &mut Transaction,
    old: &Appointment,
    reschedule: RescheduleRequest,
    mut payload: BTreeMap<String, String>,
    now: Instant,
) -> Result<Appointment, AppError> {
    let decision = actions::decide_action(
        ctx,
        old,
        Action::Reschedule,
        reschedule.reason.clone(),
        domain::time::TimeDelta::zero(),
        now,
    )?;
    let Ok(candidate) = slot::resolve(app, ctx, &reschedule.request, 0).await? else {
        return Err(AppError::Busy("another delivery of the request took effect first".into()));
    };
    let (candidate, reservation) = slot::check_free(app, candidate, reschedule.request.overbook, Some(old)).await?;
    let booking = Booking { request: reschedule.request, reason: old.reason.clone(), notes: old.notes.clone() };
    let mut appointment = new_appointment(app, ctx, &booking, &candidate, &reservation, now);
    appointment.rescheduled_from = Some(old.id);
    let mut changes = AgendaChanges::default();
    slot::release(app, transaction, &mut changes, old, Some(&reservation)).await?;
    let appointment = add_appointment(app, ctx, transaction, &mut changes, appointment, &candidate, &reservation, now);
    let mut after = decision.after;
    after.rescheduled_to = Some(appointment.id);
    let notify = reservation.clinic.profile.notify_on_move && ctx.role != ActorRole::Patient;
    notification_rows::withdraw_reminder(app, transaction, &mut after, notify, now).await?;
    transaction.replace(Purpose::Version, &after, old.version);
    store::hold::save_pointer(transaction, old, &after);
    payload.insert("rescheduled_to".to_owned(), appointment.id.to_string());
    let entry =
        HistoryEntry { action: Action::Reschedule, from_status: Some(old.status), reason: reschedule.reason, payload };
    record_history(app, ctx, transaction, Some(old), &after, entry, now);
    if notify {
        notification_rows::add_notice(
            app,
            transaction,
            Template::Moved,
            &appointment,
            &candidate.patient,
            &reservation.clinic,
            now,
        );
    }
    changes.write(transaction);
    Ok(appointment)
}

/// A booking request with the patient, doctor, room and length of `appointment`, at another time.
#[must_use]
pub fn request_for_new_start(appointment: &Appointment, start: domain::time::ClientTime) -> BookingRequest {
    BookingRequest {
        patient: appointment.patient,
        doctor: appointment.doctor,
        room: Some(appointment.room),
        start,
        end: EndSpec::Duration(appointment.end.since(appointment.start)),
        overbook: appointment.overbook,
    }
}
