//! The story: appointments are booked, their reminders fall due, the job runs until everything is settled.
//! Mishaps make it another one each time.

use super::mishap::Mishap;
use super::script::Noted;
use super::stage::{APPOINTMENTS, DUE, Stage};
use super::verdict;
use domain::time::{Instant, TimeDelta};
use invariants::rows::Rows;
use invariants::scan::scan;
use std::sync::Arc;
use testkit::test_app::Trouble;

/// Everything has to be settled after so many runs of the job.
pub const TICKS: usize = 40;
/// Between two of them: shorter than the job's own, so that more happens before anything is settled.
const TICK: TimeDelta = TimeDelta::minutes(5);
/// So many runs find nothing to do before the story is over.
const QUIET: usize = 2;

/// Which story.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// How many appointments; two are in two shards, as a rule.
    pub appointments: usize,
    /// Whether the worker sends first and notes it after: to see that it is noticed.
    pub naive: bool,
    /// After how long a message that can't be found is sent again.
    pub sent_again_after: TimeDelta,
}

/// How a run went.
#[derive(Debug, Clone, Default)]
pub struct Run {
    /// The calls that were made.
    pub calls: Vec<Noted>,
    /// How many of the mishaps happened.
    pub happened: usize,
    /// What isn't as it should be.
    pub found: Vec<String>,
    /// What became of the messages, by template and status.
    pub outcome: Vec<String>,
}

/// Plays the story with these mishaps.
///
/// # Errors
/// [`Trouble`] of the exploration's own machinery.
pub async fn play(stage: &Arc<Stage>, plan: Plan, mishaps: &[Mishap]) -> Result<Run, Trouble> {
    stage.reset().await?;
    stage.script.begin(mishaps, stage.others());
    let mut found = Vec::new();
    for number in 0..plan.appointments.min(APPOINTMENTS.len()) {
        if let Err(error) = Box::pin(stage.book(number)).await {
            found.push(error.to_string());
        }
    }
    stage.script.booked();
    stage.not_before(Instant::parse(DUE).map_err(|_| "not an instant")?);
    let mut quiet = 0;
    let mut rows = Rows::default();
    for _ in 0..TICKS {
        Box::pin(stage.work()).await;
        Box::pin(stage.report()).await;
        rows = scan(&stage.table).await?;
        quiet = if verdict::is_settled(&rows) { quiet + 1 } else { 0 };
        if quiet > QUIET {
            break;
        }
        stage.advance(TICK);
    }
    let (calls, happened) = stage.script.end();
    found.extend(verdict::judge(&rows, &stage.provider.messages(), stage.off()));
    Ok(Run { calls, happened, found, outcome: verdict::outcome(&rows) })
}
