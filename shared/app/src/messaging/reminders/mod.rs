//! The scheduled job: sends due messages and finishes interrupted work. It ignores the event that started it
//! and derives what is due from the table and the clock, so it may run twice, late, or concurrently.
//!
//! | To learn about | read |
//! |---|---|
//! | the due messages of a shard, from its low-water mark on | [`shard`] |
//! | the limit of messages per second | [`rate_limiter`] |
//! | no sending while our own settings are wrong | [`breaker`] |
//! | the counters of a run | [`summary`] |

pub mod breaker;
pub mod rate_limiter;
pub mod shard;
pub mod summary;

pub use summary::Summary;

use crate::App;
use crate::appointments::actions::act_on_appointment;
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::ports::Event;
use breaker::Breaker;
use domain::lifecycle::Action;
use domain::time::Instant;
use rate_limiter::RateLimiter;
use shard::ShardJob;
use store::hold::Hold;
use store::keys::SHARDS;
use store::patterns;

/// The detail type of the events that start a worker for one shard.
pub const SHARD_EVENT: &str = "reminders.shard";

/// Does everything that is due: resumes unprocessed inbound messages, sweeps and erasures, recovers missed
/// webhooks, expires holds, sends messages and reconciles those of unknown outcome. Nothing new is started
/// shortly before `deadline`. A message that can't be sent never stops the others.
pub async fn run_due(app: &App, deadline: Option<Instant>) -> Result<Summary, AppError> {
    crate::messaging::inbound::resume_pending(app).await?;
    if let Err(error) = crate::messaging::inbound::recover_missed(app).await {
        tracing::error!(%error, "failed to look up missed webhooks");
    }
    expire_holds(app).await?;
    crate::sweeps::run_overdue_sweeps(app, deadline).await?;
    crate::privacy::erasure::resume_pending(app).await?;
    if app.events.wakes_workers() && wake_workers(app).await? {
        return Ok(Summary { shared_out: true, ..Summary::default() });
    }
    let limiter = RateLimiter::new(app.messages_per_second, app.now());
    let breaker = Breaker::read(app).await?;
    let mut summary = Summary::default();
    for shard in 0..SHARDS {
        let job = ShardJob { shard, limiter: &limiter, breaker: &breaker, deadline };
        summary = summary.merge(&shard::run(app, &job).await?);
    }
    Ok(summary)
}

/// Does what is due in one shard, with its share of the rate: workers of the other shards may run too.
pub async fn run_shard(app: &App, shard: u8, deadline: Option<Instant>) -> Result<Summary, AppError> {
    let limiter = RateLimiter::new(app.messages_per_second / f64::from(SHARDS), app.now());
    let breaker = Breaker::read(app).await?;
    shard::run(app, &ShardJob { shard, limiter: &limiter, breaker: &breaker, deadline }).await
}

/// Wakes a worker for each shard if more messages are due than one run should send. Returns whether it did:
/// if the event bus refuses the events, this run does the work.
async fn wake_workers(app: &App) -> Result<bool, AppError> {
    let (mut due, enough) = (0, app.tuning.worker_threshold);
    for shard in 0..SHARDS {
        due += shard::count_due(app, shard, enough - due).await?;
        if due >= enough {
            let event = |shard| Event { kind: SHARD_EVENT, detail: format!("{{\"shard\":{shard}}}") };
            let emitted = app.events.emit((0..SHARDS).map(event).collect()).await;
            if let Err(error) = &emitted {
                tracing::error!(%error, "failed to wake the shard workers");
            }
            return Ok(emitted.is_ok());
        }
    }
    Ok(false)
}

/// Releases the time of appointments that weren't moved while it was held. An appointment that was moved, kept
/// or cancelled meanwhile stays as it is: the lifecycle refuses the action.
async fn expire_holds(app: &App) -> Result<(), AppError> {
    let expired: Vec<Hold> = app.table.query_all(&patterns::holds(app.now())).await?;
    for hold in expired {
        let ctx = Context::of_scheduled_job();
        match act_on_appointment(app, &ctx, hold.appointment, None, Action::HoldExpired.into()).await {
            Ok(_) | Err(AppError::IllegalTransition { .. }) => {}
            Err(error) => tracing::error!(appointment = %hold.appointment, %error, "failed to expire a hold"),
        }
    }
    Ok(())
}
