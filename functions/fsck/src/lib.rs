//! Checks the table, every night: is everything in it as it has to be? What it finds is logged, the template
//! makes metrics of the numbers, and an alarm of those.
//!
//! It is the only function that reads the whole table, and it can do nothing else. The same check is
//! `cargo citas fsck` at a desk; what is checked stands in [`invariants`].

use app::App;
use futures_util::FutureExt as _;
use invariants::check_twice;
use invariants::report::{Invariant, Report};
use lambda_runtime::{Error, LambdaEvent};
use serde_json::Value;
use std::panic::AssertUnwindSafe;

/// As many findings are logged one by one; the numbers are of all.
const LOGGED: usize = 100;

/// It reaches the table and nothing else.
pub type Reached = platform::TableOnly;

/// Checks the table that the settings name, whatever the event says.
///
/// # Errors
/// The table couldn't be read. A panic is an error without its message: that may hold anything.
pub async fn handle(app: &App, _: LambdaEvent<Value>) -> Result<(), Error> {
    let report = AssertUnwindSafe(check_twice(&app.table)).catch_unwind().await.map_err(|_| "the check panicked")??;
    log(&report);
    Ok(())
}

fn log(report: &Report) {
    for finding in report.findings.iter().take(LOGGED) {
        tracing::warn!(%finding, "not as it should be");
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
