//! The scheduled job. It ignores what woke it and derives what is due from the table and the clock:
//! so it may run twice, late, or next to itself.
//!
//! | | |
//! |---|---|
//! | [`shard`] | what is due in a shard, from its low-water mark on |
//! | [`pace`] | so many messages a second and no more |
//! | [`breaker`] | sending is held back where our own settings are wrong |
//! | [`summary`] | what a run did |

pub mod breaker;
pub mod pace;
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
use pace::Pace;
use shard::Job;
use store::hold::Hold;
use store::keys::SHARDS;
use store::patterns;

/// The kind of the events that wake a worker for a shard.
pub const SHARD_EVENT: &str = "reminders.shard";

/// Does everything that is due: takes up inbound messages, sweeps and erasures that were left lying, looks for
/// messages that never arrived, ends holds, sends, settles. `deadline`: nothing new is begun shortly before.
///
/// # Errors
/// What reading says. A message that can't be sent never stops the others.
pub async fn run_due(app: &App, deadline: Option<Instant>) -> Result<Summary, AppError> {
    crate::messaging::inbound::take_up(app).await?;
    if let Err(error) = crate::messaging::inbound::take_missed(app).await {
        tracing::error!(%error, "messages that never arrived could not be looked for");
    }
    end_holds(app).await?;
    crate::availability::calendar::take_up(app).await?;
    crate::privacy::erasure::take_up(app).await?;
    if app.events.wakes_workers() && share_out(app).await? {
        return Ok(Summary { shared_out: true, ..Summary::default() });
    }
    let pace = Pace::new(app.rate, app.now());
    let breaker = Breaker::read(app).await?;
    let mut summary = Summary::default();
    for shard in 0..SHARDS {
        summary = summary.plus(&shard::run(app, &Job { shard, pace: &pace, breaker: &breaker, deadline }).await?);
    }
    Ok(summary)
}

/// Does what is due in one shard, with its share of the rate: the others may be at work too.
///
/// # Errors
/// What reading says.
pub async fn run_shard(app: &App, shard: u8, deadline: Option<Instant>) -> Result<Summary, AppError> {
    let pace = Pace::new(app.rate / f64::from(SHARDS), app.now());
    let breaker = Breaker::read(app).await?;
    shard::run(app, &Job { shard, pace: &pace, breaker: &breaker, deadline }).await
}

/// Wakes a worker for each shard, where there is more to do than one should. Whether it did. A bus that
/// doesn't take the events leaves the work to this run.
async fn share_out(app: &App) -> Result<bool, AppError> {
    let (mut due, enough) = (0, app.tuning.shared_out_from);
    for shard in 0..SHARDS {
        due += shard::count_due(app, shard, enough - due).await?;
        if due >= enough {
            let event = |shard| Event { kind: SHARD_EVENT, detail: format!("{{\"shard\":{shard}}}") };
            let emitted = app.events.emit((0..SHARDS).map(event).collect()).await;
            if let Err(error) = &emitted {
                tracing::error!(%error, "the workers could not be woken");
            }
            return Ok(emitted.is_ok());
        }
    }
    Ok(false)
}

/// Frees the time of appointments that nobody has moved while it was held. An appointment that was moved, kept or
/// cancelled meanwhile is left alone: the lifecycle says so.
async fn end_holds(app: &App) -> Result<(), AppError> {
    let over: Vec<Hold> = app.table.query_all(&patterns::holds(app.now())).await?;
    for hold in over {
        let ctx = Context::of_system("scheduled".into());
        match act_on_appointment(app, &ctx, hold.appointment, None, Action::HoldExpired, None).await {
            Ok(_) | Err(AppError::IllegalTransition { .. }) => {}
            Err(error) => tracing::error!(appointment = %hold.appointment, %error, "a hold could not be ended"),
        }
    }
    Ok(())
}
