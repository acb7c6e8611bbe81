//! Booking a visit, and moving one: which is booking another and giving the first one up, together.

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
use store::{Role, Transaction};

/// A visit to be booked.
#[derive(Debug, Clone)]
pub struct Booking {
    /// Who, whom, when, where.
    pub wish: Wish,
    /// Why the patient comes.
    pub reason: Option<Note<500>>,
    /// Notes of the reception desk.
    pub notes: Option<Note<2000>>,
}

/// Books a visit.
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
    let visit = new_visit(app, ctx, booking, &located, &place, now);
    let mut transaction = ctx.begin(visit.id, now);
    let mut changes = Changes::default();
    let visit = add(app, ctx, &mut transaction, &mut changes, visit, &located, &place, now);
    if place.clinic.profile.notify_on_create {
        notifications::add_notice(
            app,
            &mut transaction,
            Template::Created,
            &visit,
            &located.patient,
            &place.clinic,
            now,
        );
    }
    changes.write(&mut transaction);
    ctx.commit(app, transaction).await?;
    Ok(Done { value: visit, replayed: false })
}

fn new_visit(
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
        start: located.visit.start(),
        end: located.visit.end(),
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

/// Adds a new visit to a transaction: its row, its time, its reminder, its history.
#[expect(clippy::too_many_arguments, reason = "all of them make up one visit")]
fn add(
    app: &App,
    ctx: &Context,
    transaction: &mut Transaction,
    changes: &mut Changes,
    mut visit: Appointment,
    located: &Located,
    place: &Place,
    now: Instant,
) -> Appointment {
    let reminder = notifications::reminder(&visit, &located.patient, &place.clinic, now);
    visit.reminder = Reminder { notification: reminder.id, due_at: reminder.due_at, status: reminder.status };
    store::notification::add(transaction, &reminder);
    place.take(transaction, changes, visit.id);
    transaction.create(Role::Version, &visit);
    let payload = visit.rescheduled_from.map(|from| ("rescheduled_from".to_owned(), from.to_string()));
    let deed = Deed {
        action: Action::Create,
        from: None,
        reason: visit.reason.clone().filter(|_| visit.overbook),
        payload: payload.into_iter().collect(),
    };
    actions::record(app, ctx, transaction, None, &visit, deed, now);
    visit
}

/// Where a visit is to be moved.
#[derive(Debug, Clone)]
pub struct Move {
    /// From when; doctor, room and length stay unless given.
    pub wish: Wish,
    /// Why.
    pub reason: Option<Note<500>>,
}

/// Moves a visit: a new one, linked both ways, and the old one's time is free. One transaction.
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
    let visit = plan_move(app, ctx, &mut transaction, &old, wanted, BTreeMap::new(), now).await?;
    ctx.remember(&mut transaction, visit.id, now);
    ctx.commit(app, transaction).await?;
    Ok(Done { value: visit, replayed: false })
}

/// Adds everything that moves a visit to a transaction, and answers the new one. A refusal adds nothing.
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
    let mut visit = new_visit(app, ctx, &booking, &located, &place, now);
    visit.rescheduled_from = Some(old.id);
    let mut changes = Changes::default();
    slot::release(app, transaction, &mut changes, old, Some(&place)).await?;
    let visit = add(app, ctx, transaction, &mut changes, visit, &located, &place, now);
    let mut after = decision.after;
    after.rescheduled_to = Some(visit.id);
    let told = place.clinic.profile.notify_on_move && ctx.by != By::Patient;
    notifications::stop_reminder(app, transaction, &mut after, told, now).await?;
    transaction.replace(Role::Version, &after, old.version);
    store::hold::follow(transaction, old, &after);
    payload.insert("rescheduled_to".to_owned(), visit.id.to_string());
    let deed = Deed { action: Action::Reschedule, from: Some(old.status), reason: wanted.reason, payload };
    actions::record(app, ctx, transaction, Some(old), &after, deed, now);
    if told {
        notifications::add_notice(app, transaction, Template::Moved, &visit, &located.patient, &place.clinic, now);
    }
    changes.write(transaction);
    Ok(visit)
}

/// The wish that moves a visit to another time and leaves everything else as it is.
#[must_use]
pub fn same_but(visit: &Appointment, start: domain::time::Moment) -> Wish {
    Wish {
        patient: visit.patient,
        doctor: visit.doctor,
        room: Some(visit.room),
        start,
        end: End::After(visit.end.since(visit.start)),
        overbook: visit.overbook,
    }
}
