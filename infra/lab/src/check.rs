//! `cargo lab check bookings`: can bookings be trusted? Found out by trying, not by reading.
//!
//! Many clients book, move, cancel, hold and reopen appointments through the API, at once, with few doctors
//! on few days ([`world`], [`generator`], [`client`]). The table fails them: calls are lost before or
//! after they had their effect, transactions conflict, indexes are behind. All that is written down.
//! Every few thousand operations everybody pauses, and everything is looked at ([`mod@run`]):
//!
//! | What | File |
//! |---|---|
//! | what stands in the table: every invariant of `cargo citas fsck` | [`cli::fsck`] |
//! | every answer was true: done once, or not done | [`answers`] |
//! | every place that was said to be taken was taken, by what had been read | [`refusals`] |
//! | every version of an agenda, an appointment, a counter was written once | [`versions`] |
//! | it all happened as if one after the other | [`order`] |
//!
//! [`differential`] does the same on two tables that ought to answer alike; [`table`] only looks whether a
//! table is the one that the store is written for.
//!
//! What was read and written comes from the wire under the SDK ([`trace`]).
//!
//! A seed decides what each client asks for, given the same answers, and which calls fail. Which of two
//! clients is first the machine decides, so the same seed leads to similar runs, not to the same one;
//! with one client to the very same.

pub mod answers;
pub mod client;
pub mod differential;
pub mod generator;
pub mod history;
pub mod iam;
pub mod messages;
pub mod operation;
pub mod order;
pub mod refusals;
pub mod reminders;
pub mod run;
pub mod summary;
pub mod trace;
pub mod versions;
pub mod world;

use crate::options::BookingsOptions;
use run::{Plan, run};
use std::io::Write as _;
use std::time::Duration;
use testkit::test_app::Trouble;

/// Operations between two pauses. Each pause reads the whole table.
const PAUSE_EVERY: u64 = 5_000;

/// Runs it, tells on stderr how it goes and on stdout how it went.
///
/// # Errors
/// What isn't as it should be, with the seed; [`Trouble`] of the check's own machinery.
pub async fn bookings(options: &BookingsOptions) -> Result<(), Trouble> {
    let plan = Plan {
        operations: options.operations,
        time: options.minutes.map(|minutes| Duration::from_secs(60 * minutes)),
        seed: options.seed.unwrap_or_else(|| fastrand::u64(..)),
        clients: usize::from(options.clients),
        faults: options.faults,
        pause_every: PAUSE_EVERY,
        sabotage: None,
    };
    let mut tell = std::io::stderr();
    writeln!(tell, "seed {}", plan.seed)?;
    let outcome = run(plan, |outcome| {
        // Whoever closed stderr doesn't want to know.
        let _ = writeln!(std::io::stderr(), "{}", summary::line(outcome, &plan));
    })
    .await?;
    write!(std::io::stdout(), "{outcome}")?;
    if outcome.found.is_empty() { Ok(()) } else { Err(format!("it can't be trusted: seed {}", plan.seed).into()) }
}
