//! `cargo lab soak --minutes N`: runs the proofs with fresh seeds, in turn, until the time is over.

use crate::options::{
    BookingsOptions, ClosuresOptions, ConversationsOptions, FuzzOptions, MessagesOptions, NoticesOptions,
    RemindersOptions, SoakOptions, defaults,
};
use crate::{check, fuzz};
use std::io::Write as _;
use std::time::{Duration, Instant};
use testkit::test_app::TestError;

/// A proof, with its size in one round.
#[derive(Clone, Copy)]
enum Proof {
    FuzzSeconds(u64),
    Bookings(u64),
    Messages(usize),
    /// So many random conversations for each number of appointments.
    Conversations(usize),
    Closures(usize),
    Notices(usize),
    ReminderMinutes(u64),
}

/// The proofs of one round.
const ROUND: [Proof; 7] = [
    Proof::FuzzSeconds(60),
    Proof::Bookings(20_000),
    Proof::Messages(2_000),
    Proof::Conversations(200),
    Proof::Closures(2_000),
    Proof::Notices(200),
    Proof::ReminderMinutes(2),
];

impl Proof {
    async fn run(self, seed: u64) -> Result<(), TestError> {
        let seed = Some(seed);
        match self {
            Self::FuzzSeconds(seconds) => fuzz::fuzz(&FuzzOptions { seconds, seed, ..defaults()? }).await,
            Self::Bookings(operations) => check::bookings(&BookingsOptions { operations, seed, ..defaults()? }).await,
            Self::Messages(messages) => {
                check::messages::messages(&MessagesOptions { messages, seed, ..defaults()? }).await
            }
            Self::Conversations(walks) => {
                let options = ConversationsOptions { states: 0, walks, seed };
                check::conversations::conversations(&options).await
            }
            Self::Closures(runs) => check::closures::closures(&ClosuresOptions { runs, seed, ..defaults()? }).await,
            Self::Notices(histories) => {
                check::notices::notices(&NoticesOptions { histories, seed, ..defaults()? }).await
            }
            Self::ReminderMinutes(minutes) => {
                let options = RemindersOptions { minutes: Some(minutes), seed, ..defaults()? };
                check::reminders::reminders(&options).await
            }
        }
    }
}

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
        for proof in ROUND {
            if Instant::now() >= until {
                return Ok(());
            }
            Box::pin(proof.run(seed)).await?;
        }
    }
    Ok(())
}
