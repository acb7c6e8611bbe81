//! The scheduled job: sends due messages and finishes interrupted work. It ignores the event that started it
//! and derives what is due from the table and the clock, so it may run twice, late, or concurrently.
//!
//! | To learn about | read |
//! |---|---|
//! | the steps, their order and their shares of a run's time | [`steps`] |
//! | the due messages of a shard, from its low-water mark on | [`shard`] |
//! | the limit of messages per second | [`rate_limiter`] |
//! | no sending while our own settings are wrong | [`breaker`], [`delivery_reports`] |
//! | the counters of a run | [`summary`] |
//!
//! Each step reads a list of work and skips what it can't read ([`JobStep`]). An unreadable row is counted and logged
//! by its kind, stays where it is, and stops nothing else.

pub mod breaker;
pub mod delivery_reports;
pub mod rate_limiter;
pub mod shard;
pub mod steps;
pub mod summary;

pub use steps::RunOutcome;
pub use summary::Summary;

use crate::App;
use crate::appointments::actions::act_on_appointment;
use crate::appointments::unrecorded::flag_unrecorded;
use crate::audit::seals::{SealRun, seal_due};
use crate::messaging::inbound;
use crate::privacy::erasure;
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::job::JobStep;
use crate::support::ports::Event;
use crate::sweeps::run_overdue_sweeps;
use breaker::Breaker;
use domain::lifecycle::Action;
use domain::time::Instant;
use futures_util::FutureExt as _;
use rate_limiter::RateLimiter;
use shard::ShardJob;
use steps::{Run, Step, StepFailure};
use store::hold::Hold;
use store::keys::SHARDS;
use store::patterns;

/// The detail type of the events that start a worker for one shard.
pub const SHARD_EVENT: &str = "reminders.shard";

/// Does everything that is due, step by step: sending comes first. A step that fails stops no other one, and a message
/// that can't be sent stops no other message. Nothing new is started shortly before `deadline`.
pub async fn run_due(app: &App, deadline: Option<Instant>) -> RunOutcome {
    let run = Run::new(app, deadline);
    let sending_error = match run.complete(Step::Sending, send_due(app, &run).boxed()).await {
        Some(StepFailure::App(error)) => Some(error),
        _ => None,
    };
    let step = run.frame(Step::Inbound);
    run.complete(Step::Inbound, inbound::resume_pending(app, &step).boxed()).await;
    let step = run.frame(Step::Holds);
    run.complete(Step::Holds, expire_holds(app, &step).boxed()).await;
    let step = run.frame(Step::Records);
    run.complete(Step::Records, flag_unrecorded(app, &step).boxed()).await;
    let step = run.frame(Step::Sweeps);
    run.complete(Step::Sweeps, run_overdue_sweeps(app, &step).boxed()).await;
    let step = run.frame(Step::Erasures);
    run.complete(Step::Erasures, erasure::resume_pending(app, &step).boxed()).await;
    let (step, sealed) = (run.frame(Step::Seals), SealRun::default());
    run.complete(Step::Seals, seal_due(app, &step, &sealed).boxed()).await;
    let step = run.frame(Step::LookUps);
    run.complete(Step::LookUps, inbound::recover_missed(app, &step).boxed()).await;
    let mut done = run.finish(sending_error);
    done.summary.seals = sealed.seals();
    done.summary.unsealed_seconds = sealed.unsealed_seconds(app.now());
    done
}

/// Does what is due in one shard, with its share of the rate: workers of the other shards may run too.
pub async fn run_shard(app: &App, shard: u8, deadline: Option<Instant>) -> RunOutcome {
    let run = Run::new(app, deadline);
    let limiter = RateLimiter::new(app.messages_per_second / f64::from(SHARDS), app.now());
    let step = run.sending_only();
    let work = async {
        let breaker = Breaker::read(app, &step).await?;
        shard::run(app, &ShardJob { shard, limiter: &limiter, breaker: &breaker, step, run: &run }).await
    };
    let sending_error = work.boxed().await.err();
    if let Some(error) = &sending_error {
        step.unreadable.record_error(error);
    }
    run.finish(sending_error)
}

/// Sends what is due, or wakes a worker for each shard.
///
/// # Errors
/// No shard could be read.
async fn send_due(app: &App, run: &Run<'_>) -> Result<(), AppError> {
    let step = run.frame(Step::Sending);
    if app.events.wakes_workers() && wake_workers(app, &step).await {
        run.summary().shared_out = true;
        return Ok(());
    }
    let limiter = RateLimiter::new(app.messages_per_second, app.now());
    let breaker = Breaker::read(app, &step).await?;
    let mut failures = Vec::new();
    for shard in 0..SHARDS {
        let job = ShardJob { shard, limiter: &limiter, breaker: &breaker, step, run };
        failures.extend(step.attempt(shard::run(app, &job)).await.err());
    }
    let is_partial = failures.len() < usize::from(SHARDS);
    match failures.pop() {
        Some(error) if is_partial => run.record_failure(Step::Sending, &StepFailure::App(error)),
        Some(error) => return Err(error),
        None => {}
    }
    Ok(())
}

/// Wakes a worker for each shard if more messages are due than one run should send. Returns whether it did:
/// if the event bus refuses the events, or a shard can't be counted, this run does the work.
async fn wake_workers(app: &App, step: &JobStep<'_>) -> bool {
    let (mut due, enough) = (0, app.tuning.worker_threshold);
    for shard in 0..SHARDS {
        match shard::count_due(app, shard, enough - due, step).await {
            Ok(more) => due += more,
            Err(error) => tracing::error!(shard, %error, "failed to count the due messages of a shard"),
        }
        if due >= enough {
            let event = |shard| Event { kind: SHARD_EVENT, detail: format!("{{\"shard\":{shard}}}") };
            let emitted = app.events.emit((0..SHARDS).map(event).collect()).await;
            if let Err(error) = &emitted {
                tracing::error!(%error, "failed to wake the shard workers");
            }
            return emitted.is_ok();
        }
    }
    false
}

/// Releases the time of appointments that weren't moved while it was held. An appointment that was moved, kept
/// or cancelled meanwhile stays as it is: the lifecycle refuses the action.
async fn expire_holds(app: &App, step: &JobStep<'_>) -> Result<(), AppError> {
    let expired: Vec<Hold> = step.read_work(app, &patterns::holds(app.now())).await?;
    for hold in expired {
        if step.is_over(app.now()) {
            break;
        }
        let ctx = Context::of_scheduled_job();
        let work = act_on_appointment(app, &ctx, hold.appointment, None, Action::HoldExpired.into());
        match step.attempt(work).await {
            Ok(_) | Err(AppError::IllegalTransition { .. }) => {}
            Err(error) => tracing::error!(appointment = %hold.appointment, %error, "failed to expire a hold"),
        }
    }
    Ok(())
}
