//! `cargo lab soak --minutes N`: runs the proofs with fresh seeds, in turn, until the time is over.

use crate::options::{
    BookingsOptions, ClosuresOptions, FuzzOptions, MessagesOptions, NoticesOptions, RemindersOptions, SoakOptions,
    defaults,
};
use crate::{check, fuzz};
use std::io::Write as _;
use std::time::{Duration, Instant};
use testkit::test_app::TestError;

/// The size of one round.
const OPERATIONS: u64 = 20_000;
const MESSAGES: usize = 2_000;
const CLOSURES: usize = 2_000;
const HISTORIES: usize = 200;
const REMINDER_MINUTES: u64 = 2;
const FUZZ_SECONDS: u64 = 60;

/// Runs rounds of all checks. Prints the seed of the soak; each check prints its own.
///
/// # Errors
/// The first property that fails, with its seed, or an error of a check itself.
pub async fn soak(options: &SoakOptions) -> Result<(), TestError> {
    let seed = options.seed.unwrap_or_else(|| fastrand::u64(..));
    let until = Instant::now() + Duration::from_secs(60 * options.minutes);
    let mut random = fastrand::Rng::with_seed(seed);
    let mut out = std::io::stdout();
    writeln!(out, "soak, seed {seed}, {} minutes", options.minutes)?;
    for round in 1.. {
        let seed = random.u64(..);
        writeln!(out, "round {round}, seed {seed}")?;
        fuzz::fuzz(&FuzzOptions { seconds: FUZZ_SECONDS, seed: Some(seed), ..defaults()? }).await?;
        if Instant::now() >= until {
            break;
        }
        check::bookings(&BookingsOptions { operations: OPERATIONS, seed: Some(seed), ..defaults()? }).await?;
        if Instant::now() >= until {
            break;
        }
        check::messages::messages(&MessagesOptions { messages: MESSAGES, seed: Some(seed), ..defaults()? }).await?;
        if Instant::now() >= until {
            break;
        }
        check::closures::closures(&ClosuresOptions { runs: CLOSURES, seed: Some(seed), ..defaults()? }).await?;
        if Instant::now() >= until {
            break;
        }
        check::notices::notices(&NoticesOptions { histories: HISTORIES, seed: Some(seed), ..defaults()? }).await?;
        if Instant::now() >= until {
            break;
        }
        let reminders = RemindersOptions { minutes: Some(REMINDER_MINUTES), seed: Some(seed), ..defaults()? };
        check::reminders::reminders(&reminders).await?;
        if Instant::now() >= until {
            break;
        }
    }
    Ok(())
}
