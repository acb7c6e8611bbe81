//! Marks an appointment as stranded when its time was closed, and takes the mark back when the time is open again.

use super::capacity::is_over_capacity;
use super::coverage::Coverage;
use crate::App;
use crate::messaging::notices::{Notify, Truth};
use crate::support::error::AppError;
use crate::support::retry::AttemptError;
use crate::support::sweep_run::SweepRun;
use crate::support::unit_of_work::UnitOfWork;
use domain::appointment::Appointment;
use domain::attention::AttentionKind;
use domain::clinic::Clinic;
use domain::ids::AppointmentId;
use domain::patient::Patient;
use domain::time::Instant;
use store::keys::Key;
use store::sweep::SweepTask;

/// Compares the mark of an appointment with the calendar, and corrects it.
pub(super) async fn update_stranded(run: &SweepRun<'_>, id: AppointmentId) -> Result<(), AppError> {
    crate::retry!(_number => try_update_stranded(run, id))
}

/// The write fails if the calendar has changed since it was read, so that of two sweeps at once the later one decides.
async fn try_update_stranded(run: &SweepRun<'_>, id: AppointmentId) -> Result<(), AttemptError> {
    let app = run.app;
    let found = app.table.get::<Appointment>(&Key::appointment(id)).await?;
    let Some(before) = found.filter(|appointment| may_be_stranded(appointment, app.now())) else { return Ok(()) };
    let coverage = Coverage::read(app, &before).await?;
    let concerns_capacity = before.stranded || matches!(run.sweep.task, SweepTask::Capacity(_));
    let stranded = match before.stranded {
        true => !coverage.is_open(&before),
        false => coverage.is_lost_by(&run.sweep.task, &before),
    };
    let stranded = stranded || (concerns_capacity && is_over_capacity(app, &before).await?);
    if stranded == before.stranded {
        return Ok(());
    }
    let ctx = run.context();
    let mut uow = UnitOfWork::new(app, &ctx);
    let mut after = Appointment { stranded, ..before.clone() };
    if stranded {
        after.need_attention(AttentionKind::Stranded, app.now());
        uow.withdraw_reminder(&mut after).await?;
    } else {
        after.settle(&[AttentionKind::Stranded]);
    }
    if !stranded && after.is_active() {
        let (patient, clinic) = patient_and_clinic(app, &after).await?;
        // A reminder that was marked while it was being sent is wanted again.
        uow.update_messages(&mut after, Truth::takes_place(&before), Notify::No).await?;
        uow.renew_reminder(&mut after, &patient, &clinic).await?;
    }
    uow.record_flags(&before, after);
    coverage.check_unchanged(&mut uow.transaction);
    uow.commit().await
}

/// Whether the appointment is still expected to take place, or could be kept.
fn may_be_stranded(appointment: &Appointment, now: Instant) -> bool {
    let is_held = appointment.waits_for_another_time() && appointment.hold_until.is_some();
    (appointment.is_active() || is_held) && appointment.start > now
}

async fn patient_and_clinic(app: &App, appointment: &Appointment) -> Result<(Patient, Clinic), AppError> {
    let (patient, clinic) = (Key::patient(appointment.patient), Key::clinic(appointment.clinic));
    let mut batch = app.table.batch(&[patient.clone(), clinic.clone()]).await?;
    let found = batch.take::<Patient>(&patient)?.zip(batch.take::<Clinic>(&clinic)?);
    found.ok_or(AppError::NotFound)
}
