//! `cargo lab check closures`: closes and opens the time of an appointment at random while its patient answers the
//! reminder, staff act, others book and the scheduled job runs, and checks that nothing promises closed time.
//!
//! A run is a few steps ([`operation`]). The operations of a step run at once, in an order that the seed decides
//! ([`interleaving`]); some of them lose their connection to the table for good, as if the function had crashed. After
//! each step these properties are checked ([`mod@run`]), and fsck at the end of the run:
//!
//! - no patient has confirmed or kept an appointment whose time was closed during the whole step;
//! - no message has called such an appointment confirmed, and none has reminded of it;
//! - no active appointment that isn't stranded lies in closed time, and none that is lies in open time.

pub mod fixture;
pub mod interleaving;
pub mod operation;
pub mod run;

use crate::options::ClosuresOptions;
use fixture::ClosuresFixture;
use run::{ClosuresReport, run_once};
use std::io::Write as _;
use std::time::{Duration, Instant};
use testkit::faulty_client::mutation::Mutation;
use testkit::test_app::TestError;

/// Runs on one fixture. A new one keeps the lists of the fake Twilio short.
const RUNS_PER_FIXTURE: usize = 100;

/// Does so many runs, or fewer if `until` comes first or a property fails.
pub async fn run_many(
    seed: u64,
    runs: usize,
    until: Option<Instant>,
    mutation: Option<Mutation>,
) -> Result<ClosuresReport, TestError> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut report = ClosuresReport::default();
    let time_left = || until.is_none_or(|until| Instant::now() < until);
    while report.runs < runs && report.found.is_empty() && time_left() {
        let fixture = ClosuresFixture::build(mutation).await?;
        for _ in 0..RUNS_PER_FIXTURE.min(runs - report.runs) {
            run_once(&fixture, &mut random, &mut report).await?;
            if !report.found.is_empty() || !time_left() {
                break;
            }
        }
    }
    Ok(report)
}

/// Runs the check. Prints its progress on stderr and its result on stdout.
///
/// # Errors
/// A property failed (the text has the seed), or the check itself did.
pub async fn closures(options: &ClosuresOptions) -> Result<(), TestError> {
    let seed = options.seed.unwrap_or_else(|| fastrand::u64(..));
    writeln!(std::io::stderr(), "seed {seed}")?;
    let until = options.minutes.map(|minutes| Instant::now() + Duration::from_secs(60 * minutes));
    let report = run_many(seed, options.runs, until, None).await?;
    write!(std::io::stdout(), "{report}")?;
    if report.found.is_empty() { Ok(()) } else { Err(format!("a property failed: seed {seed}").into()) }
}
