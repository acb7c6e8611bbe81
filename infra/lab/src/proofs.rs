//! `cargo lab proofs`: runs the part of every proof that is repeated before each merge. Size and seeds are fixed, so
//! that a run that passed passes again. `infra/docs/verification.md` describes the full proofs.

use crate::options::{
    BookingsOptions, ClosuresOptions, ConversationsOptions, FuzzOptions, MessagesOptions, NoticesOptions,
    RemindersOptions, SearchOptions, defaults,
};
use crate::{check, fuzz, seeds};
use std::io::Write as _;
use std::time::Instant;
use testkit::test_app::TestError;

const OPERATIONS: u64 = 2_000;
/// The reminders check runs one pair of faults in so many.
const REMINDER_PAIRS: u64 = 3_000;
const MESSAGES: usize = 300;
/// Runs of the closures check.
const CLOSURES: usize = 40;
/// Histories of the notices check.
const HISTORIES: usize = 10;
/// States of the conversations check for each number of appointments.
const STATES: usize = 4;
/// Longer random conversations for each number of appointments.
const WALKS: usize = 8;
/// Patients who are all searched for by the search check, and those of the town in which it measures costs.
const SEARCHED: usize = 1_000;
const TOWN: usize = 20_000;
/// Inputs for each fuzz target.
const INPUTS: usize = 300;

/// Runs the proofs one after the other, and prints how long each took.
///
/// # Errors
/// The first property that fails, with its seed, or an error of a check itself.
pub async fn proofs() -> Result<(), TestError> {
    for seed in seeds::BOOKINGS {
        let options = BookingsOptions { operations: OPERATIONS, seed: Some(*seed), ..defaults()? };
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
    for seed in seeds::CONVERSATIONS {
        let options = ConversationsOptions { states: STATES, walks: WALKS, seed: Some(*seed) };
        timed("conversations", *seed, check::conversations::conversations(&options)).await?;
    }
    for seed in seeds::NOTICES {
        let options = NoticesOptions { histories: HISTORIES, seed: Some(*seed), ..defaults()? };
        timed("notices", *seed, check::notices::notices(&options)).await?;
    }
    for seed in seeds::CLOSURES {
        let options = ClosuresOptions { runs: CLOSURES, seed: Some(*seed), ..defaults()? };
        timed("closures", *seed, check::closures::closures(&options)).await?;
    }
    for seed in seeds::SEARCH {
        let options = SearchOptions { patients: SEARCHED, cost_patients: TOWN, seed: *seed };
        timed("search", *seed, check::search::search(&options)).await?;
    }
    for seed in seeds::FUZZ {
        let options = FuzzOptions { inputs: Some(INPUTS), seed: Some(*seed), ..defaults()? };
        timed("fuzz", *seed, fuzz::fuzz(&options)).await?;
    }
    Ok(())
}

/// Runs one proof and prints its duration.
async fn timed(name: &str, seed: u64, proof: impl Future<Output = Result<(), TestError>>) -> Result<(), TestError> {
    let began = Instant::now();
    proof.await?;
    Ok(writeln!(std::io::stdout(), "proof {name}, seed {seed}: passed in {} s", began.elapsed().as_secs())?)
}
