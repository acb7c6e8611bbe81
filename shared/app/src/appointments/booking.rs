//! Books and reschedules appointments. Rescheduling books a new appointment and releases the old one's slot in one
//! transaction.

use crate::App;
use crate::appointments::actions::{decide_action, told};
use crate::appointments::candidate::{self, BookingRequest, Candidate, EndSpec, Resolution, StartSpec};
use crate::appointments::end_change::{keeps_place, plan_end_change};
use crate::appointments::history::HistoryEntry;
use crate::appointments::lookup::{load_appointment, or_concurrent_outcome};
use crate::appointments::offers::with_offers;
use crate::appointments::slot::{self, Reservation};
use crate::directory::records::expect_version;
use crate::messaging::notices::{NewNotice, Notify, Truth};
use crate::messaging::notification_rows;
use crate::support::context::{Context, Outcome};
use crate::support::error::AppError;
use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use domain::appointment::{Appointment, ConfirmationChannel, Reminder, Status};
use domain::ids::{AppointmentId, NotificationId};
use domain::lifecycle::{Action, ActorRole, Decision};
use domain::notification::Announcement;
use domain::text::Note;
use domain::violation::Rule;
use std::collections::BTreeMap;

/// A booking request with the texts of the new appointment.
#[derive(Debug, Clone)]
pub struct Booking {
    pub request: BookingRequest,
    /// Reason of the appointment. Required to overbook.
    pub reason: Option<Note<500>>,
    /// Notes of the reception desk.
    pub notes: Option<Note<2000>>,
    /// Whether the patient gets a notice of the booking.
    pub announcement: Announcement,
}

pub async fn book_appointment(app: &App, ctx: &Context, booking: &Booking) -> Result<Outcome<Appointment>, AppError> {
    expect_reason(booking)?;
    or_concurrent_outcome(app, ctx, crate::retry!(number => try_book(app, ctx, booking, number))).await
}

/// Who overbooks has to say why.
pub(super) fn expect_reason(booking: &Booking) -> Result<(), AppError> {
    match (booking.request.overbook, &booking.reason) {
        (true, None) => Err(AppError::invalid("reason", Rule::Required)),
        _ => Ok(()),
    }
}

async fn try_book(
    app: &App,
    ctx: &Context,
    booking: &Booking,
    attempt: u32,
) -> Result<Outcome<Appointment>, AttemptError> {
    let (candidate, reservation) = match reserve(app, ctx, &booking.request, attempt).await {
        Ok(Reserved::Free(candidate, reservation)) => (candidate, reservation),
        Ok(Reserved::Booked(id)) => {
            return Ok(Outcome {
                value: load_appointment(app, ctx, id).await?,
                replayed: ctx.idempotency_key.from_client,
            });
        }
        Err(refusal) => return Err(with_offers(app, ctx, &booking.request, refusal).await.into()),
    };
    let mut uow = UnitOfWork::new(app, ctx);
    let appointment = plan_booking(&mut uow, booking, &candidate, &reservation);
    uow.record_outcome(appointment.id);
    uow.commit().await?;
    Ok(Outcome { value: appointment, replayed: false })
}

/// Adds to a unit of work everything that a booking makes.
pub(super) fn plan_booking(
    uow: &mut UnitOfWork<'_>,
    booking: &Booking,
    candidate: &Candidate,
    reservation: &Reservation,
) -> Appointment {
    let appointment = new_appointment(uow, booking, candidate, reservation);
    let is_walk_in = matches!(booking.request.start, StartSpec::Running(_));
    // Who walks in is here, and needs no notice.
    let setting = reservation.clinic.profile.notify_on_create && !is_walk_in;
    let notify = Notify::of(booking.announcement, setting, uow.ctx.role) != Notify::No;
    let mut payload: BTreeMap<String, String> = told(booking.announcement).into_iter().collect();
    payload.extend(is_walk_in.then(|| ("walk_in".to_owned(), "true".to_owned())));
    let new = NewAppointment {
        notice: notify.then(|| NewNotice::of_booking(&appointment)),
        last_message: None,
        payload,
        appointment,
    };
    add_appointment(uow, new, candidate, reservation)
}

pub(super) enum Reserved {
    Free(Box<Candidate>, Box<Reservation>),
    /// An earlier attempt of the request has booked this appointment.
    Booked(AppointmentId),
}

pub(super) async fn reserve(
    app: &App,
    ctx: &Context,
    request: &BookingRequest,
    attempt: u32,
) -> Result<Reserved, AppError> {
    match candidate::resolve(app, ctx, request, attempt).await? {
        Resolution::Booked(id) => Ok(Reserved::Booked(id)),
        Resolution::Candidate(mut candidate) => {
            let reservation = slot::check_free(app, &mut candidate, request.overbook, None).await?;
            Ok(Reserved::Free(candidate, Box::new(reservation)))
        }
    }
}

fn new_appointment(
    uow: &UnitOfWork<'_>,
    booking: &Booking,
    candidate: &Candidate,
    reservation: &Reservation,
) -> Appointment {
    let (app, now) = (uow.app, uow.now);
    let chosen_by_patient = uow.ctx.role == ActorRole::Patient;
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
        attention: Vec::new(),
        stranded: false,
        reminder: Reminder {
            notification: app.new_id(),
            due_at: now,
            status: domain::notification::NotificationStatus::Pending,
        },
        notice: None,
        status_at: now,
        created_by: uow.ctx.user_id(),
        created_at: now,
        updated_at: now,
        version: 1,
    }
}

/// A new appointment, with the notice of it.
struct NewAppointment {
    appointment: Appointment,
    notice: Option<NewNotice>,
    /// The last message about the appointment that it replaces.
    last_message: Option<NotificationId>,
    /// Details for the history.
    payload: BTreeMap<String, String>,
}

/// Adds a new appointment to a unit of work: its row, slot, messages and first history entry.
fn add_appointment(
    uow: &mut UnitOfWork<'_>,
    NewAppointment { mut appointment, notice, last_message, mut payload }: NewAppointment,
    candidate: &Candidate,
    reservation: &Reservation,
) -> Appointment {
    let (patient, clinic) = (&candidate.patient, &reservation.clinic);
    let mut reminder = notification_rows::reminder(&appointment, patient, clinic, uow.now);
    appointment.reminder.due_at = reminder.due_at;
    appointment.reminder.status = reminder.status;
    let is_move = appointment.rescheduled_from.is_some();
    let previous_start = notice.as_ref().and_then(|notice| notice.previous_start);
    let changed = previous_start.map_or(appointment.start, |start| start.min(appointment.start));
    let notice = notice.and_then(|notice| uow.notice_row(&notice, &appointment, (patient, clinic), changed));
    let new_message = notice.as_ref().map(|notice| notice.id);
    if is_move {
        // The reminder of the new time must not come before what is on its way about the old one. That it names the
        // notice keeps the appointment's row within one write unit.
        reminder.after = new_message.or(last_message);
    } else {
        appointment.notice = new_message;
    }
    uow.remind(&mut appointment, &reminder);
    if let Some(notice) = &notice {
        uow.add_notification(notice);
    }
    reservation.write(uow, appointment.id);
    payload.extend(appointment.rescheduled_from.map(|from| ("rescheduled_from".to_owned(), from.to_string())));
    let entry = HistoryEntry {
        action: Action::Create,
        reason: appointment.reason.clone().filter(|_| appointment.overbook),
        payload,
    };
    uow.record(None, &appointment, entry);
    appointment
}

/// The new time of an appointment, and the reason for rescheduling it.
#[derive(Debug, Clone)]
pub struct RescheduleRequest {
    pub request: BookingRequest,
    pub reason: Option<Note<500>>,
    /// Whether the patient gets a notice of the new time.
    pub announcement: Announcement,
}

/// Reschedules an appointment: books a new one, links both, and releases the old slot, in one transaction. Where only the
/// end changes, the appointment itself gets it.
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
    let mut uow = UnitOfWork::new(app, ctx);
    let old = load_appointment(app, ctx, id).await?;
    expect_version(if_match, old.version)?;
    let appointment = plan_change_of_time(&mut uow, &old, request(&old)?).await?;
    uow.record_outcome(appointment.id);
    if appointment == old {
        uow.commit_unchanged().await?;
    } else {
        uow.commit().await?;
    }
    Ok(Outcome { value: appointment, replayed: false })
}

/// Adds to a unit of work a new end of an appointment where only that changes, and else a reschedule. A refusal has
/// other free times.
pub(super) async fn plan_change_of_time(
    uow: &mut UnitOfWork<'_>,
    old: &Appointment,
    wanted: RescheduleRequest,
) -> Result<Appointment, AppError> {
    let (app, ctx, booking) = (uow.app, uow.ctx, wanted.request.clone());
    let planned = if keeps_place(old, &booking) {
        Box::pin(plan_end_change(uow, old, booking.end, wanted.reason)).await
    } else {
        plan_reschedule(uow, old, wanted, BTreeMap::new()).await
    };
    match planned {
        Ok(appointment) => Ok(appointment),
        Err(refusal) => Err(with_offers(app, ctx, &booking, refusal).await),
    }
}

/// Adds to a unit of work everything that reschedules an appointment, and returns the new appointment. `payload` is
/// recorded in the history. On an error nothing is added.
pub async fn plan_reschedule(
    uow: &mut UnitOfWork<'_>,
    old: &Appointment,
    RescheduleRequest { request, reason, announcement }: RescheduleRequest,
    mut payload: BTreeMap<String, String>,
) -> Result<Appointment, AppError> {
    let action = Action::Reschedule;
    let Decision { mut after, .. } = decide_action(uow, old, action, reason.clone(), None)?;
    let Resolution::Candidate(mut candidate) = candidate::resolve(uow.app, uow.ctx, &request, 0).await? else {
        return Err(AppError::Busy("another delivery of the request took effect first".into()));
    };
    let reservation = slot::check_free(uow.app, &mut candidate, request.overbook, Some(old)).await?;
    let booking = Booking { request, reason: old.reason.clone(), notes: old.notes.clone(), announcement };
    let mut appointment = new_appointment(uow, &booking, &candidate, &reservation);
    appointment.rescheduled_from = Some(old.id);
    uow.release(old, Some(&reservation)).await?;
    let notify = Notify::of(announcement, reservation.clinic.profile.notify_on_move, uow.ctx.role);
    let updated = uow.update_messages(&mut after, Truth::takes_place(&appointment), notify).await?;
    // Where the patient learns of the new time otherwise, earlier messages say nothing about what the patient knows.
    let last_message = updated.last.filter(|_| notify != Notify::No);
    let new = NewAppointment { appointment, notice: updated.notice, last_message, payload: BTreeMap::new() };
    let appointment = add_appointment(uow, new, &candidate, &reservation);
    after.rescheduled_to = Some(appointment.id);
    payload.insert("rescheduled_to".to_owned(), appointment.id.to_string());
    payload.extend(told(announcement));
    uow.record(Some(old), &after, HistoryEntry { action, reason, payload });
    uow.write_agenda();
    Ok(appointment)
}

/// A booking request with the patient, doctor, room and length of `appointment`, at another time.
#[must_use]
pub fn request_for_new_start(appointment: &Appointment, start: domain::time::ClientTime) -> BookingRequest {
    BookingRequest {
        patient: appointment.patient,
        doctor: appointment.doctor,
        room: Some(appointment.room),
        start: StartSpec::At(start),
        end: EndSpec::Duration(appointment.end.since(appointment.start)),
        overbook: appointment.overbook,
    }
}
