//! Sweeps: the follow-up work of changes that concern many rows. The request that made the change begins it and answers
//! after a short time; the scheduled job finishes what is left, also after a crash. A sweep is idempotent.

use crate::App;
use crate::appointments::copied_names;
use crate::availability::calendar::{self, ChangedTime};
use crate::directory::{search_index, specialty_names};
use crate::support::error::AppError;
use crate::support::job::JobStep;
use crate::support::sweep_run::{Progress, SweepRun};
use crate::support::unit_of_work::UnitOfWork;
use domain::time::TimeDelta;
use store::keys::Resource;
use store::sweep::{Closure, GuardScope, Sweep, SweepTask};
use store::{Entity as _, Purpose, Transaction, patterns};

/// How long a request works on its sweep before it answers.
const REQUEST_TIME: TimeDelta = TimeDelta::seconds(2);
/// Age from which the scheduled job runs a sweep that its request has not finished.
const OVERDUE_AFTER: TimeDelta = TimeDelta::minutes(1);

/// Adds a sweep to the changes of a unit of work.
pub async fn schedule_sweep(uow: &mut UnitOfWork<'_>, task: SweepTask) -> Result<Sweep, AppError> {
    let guards = match &task {
        SweepTask::Guards { of, closed, .. } => Some((*of, *closed)),
        // Nothing is closed, but a booking that has read the old capacity must fail.
        SweepTask::Capacity(room) => Some((GuardScope::One(Resource::Room(*room)), Closure::None)),
        SweepTask::Availability { .. }
        | SweepTask::CopiedName(_)
        | SweepTask::SpecialtyName(_)
        | SweepTask::SearchIndex { .. } => None,
    };
    if let Some((of, closed)) = guards {
        // Boxed: nested futures are large without optimisation, and the stack of a test thread is small.
        Box::pin(calendar::close_time(uow, of, closed)).await?;
    }
    let sweep = Sweep {
        id: uow.app.new_id(),
        task,
        actor: uow.ctx.actor.clone(),
        request_id: uow.ctx.request_id.clone(),
        created_at: uow.now,
        cursor: None,
    };
    uow.transaction.create(Purpose::Append, &sweep);
    Ok(sweep)
}

/// Works on a sweep in the request that scheduled it. The change is committed, so a failure is only logged: the job
/// finishes the sweep, and what was booked meanwhile in time that should have been closed becomes stranded.
pub async fn begin_sweep(app: &App, sweep: Sweep) {
    let (id, until) = (sweep.id, Some(app.now().plus(REQUEST_TIME)));
    match Box::pin(run_sweep(&mut SweepRun { app, sweep, until })).await {
        Ok(Progress::Finished) => {}
        Ok(Progress::Interrupted) => tracing::info!(sweep = %id, "left the rest of a sweep to the scheduled job"),
        Err(error) => tracing::warn!(sweep = %id, %error, "left a failed sweep to the scheduled job"),
    }
}

/// Runs the sweeps that their requests have not finished.
pub async fn run_overdue_sweeps(app: &App, step: &JobStep<'_>) -> Result<(), AppError> {
    let overdue: Vec<Sweep> = step.read_work(app, &patterns::sweeps(app.now().plus(-OVERDUE_AFTER))).await?;
    for sweep in overdue {
        if step.is_over(app.now()) {
            break;
        }
        let id = sweep.id;
        let mut run = SweepRun { app, sweep, until: step.deadline };
        if let Err(error) = step.attempt(run_sweep(&mut run)).await {
            tracing::error!(sweep = %id, %error, "failed to finish a sweep");
        }
    }
    Ok(())
}

async fn run_sweep(run: &mut SweepRun<'_>) -> Result<Progress, AppError> {
    let progress = match run.sweep.task.clone() {
        SweepTask::Availability { doctor, before, after } => {
            calendar::run_availability_sweep(run, doctor, &before, &after).await?
        }
        SweepTask::Guards { of, closed, opened } => {
            calendar::run_guard_sweep(run, of, ChangedTime { closed, opened }).await?
        }
        SweepTask::CopiedName(record) => copied_names::run_sweep(run, record).await?,
        SweepTask::Capacity(room) => calendar::run_capacity_sweep(run, room).await?,
        SweepTask::SpecialtyName(specialty) => specialty_names::run_sweep(run, specialty).await?,
        SweepTask::SearchIndex { patient, outdated } => search_index::run_sweep(run, patient, &outdated).await?,
    };
    if progress == Progress::Finished {
        let mut transaction = Transaction::default();
        transaction.delete(Purpose::Append, run.sweep.key());
        run.app.table.transact(transaction).await.map_err(|error| AppError::Busy(error.to_string()))?;
    }
    Ok(progress)
}
