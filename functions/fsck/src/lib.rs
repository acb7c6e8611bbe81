//! Checks the invariants of the table every night and logs the findings. The template turns the counts into
//! metrics, and these into an alarm.
//!
//! It is the only function that reads the whole table, and it has no other rights. `cargo citas fsck` runs the
//! same check; [`invariants`] lists what is checked.

use app::App;
use futures_util::FutureExt as _;
use invariants::check_twice;
use invariants::report::{FsckReport, Invariant};
use lambda_runtime::{Error, LambdaEvent};
use serde_json::Value;
use std::panic::AssertUnwindSafe;

/// At most this many findings are logged one by one; the counts include all.
const LOGGED: usize = 100;

pub const CAPABILITIES: platform::TableOnly = platform::TableOnly;

/// Checks the table that the settings name; the event is ignored.
///
/// # Errors
/// Reading the table failed, or the check panicked. A panic's message is left out: it may contain personal data.
pub async fn handle(app: &App, _: LambdaEvent<Value>) -> Result<(), Error> {
    let report = AssertUnwindSafe(check_twice(&app.table)).catch_unwind().await.map_err(|_| "the check panicked")??;
    log_report(&report);
    Ok(())
}

fn log_report(report: &FsckReport) {
    for finding in report.findings.iter().take(LOGGED) {
        tracing::warn!(%finding, "found a violated invariant");
    }
    let faults = report.faults().count();
    let double_messages = report.faults().filter(|finding| finding.invariant == Invariant::Messages).count();
    tracing::info!(
        rows = report.rows,
        appointments = report.appointments,
        faults,
        warnings = report.findings.len() - faults,
        double_messages,
        "table checked"
    );
}
