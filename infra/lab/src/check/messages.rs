//! `cargo lab check messages`: simulates patients whose messages are lost, repeated and reordered on a faulty table,
//! and checks that each message is processed exactly once and in order.
//!
//! Participants who were reminded of appointments ([`mod@scenario`]) send buttons, words, numbers and answers to
//! questions that they may never have received ([`message`]). Some messages are never delivered, some three times, all
//! concurrently and in any order, while calls to the table fail ([`delivery`]). Then the same scenario is built again,
//! each message is delivered to it once, alone, in the order in which the first one processed them, and the final
//! states are compared ([`final_state`]). The calls by which a message is sent don't fail: a question that isn't sent
//! leaves an older one on the screen, so that the next answer means something else. `check conversations` covers that.
//!
//! - every message is stored and processed once;
//! - a message that was stored before another one was sent is processed before it;
//! - appointments, their histories, answers and open questions are the same in both.

pub mod delivery;
pub mod final_state;
pub mod message;
pub mod scenario;

use crate::options::MessagesOptions;
use scenario::Scenario;
use std::io::Write as _;
use std::time::{Duration, Instant};
use store::inbound::Unprocessed;
use store::patterns;
use testkit::test_app::TestError;

const PARTICIPANTS: usize = 24;
/// Messages of one scenario; a run takes as many scenarios as it needs.
const MESSAGES: usize = 500;
/// Rounds of messages in a scenario. The scheduled job runs after each.
pub const ROUNDS: usize = 5;

/// Parameters of one scenario.
#[derive(Debug, Clone, Copy)]
pub struct MessagesPlan {
    /// Decides the messages, their deliveries and the faults.
    pub seed: u64,
    pub messages: usize,
    /// The share of the calls to the table that fails, from 0 to 1.
    pub faults: f64,
    /// Whether the replay skips every tenth message, to prove that the check notices it.
    pub skip_every_tenth: bool,
}

/// Result of one scenario or several.
#[derive(Debug, Clone, Default)]
pub struct MessagesReport {
    /// Number of messages.
    pub written: usize,
    /// Number of deliveries.
    pub delivered: usize,
    /// Messages of which no delivery succeeded.
    pub lost: usize,
    /// Messages that changed an appointment.
    pub effects: usize,
    /// Violated properties; empty if all hold.
    pub found: Vec<String>,
}

impl MessagesReport {
    fn add(&mut self, other: Self) {
        self.written += other.written;
        self.delivered += other.delivered;
        self.lost += other.lost;
        self.effects += other.effects;
        self.found.extend(other.found);
    }
}

/// Runs one scenario, replays its messages in a second one, and compares the two.
pub async fn run_scenario(plan: MessagesPlan) -> Result<MessagesReport, TestError> {
    let scenario = Scenario::build(PARTICIPANTS).await?;
    let deliveries = delivery::deliver(&scenario, plan).await?;
    let rows = final_state::inbound_messages(&scenario).await?;
    let mut found = deliveries.check(&rows);
    let unprocessed: Vec<Unprocessed> = scenario.app.system.app.table.query_all(&patterns::unprocessed()).await?;
    found.extend(unprocessed.iter().map(|message| format!("{} was not processed", message.message_sid)));
    let replayed = Scenario::build(PARTICIPANTS).await?;
    final_state::replay(&replayed, &rows, &deliveries.ticks, plan.skip_every_tenth).await?;
    let (first, second) = (final_state::read(&scenario).await?, final_state::read(&replayed).await?);
    found.extend(first.iter().zip(&second).filter_map(|(first, second)| first.differs_from(second)));
    let effects = first.iter().map(final_state::FinalState::effects).sum();
    let (written, delivered, lost) = (deliveries.written(), deliveries.delivered, deliveries.lost());
    Ok(MessagesReport { written, delivered, lost, effects, found })
}

/// Runs the check. Prints its progress on stderr and its result on stdout.
///
/// # Errors
/// A property failed (the text has the seed), or the check itself did.
pub async fn messages(options: &MessagesOptions) -> Result<(), TestError> {
    let seed = options.seed.unwrap_or_else(|| fastrand::u64(..));
    writeln!(std::io::stderr(), "seed {seed}")?;
    let (began, time) = (Instant::now(), options.minutes.map(|minutes| Duration::from_secs(60 * minutes)));
    let mut report = MessagesReport::default();
    let mut random = fastrand::Rng::with_seed(seed);
    let time_left = || time.is_none_or(|time| began.elapsed() < time);
    while report.written < options.messages && report.found.is_empty() && time_left() {
        let messages = MESSAGES.min(options.messages - report.written);
        let plan = MessagesPlan { seed: random.u64(..), messages, faults: options.faults, skip_every_tenth: false };
        report.add(run_scenario(plan).await?);
        let seconds = began.elapsed().as_secs().max(1);
        writeln!(std::io::stderr(), "{} of {} messages, {seconds} s", report.written, options.messages)?;
    }
    let MessagesReport { written, delivered, lost, effects, found } = report;
    let mut out = std::io::stdout();
    writeln!(
        out,
        "{written} messages, delivered {delivered} times, {lost} of them never; {effects} changed an appointment"
    )?;
    for line in found.iter().take(20) {
        writeln!(out, "  {line}")?;
    }
    if found.is_empty() { Ok(()) } else { Err(format!("a property failed: seed {seed}").into()) }
}
