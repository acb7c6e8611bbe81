//! Runs the scheduled job for an event and logs its summary.

use app::App;
use app::messaging::reminders::{SHARD_EVENT, Summary, run_due, run_shard};
use app::support::ports::FailureClass;
use domain::time::Instant;
use futures_util::FutureExt as _;
use lambda_runtime::{Error, LambdaEvent};
use serde_json::Value;
use std::panic::AssertUnwindSafe;

/// Processes what is due: of one shard if the event names one, otherwise of all shards.
///
/// # Errors
/// Sending couldn't read the table at all: Scheduler tries again, and no message is sent twice. Or the job panicked; the
/// panic's message is left out, because it may contain personal data and Lambda keeps errors in logs and queues.
pub async fn handle(app: &App, event: LambdaEvent<Value>) -> Result<Summary, Error> {
    AssertUnwindSafe(run(app, event)).catch_unwind().await.unwrap_or_else(|_| Err("the job panicked".into()))
}

async fn run(app: &App, event: LambdaEvent<Value>) -> Result<Summary, Error> {
    let deadline = deadline(event.context.deadline);
    let done = match shard(&event.payload) {
        Some(shard) => run_shard(app, shard, deadline).await,
        None => run_due(app, deadline).await,
    };
    log_summary(&done.summary);
    match done.sending_error {
        Some(error) => Err(error.into()),
        None => Ok(done.summary),
    }
}

/// Logs one line per run. The template turns its fields into metrics and alarms.
fn log_summary(summary: &Summary) {
    let refused = |class: FailureClass| summary.refused.get(class.name()).copied().unwrap_or(0);
    tracing::info!(
        claimed = summary.claimed,
        sent = summary.sent,
        unknown = summary.unknown,
        failed = summary.failed,
        expired = summary.expired,
        cancelled = summary.cancelled,
        not_delivered = summary.not_delivered,
        refused_transient = refused(FailureClass::Transient),
        refused_quota = refused(FailureClass::Quota),
        refused_configuration = refused(FailureClass::Configuration),
        refused_recipient = refused(FailureClass::Recipient),
        refused_opted_out = refused(FailureClass::OptedOut),
        held = summary.held,
        breaker_open = u8::from(summary.breaker_open),
        oldest_due_seconds = summary.oldest_due_seconds,
        oldest_unknown_seconds = summary.oldest_unknown_seconds,
        seals = summary.seals,
        unsealed_seconds = summary.unsealed_seconds,
        unreadable_rows = summary.unreadable_rows,
        failed_steps = summary.failed_steps,
        shared_out = summary.shared_out,
        "reminder run"
    );
}

/// When Lambda ends this invocation, from milliseconds since 1970.
fn deadline(millis: u64) -> Option<Instant> {
    i64::try_from(millis / 1000).ok().filter(|seconds| *seconds > 0).and_then(Instant::from_unix)
}

/// The shard that an event from the bus names.
fn shard(event: &Value) -> Option<u8> {
    if event.get("detail-type")?.as_str()? != SHARD_EVENT {
        return None;
    }
    u8::try_from(event.get("detail")?.get("shard")?.as_u64()?).ok()
}
