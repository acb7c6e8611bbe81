//! Changes the end of an appointment that stays where it is: with the same doctor, in the same room, from the same start.

use crate::appointments::actions::decide_action;
use crate::appointments::candidate::{BookingRequest, EndSpec, StartSpec, resolve_interval};
use crate::appointments::history::HistoryEntry;
use crate::appointments::slot;
use crate::messaging::notices::{Notify, Truth};
use crate::support::error::AppError;
use crate::support::unit_of_work::UnitOfWork;
use domain::appointment::Appointment;
use domain::clinic::Clinic;
use domain::lifecycle::Action;
use domain::patient::Patient;
use domain::text::Note;
use domain::violation::Rule;
use std::collections::BTreeMap;
use store::keys::Key;

/// Whether a request moves an active appointment nowhere. One that waits for another time is replaced even so, since
/// that decides what the patient asked for.
pub(super) fn keeps_place(appointment: &Appointment, request: &BookingRequest) -> bool {
    let same_start = match request.start {
        StartSpec::At(start) => start.resolve(appointment.zone) == Ok(appointment.start),
        StartSpec::Running(_) => false,
    };
    let same_room = request.room == Some(appointment.room);
    appointment.is_active() && same_start && same_room && request.doctor == appointment.doctor
}

/// Adds to a unit of work what gives an appointment another end, and returns the appointment. Without a change nothing is
/// added. The patient isn't told: messages name the start only.
pub(super) async fn plan_end_change(
    uow: &mut UnitOfWork<'_>,
    before: &Appointment,
    end: EndSpec,
    reason: Option<Note<500>>,
) -> Result<Appointment, AppError> {
    let action = Action::Reschedule;
    decide_action(uow, before, action, reason.clone(), None)?;
    let time = resolve_interval(end, before.start, before.zone, None)?;
    let end = time.map_or(before.end, domain::time::Interval::end);
    if end == before.end {
        return Ok(before.clone());
    }
    if end <= uow.now {
        return Err(AppError::invalid("end_datetime", Rule::Past));
    }
    let mut after = Appointment { end, updated_at: uow.now, version: before.version + 1, ..before.clone() };
    let reservation = slot::reserve_until(uow.app, before, &after).await?;
    let present = before.interval().ok_or_else(|| AppError::Internal("the appointment has no length".into()))?;
    reservation.write_instead(uow, before.id, present);
    if before.stranded {
        restore_reminder(uow, before, &mut after).await?;
    }
    let payload = BTreeMap::from([("end_datetime".to_owned(), before.zone.rfc3339(end))]);
    uow.record(Some(before), &after, HistoryEntry { action, reason, payload });
    uow.write_agenda();
    Ok(after)
}

/// The doctor's availability covers the appointment again, so it takes place.
async fn restore_reminder(
    uow: &mut UnitOfWork<'_>,
    before: &Appointment,
    after: &mut Appointment,
) -> Result<(), AppError> {
    after.stranded = false;
    after.needs_attention = false;
    let mut batch = uow.app.table.batch(&[Key::clinic(before.clinic), Key::patient(before.patient)]).await?;
    let clinic = batch.take::<Clinic>(&Key::clinic(before.clinic))?.ok_or(AppError::NotFound)?;
    let patient = batch.take::<Patient>(&Key::patient(before.patient))?.ok_or(AppError::NotFound)?;
    uow.update_messages(after, Truth::takes_place(before), Notify::No).await?;
    uow.renew_reminder(after, &patient, &clinic).await
}
