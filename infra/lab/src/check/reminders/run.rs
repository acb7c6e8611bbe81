//! Runs the scenario of the reminders check with a set of faults: appointments are booked, their reminders fall due,
//! and the job runs until every notification has a final status.

use super::fault::InjectedFault;
use super::fault_injector::NumberedCall;
use super::fixture::{APPOINTMENTS, DUE, ReminderFixture};
use super::properties;
use domain::time::{Instant, TimeDelta};
use invariants::rows::TableRows;
use invariants::scan::scan;
use std::sync::Arc;
use testkit::test_app::TestError;

/// Runs of the job after which every notification must have a final status.
pub const MAX_JOB_RUNS: usize = 40;
/// Time between two runs of the job. Shorter than the real interval, so that more runs fall into each wait.
const INTERVAL: TimeDelta = TimeDelta::minutes(5);
/// Runs without work after which the scenario ends.
const IDLE_RUNS: usize = 2;

/// Parameters of the scenario.
#[derive(Debug, Clone, Copy)]
pub struct RemindersPlan {
    /// Number of appointments; two are usually in two shards.
    pub appointments: usize,
    /// Whether the worker sends before it records, to prove that the check notices it.
    pub naive: bool,
    /// How long to wait before a message that can't be found at Twilio is sent again.
    pub resend_after: TimeDelta,
}

/// Result of a run.
#[derive(Debug, Clone, Default)]
pub struct Run {
    /// The external calls, in their order.
    pub calls: Vec<NumberedCall>,
    /// How many of the faults were injected.
    pub injected: usize,
    /// Violated properties; empty if all hold.
    pub found: Vec<String>,
    /// Template and status of each notification.
    pub outcomes: Vec<String>,
}

/// Runs the scenario with these faults.
pub async fn run_with_faults(
    fixture: &Arc<ReminderFixture>,
    plan: RemindersPlan,
    faults: &[InjectedFault],
) -> Result<Run, TestError> {
    fixture.reset().await?;
    fixture.injector.begin(faults, fixture.concurrent_actions());
    let mut found = Vec::new();
    for number in 0..plan.appointments.min(APPOINTMENTS.len()) {
        if let Err(error) = Box::pin(fixture.book_appointment(number)).await {
            found.push(error.to_string());
        }
    }
    fixture.injector.set_booked();
    fixture.advance_to(Instant::parse(DUE).map_err(|_| "not an instant")?);
    let mut idle = 0;
    let mut rows = TableRows::default();
    for _ in 0..MAX_JOB_RUNS {
        Box::pin(fixture.run_worker()).await;
        Box::pin(fixture.deliver_callbacks()).await;
        rows = scan(&fixture.table).await?;
        idle = if properties::is_settled(&rows) { idle + 1 } else { 0 };
        if idle > IDLE_RUNS {
            break;
        }
        fixture.advance(INTERVAL);
    }
    let (calls, injected) = fixture.injector.end();
    found.extend(properties::violations(&rows, &fixture.provider.messages(), fixture.cancellation()));
    Ok(Run { calls, injected, found, outcomes: properties::outcomes(&rows) })
}
