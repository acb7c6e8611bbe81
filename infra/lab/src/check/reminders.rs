//! `cargo lab check reminders`: checks that each reminder is sent exactly once, by injecting every possible fault at
//! every possible call.
//!
//! The real handlers book, cancel, reschedule, send, record and reconcile. At each of their calls to the table or to
//! Twilio ([`fault_injector`]) one fault happens, or two ([`mod@fault`]): the process crashes before or after the call,
//! the call has no effect or loses its answer, another worker or a user acts in between, Twilio is late, its list is
//! stale, its callback is lost or early ([`provider`]). After each run ([`mod@run`]) the properties are checked: each
//! reminder was sent once, every notification has a final status, and a patient who received the reminder of a
//! cancelled or moved appointment received a correction ([`properties`]). [`processes`] does the same with real
//! processes that are killed.
//!
//! Two mutations prove that the checks notice a fault: a [`naive_worker`] that sends before it records, and a too short
//! wait before a message is sent again.

pub mod breakpoint;
pub mod explore;
pub mod fault;
pub mod fault_injector;
pub mod fixture;
pub mod naive_worker;
pub mod processes;
pub mod properties;
pub mod provider;
pub mod run;

use crate::options::RemindersOptions;
use app::support::tuning::Tuning;
use explore::{ExplorationLimits, ExplorationReport, explore_faults};
use run::{RemindersPlan, run_with_faults};
use std::fmt;
use std::io::Write as _;
use std::time::{Duration, Instant};
use testkit::test_app::TestError;

/// Runs between two lines of progress.
const PROGRESS_EVERY: usize = 500;
/// One pair of faults in so many is run if the time is limited.
const ONE_IN: u64 = 40;

/// Runs the check. Prints its progress on stderr and its result on stdout.
///
/// # Errors
/// A property failed in some run, or the check itself did.
pub async fn reminders(options: &RemindersOptions) -> Result<(), TestError> {
    let plan = RemindersPlan {
        appointments: usize::from(options.appointments),
        naive: false,
        resend_after: Tuning::default().resend_after,
    };
    if options.processes {
        let progress = |call| {
            // A closed stderr is no reason to stop.
            let _ = writeln!(std::io::stderr(), "killed at call {call}");
        };
        let killed = processes::kill_at_each(&std::env::current_exe()?, 1.., progress).await?;
        writeln!(std::io::stdout(), "killed at each of {killed} calls: one reminder each time")?;
        return Ok(());
    }
    if !options.replay.is_empty() {
        let fixture = fixture::ReminderFixture::build(plan).await?;
        let run = run_with_faults(&fixture, plan, &options.replay).await?;
        writeln!(std::io::stdout(), "{} calls, {} faults; {}", run.calls.len(), run.injected, run.outcomes.join(", "))?;
        return if run.found.is_empty() { Ok(()) } else { Err(run.found.join("\n").into()) };
    }
    let began = Instant::now();
    let seed = options.seed.unwrap_or_else(|| fastrand::u64(..));
    let limits = ExplorationLimits {
        pairs: true,
        one_in: options.one_in.unwrap_or(if options.minutes.is_some() { ONE_IN } else { 1 }),
        seed,
        until: options.minutes.map(|minutes| began + Duration::from_secs(60 * minutes)),
    };
    let fixtures = std::thread::available_parallelism().map_or(1, usize::from);
    let mut stderr = std::io::stderr();
    writeln!(stderr, "seed {seed}")?;
    let report = explore_faults(plan, limits, fixtures, move |runs, about| {
        if runs % PROGRESS_EVERY == 0 {
            let rate = f64::from(u32::try_from(runs).unwrap_or(u32::MAX)) / began.elapsed().as_secs_f64();
            // A closed stderr is no reason to stop.
            let _ = writeln!(std::io::stderr(), "{runs} of about {about} runs, {rate:.0} a second");
        }
    })
    .await?;
    write!(std::io::stdout(), "{report}")?;
    if report.failures.is_empty() { Ok(()) } else { Err("a property failed".into()) }
}

impl fmt::Display for ExplorationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { singles, pairs, injected, .. } = self;
        writeln!(f, "{singles} runs with one fault, {pairs} with two; {injected} faults were injected")?;
        for (outcome, times) in &self.outcomes {
            writeln!(f, "  {outcome:24} {times}")?;
        }
        for (faults, found) in &self.failures {
            writeln!(f, "--replay {faults}\n  {}", found.join("\n  "))?;
        }
        Ok(())
    }
}
