//! From the event to the use case.

use app::App;
use app::reminders::{Summary, run_due, run_shard};
use lambda_runtime::{Error, LambdaEvent};
use serde_json::Value;

/// Does what is due: of one shard where the event names one, of all otherwise.
///
/// # Errors
/// What reading says: Scheduler tries again, and nothing is sent twice.
pub async fn handle(app: &App, event: LambdaEvent<Value>) -> Result<Summary, Error> {
    let summary = match shard(&event.payload) {
        Some(shard) => run_shard(app, shard).await?,
        None => run_due(app).await?,
    };
    tracing::info!(
        claimed = summary.claimed,
        sent = summary.sent,
        unknown = summary.unknown,
        failed = summary.failed,
        expired = summary.expired,
        "reminder run"
    );
    Ok(summary)
}

/// The shard that an event of the bus names.
fn shard(event: &Value) -> Option<u8> {
    if event.get("detail-type")?.as_str()? != "reminders.shard" {
        return None;
    }
    u8::try_from(event.get("detail")?.get("shard")?.as_u64()?).ok()
}
