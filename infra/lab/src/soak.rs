//! `cargo lab soak --minutes N`: the proofs with fresh seeds, in turn, until the time is over.

use crate::options::{BookingsOptions, FuzzOptions, MessagesOptions, RemindersOptions, SoakOptions, defaults};
use crate::{check, fuzz};
use std::io::Write as _;
use std::time::{Duration, Instant};
use testkit::test_app::Trouble;

/// Operations of a round of bookings.
const BOOKINGS: u64 = 20_000;
/// Messages of a round of messages.
const MESSAGES: usize = 2_000;
/// Minutes of a round of reminders.
const REMINDERS: u64 = 2;
/// Seconds of a round of fuzzing.
const FUZZ: u64 = 60;

/// Runs round after round. Each check prints its seed; so does this, for the whole.
///
/// # Errors
/// The first property that fails, with its seed; [`Trouble`] of the checks' own machinery.
pub async fn soak(options: &SoakOptions) -> Result<(), Trouble> {
    let seed = options.seed.unwrap_or_else(|| fastrand::u64(..));
    let until = Instant::now() + Duration::from_secs(60 * options.minutes);
    let mut random = fastrand::Rng::with_seed(seed);
    let mut out = std::io::stdout();
    writeln!(out, "soak, seed {seed}, {} minutes", options.minutes)?;
    for round in 1.. {
        let seed = random.u64(..);
        writeln!(out, "round {round}, seed {seed}")?;
        fuzz::fuzz(&FuzzOptions { seconds: FUZZ, seed: Some(seed), ..defaults()? }).await?;
        if Instant::now() >= until {
            break;
        }
        check::bookings(&BookingsOptions { operations: BOOKINGS, seed: Some(seed), ..defaults()? }).await?;
        if Instant::now() >= until {
            break;
        }
        check::messages::messages(&MessagesOptions { messages: MESSAGES, seed: Some(seed), ..defaults()? }).await?;
        if Instant::now() >= until {
            break;
        }
        let reminders = RemindersOptions { minutes: Some(REMINDERS), seed: Some(seed), ..defaults()? };
        check::reminders::reminders(&reminders).await?;
        if Instant::now() >= until {
            break;
        }
    }
    Ok(())
}
