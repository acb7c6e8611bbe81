//! `cargo lab proofs`: the part of every proof that is repeated before a change lands. Its size and its seeds are
//! fixed, so a run that passed passes again; the whole of each proof is in `infra/docs/verification.md`.

use crate::options::{BookingsOptions, FuzzOptions, MessagesOptions, RemindersOptions, defaults};
use crate::{check, fuzz, seeds};
use std::io::Write as _;
use std::time::Instant;
use testkit::test_app::Trouble;

/// Operations of a run of bookings.
const BOOKINGS: u64 = 8_000;
/// One pair of faults in so many.
const REMINDER_PAIRS: u64 = 400;
/// Messages of a run of messages.
const MESSAGES: usize = 1_000;
/// Inputs for each target of the fuzzer.
const INPUTS: usize = 1_000;

/// Runs them one after the other, and prints how long each took.
///
/// # Errors
/// The first property that fails, with its seed; [`Trouble`] of the checks' own machinery.
pub async fn proofs() -> Result<(), Trouble> {
    for seed in seeds::BOOKINGS {
        let options = BookingsOptions { operations: BOOKINGS, seed: Some(*seed), ..defaults()? };
        timed("bookings", *seed, check::bookings(&options)).await?;
    }
    for seed in seeds::REMINDERS {
        let options = RemindersOptions { one_in: Some(REMINDER_PAIRS), seed: Some(*seed), ..defaults()? };
        timed("reminders", *seed, check::reminders::reminders(&options)).await?;
    }
    for seed in seeds::MESSAGES {
        let options = MessagesOptions { messages: MESSAGES, seed: Some(*seed), ..defaults()? };
        timed("messages", *seed, check::messages::messages(&options)).await?;
    }
    for seed in seeds::FUZZ {
        let options = FuzzOptions { inputs: Some(INPUTS), seed: Some(*seed), ..defaults()? };
        timed("fuzz", *seed, fuzz::fuzz(&options)).await?;
    }
    Ok(())
}

/// Runs one proof and says how long it took.
async fn timed(name: &str, seed: u64, proof: impl Future<Output = Result<(), Trouble>>) -> Result<(), Trouble> {
    let began = Instant::now();
    proof.await?;
    Ok(writeln!(std::io::stdout(), "proof {name}, seed {seed}: passed in {} s", began.elapsed().as_secs())?)
}
