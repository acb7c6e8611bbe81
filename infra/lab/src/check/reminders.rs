//! `cargo lab check reminders`: one reminder, never two, never none? Found out by letting everything go
//! wrong that can, at every point at which it can.
//!
//! The real handlers book, cancel, move, send, record and settle; at each of their calls to the table or
//! to Twilio ([`script`]) one thing goes wrong, or two ([`mishap`]): the process is gone before or after,
//! the call has no effect or loses its answer, another worker or a person comes in between, Twilio is
//! late, its list is stale, its report is lost or early ([`provider`]). After each run ([`story`]) there
//! are as many messages as there should be, everything is settled, and whoever got a reminder that is
//! off was told so ([`verdict`]). [`processes`] does the same with real processes that are killed.
//!
//! To see that it would notice: a [`worker`] that sends first and notes it after, and a wait that is too
//! short before a message is sent again.

pub mod breakpoint;
pub mod explore;
pub mod mishap;
pub mod processes;
pub mod provider;
pub mod script;
pub mod stage;
pub mod story;
pub mod verdict;
pub mod worker;

use crate::options::RemindersOptions;
use app::support::tuning::Tuning;
use explore::{Extent, Found, explore};
use std::fmt;
use std::io::Write as _;
use std::time::{Duration, Instant};
use story::{Plan, play};
use testkit::test_app::Trouble;

/// Runs between two lines of progress.
const TOLD_EVERY: usize = 500;
/// Of the pairs, about as many as this one in are gone through where the time is limited.
const ONE_IN: u64 = 40;

/// Runs it, tells on stderr how it goes and on stdout how it went.
///
/// # Errors
/// The runs in which something isn't as it should be; [`Trouble`] of the exploration's own machinery.
pub async fn reminders(options: &RemindersOptions) -> Result<(), Trouble> {
    let plan = Plan {
        appointments: usize::from(options.appointments),
        naive: false,
        sent_again_after: Tuning::default().sent_again_after,
    };
    if options.processes {
        let tell = |call| {
            // Whoever closed stderr doesn't want to know.
            let _ = writeln!(std::io::stderr(), "killed at call {call}");
        };
        let killed = processes::kill_at_each(&std::env::current_exe()?, 1.., tell).await?;
        writeln!(std::io::stdout(), "killed at each of {killed} calls: one reminder each time")?;
        return Ok(());
    }
    if !options.replay.is_empty() {
        let stage = stage::Stage::set(plan).await?;
        let run = play(&stage, plan, &options.replay).await?;
        writeln!(std::io::stdout(), "{} calls, {} mishaps; {}", run.calls.len(), run.happened, run.outcome.join(", "))?;
        return if run.found.is_empty() { Ok(()) } else { Err(run.found.join("\n").into()) };
    }
    let began = Instant::now();
    let seed = options.seed.unwrap_or_else(|| fastrand::u64(..));
    let extent = Extent {
        pairs: true,
        one_in: options.one_in.unwrap_or(if options.minutes.is_some() { ONE_IN } else { 1 }),
        seed,
        until: options.minutes.map(|minutes| began + Duration::from_secs(60 * minutes)),
    };
    let stages = std::thread::available_parallelism().map_or(1, usize::from);
    let mut tell = std::io::stderr();
    writeln!(tell, "seed {seed}")?;
    let found = explore(plan, extent, stages, move |runs, about| {
        if runs % TOLD_EVERY == 0 {
            let rate = f64::from(u32::try_from(runs).unwrap_or(u32::MAX)) / began.elapsed().as_secs_f64();
            // Whoever closed stderr doesn't want to know.
            let _ = writeln!(std::io::stderr(), "{runs} of about {about} runs, {rate:.0} a second");
        }
    })
    .await?;
    write!(std::io::stdout(), "{found}")?;
    if found.wrong.is_empty() { Ok(()) } else { Err("reminders can't be trusted".into()) }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { singles, pairs, happened, .. } = self;
        writeln!(f, "{singles} runs with one mishap, {pairs} with two; {happened} mishaps happened")?;
        for (outcome, times) in &self.outcomes {
            writeln!(f, "  {outcome:24} {times}")?;
        }
        for (mishaps, found) in &self.wrong {
            writeln!(f, "--replay {mishaps}\n  {}", found.join("\n  "))?;
        }
        Ok(())
    }
}
