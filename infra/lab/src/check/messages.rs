//! `cargo lab check messages`: does what patients say do what they say, once, whatever becomes of the
//! messages on their way?
//!
//! A small town of people who were reminded of appointments ([`mod@town`]) writes: buttons, words, numbers, answers to
//! questions that may never come ([`letter`]). Some messages never arrive, some arrive three times, all
//! of them at once and in any order, and calls to the table fail meanwhile ([`delivery`]). Then the same
//! town is built once more, each message is given to it once, alone, in the order in which the first
//! one took them, and the two are compared ([`aftermath`]):
//!
//! - every message is stored once, and has had its turn;
//! - what was stored before another message was sent has had its turn before it;
//! - appointments, their histories, answers and open questions are the same in both.

pub mod aftermath;
pub mod delivery;
pub mod letter;
pub mod town;

use crate::options::MessagesOptions;
use std::io::Write as _;
use std::time::{Duration, Instant};
use store::inbound::Unprocessed;
use store::patterns;
use testkit::test_app::Trouble;
use town::Town;

/// People in a town.
const PEOPLE: usize = 24;
/// Messages of a town; then there is another one.
const MESSAGES: usize = 500;
/// How often everybody writes, with the scheduled job in between.
pub const ROUNDS: usize = 5;

/// What is to be run.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Decides what is written, what becomes of it, and what fails.
    pub seed: u64,
    /// How many messages.
    pub messages: usize,
    /// Which share of the calls to the table fails.
    pub faults: f64,
    /// Whether the replay leaves every tenth message out: to see that it is noticed.
    pub forgetful: bool,
}

/// What a run has shown.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Messages that were written.
    pub written: usize,
    /// Times that one was delivered.
    pub delivered: usize,
    /// Messages of which no delivery arrived.
    pub lost: usize,
    /// Messages that changed an appointment.
    pub effects: usize,
    /// What isn't as it should be.
    pub found: Vec<String>,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.written += other.written;
        self.delivered += other.delivered;
        self.lost += other.lost;
        self.effects += other.effects;
        self.found.extend(other.found);
    }
}

/// One town: written to, replayed, compared.
///
/// # Errors
/// [`Trouble`] of the check's own machinery.
pub async fn town(plan: Plan) -> Result<Tally, Trouble> {
    let town = Town::build(PEOPLE).await?;
    let mail = delivery::deliver(&town, plan).await?;
    let rows = aftermath::rows(&town).await?;
    let mut found = mail.check(&rows);
    let left: Vec<Unprocessed> = town.app.system.app.table.query_all(&patterns::unprocessed()).await?;
    found.extend(left.iter().map(|message| format!("{} still waits for its turn", message.message_sid)));
    let again = Town::build(PEOPLE).await?;
    aftermath::replay(&again, &rows, &mail.ticks, plan.forgetful).await?;
    let (first, second) = (aftermath::of(&town).await?, aftermath::of(&again).await?);
    found.extend(first.iter().zip(&second).filter_map(|(first, second)| first.differs_from(second)));
    let effects = first.iter().map(aftermath::Aftermath::effects).sum();
    let (written, delivered, lost) = (mail.written(), mail.delivered, mail.lost());
    Ok(Tally { written, delivered, lost, effects, found })
}

/// Runs it, tells on stderr how it goes and on stdout how it went.
///
/// # Errors
/// What isn't as it should be, with the seed; [`Trouble`] of the check's own machinery.
pub async fn messages(options: &MessagesOptions) -> Result<(), Trouble> {
    let seed = options.seed.unwrap_or_else(|| fastrand::u64(..));
    writeln!(std::io::stderr(), "seed {seed}")?;
    let (began, time) = (Instant::now(), options.minutes.map(|minutes| Duration::from_secs(60 * minutes)));
    let mut tally = Tally::default();
    let mut random = fastrand::Rng::with_seed(seed);
    while tally.written < options.messages && tally.found.is_empty() && time.is_none_or(|time| began.elapsed() < time) {
        let messages = MESSAGES.min(options.messages - tally.written);
        let plan = Plan { seed: random.u64(..), messages, faults: options.faults, forgetful: false };
        tally.add(town(plan).await?);
        let seconds = began.elapsed().as_secs().max(1);
        writeln!(std::io::stderr(), "{} of {} messages, {seconds} s", tally.written, options.messages)?;
    }
    let Tally { written, delivered, lost, effects, found } = tally;
    let mut out = std::io::stdout();
    writeln!(
        out,
        "{written} messages, delivered {delivered} times, {lost} of them never; {effects} changed an appointment"
    )?;
    for line in found.iter().take(20) {
        writeln!(out, "  {line}")?;
    }
    if found.is_empty() { Ok(()) } else { Err(format!("not what was said: seed {seed}").into()) }
}
