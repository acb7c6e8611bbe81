//! Booking an appointment, and moving one: which is booking another and giving the first one up, together.

use crate::App;
use crate::appointments::actions::{self, Deed};
use crate::appointments::slot::{self, End, Located, Place, Wish};
use crate::messaging::notifications;
use crate::support::attempts::Failure;
use crate::support::context::{Context, Done};
use crate::support::error::AppError;
use domain::appointment::{Appointment, Reminder, Status, Via};
use domain::ids::AppointmentId;
use domain::lifecycle::{Action, By};
use domain::messages::Template;
use domain::text::Note;
use domain::time::Instant;
use domain::violation::Rule;
use std::collections::BTreeMap;
use store::agenda::Changes;
use store::{Purpose, Transaction};

/// An appointment to be booked.
#[derive(Debug, Clone)]
pub struct Booking {
    /// Who, whom, when, where.
    pub wish: Wish,
    /// Why the patient comes.
    pub reason: Option<Note<500>>,
    /// Notes of the reception desk.
    pub notes: Option<Note<2000>>,
}

/// Books an appointment.
///
/// # Errors
/// [`AppError::Validation`], [`AppError::OutsideAvailability`], [`AppError::SlotTaken`],
/// [`AppError::Busy`].
pub async fn book_appointment(app: &App, ctx: &Context, booking: &Booking) -> Result<Done<Appointment>, AppError> {
    if booking.wish.overbook && booking.reason.is_none() {
        return Err(AppError::invalid("reason", Rule::Required));
    }
    actions::or_done_meanwhile(app, ctx, crate::attempt!(number => try_book(app, ctx, booking, number))).await
}

async fn try_book(app: &App, ctx: &Context, booking: &Booking, attempt: u32) -> Result<Done<Appointment>, Failure> {
    let located = match slot::locate(app, ctx, &booking.wish, attempt).await? {
        Ok(located) => located,
        Err(id) => return Ok(Done { value: actions::load(app, ctx, id).await?, replayed: ctx.once.from_client }),
    };
    let (located, place) = slot::find(app, located, booking.wish.overbook, None).await?;
    let now = app.now();
    let appointment = new_appointment(app, ctx, booking, &located, &place, now);
    let mut transaction = ctx.begin(appointment.id, now);
    let mut changes = Changes::default();
    let appointment = add(app, ctx, &mut transaction, &mut changes, appointment, &located, &place, now);
    if place.clinic.profile.notify_on_create {
        notifications::add_notice(
            app,
            &mut transaction,
            Template::Created,
            &appointment,
            &located.patient,
            &place.clinic,
            now,
        );
    }
    changes.write(&mut transaction);
    ctx.commit(app, transaction).await?;
    Ok(Done { value: appointment, replayed: false })
}

fn new_appointment(
    app: &App,
    ctx: &Context,
    booking: &Booking,
    located: &Located,
    place: &Place,
    now: Instant,
) -> Appointment {
    let chosen_by_patient = ctx.by == By::Patient;
    Appointment {
        id: app.new_id(),
        patient: located.patient.id,
        patient_name: located.patient.profile.full_name(),
        doctor: located.doctor.id,
        doctor_name: located.doctor.profile.full_name(),
        clinic: place.clinic.id,
        clinic_name: place.clinic.profile.name.as_str().into(),
        room: place.room.id,
        room_name: place.room.profile.name.as_str().into(),
        zone: located.opening.zone,
        start: located.appointment.start(),
        end: located.appointment.end(),
        buffer_minutes: located.doctor.profile.buffer_minutes,
        status: if chosen_by_patient { Status::Confirmed } else { Status::Pending },
        reason: booking.reason.clone(),
        notes: booking.notes.clone(),
        overbook: booking.wish.overbook,
        confirmed_at: chosen_by_patient.then_some(now),
        confirmed_via: chosen_by_patient.then_some(Via::Whatsapp),
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

/// Adds a new appointment to a transaction: its row, its time, its reminder, its history.
#[expect(clippy::too_many_arguments, reason = "all of them make up one appointment")]
fn add(
    app: &App,
    ctx: &Context,
    transaction: &mut Transaction,
    changes: &mut Changes,
    mut appointment: Appointment,
    located: &Located,
    place: &Place,
    now: Instant,
) -> Appointment {
    let reminder = notifications::reminder(&appointment, &located.patient, &place.clinic, now);
    appointment.reminder = Reminder { notification: reminder.id, due_at: reminder.due_at, status: reminder.status };
    store::notification::add(transaction, &reminder);
    place.take(transaction, changes, appointment.id);
    transaction.create(Purpose::Version, &appointment);
    let payload = appointment.rescheduled_from.map(|from| ("rescheduled_from".to_owned(), from.to_string()));
    let deed = Deed {
        action: Action::Create,
        from: None,
        reason: appointment.reason.clone().filter(|_| appointment.overbook),
        payload: payload.into_iter().collect(),
    };
    actions::record(app, ctx, transaction, None, &appointment, deed, now);
    appointment
}

/// Where an appointment is to be moved.
#[derive(Debug, Clone)]
pub struct Move {
    /// From when; doctor, room and length stay unless given.
    pub wish: Wish,
    /// Why.
    pub reason: Option<Note<500>>,
}

/// Moves an appointment: a new one, linked both ways, and the old one's time is free. One transaction.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::PreconditionFailed`], [`AppError::IllegalTransition`], and
/// those of [`book_appointment`].
pub async fn reschedule_appointment(
    app: &App,
    ctx: &Context,
    id: AppointmentId,
    if_match: Option<u64>,
    request: impl Fn(&Appointment) -> Result<Move, AppError> + Send + Sync,
) -> Result<Done<Appointment>, AppError> {
    let done = crate::attempt!(number => try_reschedule(app, ctx, id, if_match, &request, number));
    actions::or_done_meanwhile(app, ctx, done).await
}

async fn try_reschedule(
    app: &App,
    ctx: &Context,
    id: AppointmentId,
    if_match: Option<u64>,
    request: &(impl Fn(&Appointment) -> Result<Move, AppError> + Send + Sync),
    attempt: u32,
) -> Result<Done<Appointment>, Failure> {
    if let Some(id) = ctx.done_before(app, attempt).await? {
        return Ok(Done { value: actions::load(app, ctx, id).await?, replayed: ctx.once.from_client });
    }
    let now = app.now();
    let old = actions::load(app, ctx, id).await?;
    crate::directory::records::expect_version(if_match, old.version)?;
    let wanted = request(&old)?;
    let mut transaction = Transaction::default();
    let appointment = plan_move(app, ctx, &mut transaction, &old, wanted, BTreeMap::new(), now).await?;
    ctx.remember(&mut transaction, appointment.id, now);
    ctx.commit(app, transaction).await?;
    Ok(Done { value: appointment, replayed: false })
}

/// Adds everything that moves an appointment to a transaction, and answers the new one. A refusal adds nothing.
///
/// # Errors
/// Those of [`reschedule_appointment`].
pub async fn plan_move(
    app: &App,
    ctx: &Context,
    transaction: &mut Transaction,
    old: &Appointment,
    wanted: Move,
    mut payload: BTreeMap<String, String>,
    now: Instant,
) -> Result<Appointment, AppError> {
    let decision =
        actions::decide(ctx, old, Action::Reschedule, wanted.reason.clone(), domain::time::TimeDelta::zero(), now)?;
    let Ok(located) = slot::locate(app, ctx, &wanted.wish, 0).await? else {
        return Err(AppError::Busy("the request was done meanwhile".into()));
    };
    let (located, place) = slot::find(app, located, wanted.wish.overbook, Some(old)).await?;
    let booking = Booking { wish: wanted.wish, reason: old.reason.clone(), notes: old.notes.clone() };
    let mut appointment = new_appointment(app, ctx, &booking, &located, &place, now);
    appointment.rescheduled_from = Some(old.id);
    let mut changes = Changes::default();
    slot::release(app, transaction, &mut changes, old, Some(&place)).await?;
    let appointment = add(app, ctx, transaction, &mut changes, appointment, &located, &place, now);
    let mut after = decision.after;
    after.rescheduled_to = Some(appointment.id);
    let told = place.clinic.profile.notify_on_move && ctx.by != By::Patient;
    notifications::stop_reminder(app, transaction, &mut after, told, now).await?;
    transaction.replace(Purpose::Version, &after, old.version);
    store::hold::follow(transaction, old, &after);
    payload.insert("rescheduled_to".to_owned(), appointment.id.to_string());
    let deed = Deed { action: Action::Reschedule, from: Some(old.status), reason: wanted.reason, payload };
    actions::record(app, ctx, transaction, Some(old), &after, deed, now);
    if told {
        notifications::add_notice(
            app,
            transaction,
            Template::Moved,
            &appointment,
            &located.patient,
            &place.clinic,
            now,
        );
    }
    changes.write(transaction);
    Ok(appointment)
}

/// The wish that moves an appointment to another time and leaves everything else as it is.
#[must_use]
pub fn same_but(appointment: &Appointment, start: domain::time::Moment) -> Wish {
    Wish {
        patient: appointment.patient,
        doctor: appointment.doctor,
        room: Some(appointment.room),
        start,
        end: End::After(appointment.end.since(appointment.start)),
        overbook: appointment.overbook,
    }
}
