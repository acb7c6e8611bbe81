//! `cargo lab check bookings`: tests concurrent bookings on a faulty table against a recorded history.
//!
//! Many concurrent clients book, move, cancel, hold and reopen appointments through the API, with few doctors on few
//! days ([`fixture`], [`generator`], [`client`]). The table injects faults: calls are lost before or after they took
//! effect, transactions conflict, indexes lag. Every request and answer is recorded. Every few thousand operations all
//! clients pause, and these properties are checked ([`mod@run`]):
//!
//! | Property | File |
//! |---|---|
//! | the table satisfies every invariant of `cargo citas fsck` | [`cli::fsck`] |
//! | every answer is true: done once, or not done | [`answers`] |
//! | every `slot_taken` and `overbook_limit` was justified by the rows that had been read | [`refusals`] |
//! | every version of an agenda, an appointment and a counter was written once | [`versions`] |
//! | all transactions have a serial order | [`serial_order`] |
//!
//! [`differential`] runs the same operations on two tables and compares the answers.
//!
//! Reads and writes are recorded by the HTTP client under the SDK ([`trace`]).
//!
//! A seed decides the requests of each client, given the same answers, and which calls fail. The machine decides which
//! client runs first, so that the same seed leads to similar runs, and to the same run only with one client.

pub mod answers;
pub mod client;
pub mod closures;
pub mod conversations;
pub mod differential;
pub mod fixture;
pub mod generator;
pub mod history;
pub mod iam;
pub mod messages;
pub mod notices;
pub mod operation;
pub mod refusals;
pub mod reminders;
pub mod run;
pub mod search;
pub mod serial_order;
pub mod summary;
pub mod table_image;
pub mod trace;
pub mod versions;

use crate::options::BookingsOptions;
use run::{BookingsPlan, run};
use std::io::Write as _;
use std::time::Duration;
use testkit::test_app::TestError;

/// Operations between two checks. Each check reads the whole table.
const PAUSE_EVERY: u64 = 5_000;

/// Runs the check. Prints its progress on stderr and its result on stdout.
///
/// # Errors
/// A property failed (the text has the seed), or the check itself did.
pub async fn bookings(options: &BookingsOptions) -> Result<(), TestError> {
    let plan = BookingsPlan {
        operations: options.operations,
        time: options.minutes.map(|minutes| Duration::from_secs(60 * minutes)),
        seed: options.seed.unwrap_or_else(|| fastrand::u64(..)),
        clients: usize::from(options.clients),
        faults: options.faults,
        pause_every: PAUSE_EVERY,
        mutation: None,
    };
    let mut stderr = std::io::stderr();
    writeln!(stderr, "seed {}", plan.seed)?;
    let report = run(plan, |report| {
        // A closed stderr is no reason to stop.
        let _ = writeln!(std::io::stderr(), "{}", summary::progress_line(report, &plan));
    })
    .await?;
    write!(std::io::stdout(), "{report}")?;
    if report.found.is_empty() { Ok(()) } else { Err(format!("a property failed: seed {}", plan.seed).into()) }
}
