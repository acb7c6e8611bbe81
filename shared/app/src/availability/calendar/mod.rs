//! Applies a change of the calendar to guards and appointments: finds the appointments that it would strand, and runs
//! the sweep that follows the change.
//!
//! A change is one transaction: its own row, the guard if the change is about one, and a [`Sweep`]. The sweep derives
//! the guards of all affected rooms, doctors and patients again, so that no later booking can ignore the change. It
//! also marks stranded appointments as needing attention: the change was made with `force`, or the appointment was
//! booked between the check and the guard. The request runs the sweep before it answers; after a crash the scheduled
//! job runs it. A sweep is idempotent.

mod affected_appointments;
mod guards;

use crate::App;
use crate::availability::in_use::expect_not_in_use;
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::job::JobStep;
use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use domain::appointment::Appointment;
use domain::ids::AppointmentId;
use domain::time::TimeDelta;
use store::keys::Key;
use store::sweep::{CalendarChange, GuardScope, Sweep};
use store::{Entity as _, Purpose, Transaction, patterns};

pub use affected_appointments::{appointments_in_closed_time, appointments_losing_availability};

/// # Errors
/// [`AppError::InUse`] with the affected appointments, if there are any and the change is not forced.
pub fn expect_none_affected(affected: &[Appointment], force: bool) -> Result<(), AppError> {
    if force { Ok(()) } else { expect_not_in_use(affected) }
}

/// Adds a sweep to the changes of a unit of work. If the change is about one doctor, room or patient, the guard changes
/// in the same transaction; if it is about several rooms, the sweep changes their guards one by one.
pub async fn schedule_sweep(uow: &mut UnitOfWork<'_>, change: CalendarChange) -> Result<Sweep, AppError> {
    if let CalendarChange::Guards { of: GuardScope::One(resource), closed } = change {
        guards::close_guard(uow, resource, closed).await?;
    }
    let sweep = Sweep {
        id: uow.app.new_id(),
        change,
        actor: uow.ctx.actor.clone(),
        request_id: uow.ctx.request_id.clone(),
        created_at: uow.now,
    };
    uow.transaction.create(Purpose::Append, &sweep);
    Ok(sweep)
}

/// Runs a sweep. The change is committed, so a failure is only logged and the scheduled job runs the sweep again.
pub async fn run_sweep(app: &App, sweep: &Sweep) {
    if let Err(error) = try_run_sweep(app, sweep).await {
        tracing::warn!(sweep = %sweep.id, %error, "left a failed sweep to the scheduled job");
    }
}

/// Age from which the scheduled job runs a sweep that its request has not finished.
const OVERDUE_AFTER: TimeDelta = TimeDelta::minutes(1);

/// Runs the sweeps that their requests have not finished.
pub async fn run_overdue_sweeps(app: &App, step: &JobStep<'_>) -> Result<(), AppError> {
    let overdue: Vec<Sweep> = step.read_work(app, &patterns::sweeps(app.now().plus(-OVERDUE_AFTER))).await?;
    for sweep in &overdue {
        if step.is_over(app.now()) {
            break;
        }
        if let Err(error) = step.attempt(try_run_sweep(app, sweep)).await {
            tracing::error!(sweep = %sweep.id, %error, "failed to finish a sweep");
        }
    }
    Ok(())
}

async fn try_run_sweep(app: &App, sweep: &Sweep) -> Result<(), AppError> {
    let affected = match &sweep.change {
        CalendarChange::Availability { doctor, before } => {
            appointments_losing_availability(app, *doctor, before, None).await?
        }
        CalendarChange::Guards { of, closed } => guards::derive_guards(app, *of, *closed).await?,
    };
    for appointment in affected.iter().filter(|appointment| !appointment.needs_attention) {
        crate::retry!(_number => mark_needs_attention(app, sweep, appointment.id))?;
    }
    let mut transaction = Transaction::default();
    transaction.delete(Purpose::Append, sweep.key());
    app.table.transact(transaction).await.map_err(|error| AppError::Busy(error.to_string()))
}

/// Marks an appointment as needing attention. The author in the audit trail is the author of the calendar change.
async fn mark_needs_attention(app: &App, sweep: &Sweep, id: AppointmentId) -> Result<(), AttemptError> {
    let appointment = app.table.get::<Appointment>(&Key::appointment(id)).await?;
    let Some(before) = appointment.filter(|appointment| appointment.occupies_time() && !appointment.needs_attention)
    else {
        return Ok(());
    };
    let ctx = Context { actor: sweep.actor.clone(), ..Context::of_system(sweep.request_id.clone()) };
    let mut uow = UnitOfWork::new(app, &ctx);
    uow.mark_needs_attention(&before, before.clone());
    uow.commit().await
}
