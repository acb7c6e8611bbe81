//! From the event to the use case.

use app::App;
use app::audit::seals::{Sealed, seal_due};
use app::messaging::reminders::{SHARD_EVENT, Summary, run_due, run_shard};
use app::support::ports::RefusalClass;
use domain::time::Instant;
use futures_util::FutureExt as _;
use lambda_runtime::{Error, LambdaEvent};
use serde_json::Value;
use std::panic::AssertUnwindSafe;

/// Does what is due: of one shard where the event names one, of all otherwise.
///
/// # Errors
/// What reading says: Scheduler tries again, and nothing is sent twice. A panic is an error without its
/// message: that may hold anything, and Lambda keeps errors in logs and queues.
pub async fn handle(app: &App, event: LambdaEvent<Value>) -> Result<Summary, Error> {
    AssertUnwindSafe(run(app, event)).catch_unwind().await.unwrap_or_else(|_| Err("the job panicked".into()))
}

async fn run(app: &App, event: LambdaEvent<Value>) -> Result<Summary, Error> {
    let deadline = deadline(event.context.deadline);
    let summary = match shard(&event.payload) {
        Some(shard) => run_shard(app, shard, deadline).await?,
        None => {
            // On the heap: together they are more than a thread of a test has on its stack.
            let sealed = Box::pin(seal(app)).await;
            let done = Box::pin(run_due(app, deadline)).await?;
            Summary { seals: sealed.seals, unsealed_seconds: sealed.unsealed_seconds, ..done }
        }
    };
    log(&summary);
    Ok(summary)
}

/// Seals the audit trail. That it couldn't be stops no reminder.
async fn seal(app: &App) -> Sealed {
    let sealed = seal_due(app).await;
    if let Err(error) = &sealed {
        tracing::error!(%error, "the audit trail could not be sealed");
    }
    sealed.unwrap_or_default()
}

/// The one line of a run. The template makes metrics of its fields, and alarms of those.
fn log(summary: &Summary) {
    let refused = |class: RefusalClass| summary.refused.get(class.name()).copied().unwrap_or(0);
    tracing::info!(
        claimed = summary.claimed,
        sent = summary.sent,
        unknown = summary.unknown,
        failed = summary.failed,
        expired = summary.expired,
        cancelled = summary.cancelled,
        not_delivered = summary.not_delivered,
        refused_soon = refused(RefusalClass::Soon),
        refused_later = refused(RefusalClass::Later),
        refused_configuration = refused(RefusalClass::Configuration),
        refused_receiver = refused(RefusalClass::Receiver),
        held = summary.held,
        breaker_open = u8::from(summary.breaker_open),
        oldest_due_seconds = summary.oldest_due_seconds,
        oldest_unknown_seconds = summary.oldest_unknown_seconds,
        seals = summary.seals,
        unsealed_seconds = summary.unsealed_seconds,
        shared_out = summary.shared_out,
        "reminder run"
    );
}

/// When Lambda ends this invocation: it says so in milliseconds since 1970.
fn deadline(millis: u64) -> Option<Instant> {
    i64::try_from(millis / 1000).ok().filter(|seconds| *seconds > 0).and_then(Instant::from_unix)
}

/// The shard that an event of the bus names.
fn shard(event: &Value) -> Option<u8> {
    if event.get("detail-type")?.as_str()? != SHARD_EVENT {
        return None;
    }
    u8::try_from(event.get("detail")?.get("shard")?.as_u64()?).ok()
}
