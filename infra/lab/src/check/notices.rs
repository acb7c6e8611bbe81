//! `cargo lab check notices`: random histories of one appointment, and whether the last message that its patient got
//! names the state that it has.
//!
//! Staff book, cancel, reopen, move and keep an appointment, and its patient answers in the chat ([`history`]). The clock
//! goes on by seconds or hours, the scheduled job runs in between, calls to the table fail, and Twilio times out, answers
//! 500 or refuses for a while. Every accepted message, every phone call and every answer changes what the patient
//! believes ([`belief`]). After each step the belief is right, or a message is on its way; in the end it is right. No
//! notice and no reminder goes out in quiet hours.

pub mod belief;
pub mod fixture;
pub mod history;

use crate::options::NoticesOptions;
use fixture::NoticeFixture;
use history::History;
use std::io::Write as _;
use std::time::{Duration, Instant};
use testkit::test_app::TestError;

/// Histories that share a system.
const HISTORIES_PER_SYSTEM: usize = 50;

/// Parameters of a run.
#[derive(Debug, Clone, Copy)]
pub struct NoticesPlan {
    /// Decides the steps and the faults.
    pub seed: u64,
    pub histories: usize,
    /// The share of the calls to the table that fails, from 0 to 1.
    pub faults: f64,
    /// Whether the table forgets the last notice of each appointment, to prove that the check notices it.
    pub forget_notices: bool,
}

#[derive(Debug, Clone, Default)]
pub struct NoticesReport {
    pub histories: usize,
    pub steps: usize,
    /// Messages that Twilio accepted.
    pub messages: usize,
    /// Violated properties, each with the history that led to it; empty if all hold.
    pub found: Vec<String>,
}

impl NoticesReport {
    fn add(&mut self, other: Self) {
        self.histories += other.histories;
        self.steps += other.steps;
        self.messages += other.messages;
        self.found.extend(other.found);
    }
}

/// Runs histories one after the other on one system.
pub async fn run_histories(plan: NoticesPlan) -> Result<NoticesReport, TestError> {
    let fixture = NoticeFixture::build(plan.histories, plan.forget_notices).await?;
    let mut random = fastrand::Rng::with_seed(plan.seed);
    let mut report = NoticesReport::default();
    for number in 0..plan.histories {
        let seed = random.u64(..);
        report.add(History::run(&fixture, (number, seed), plan.faults).await?);
    }
    Ok(report)
}

/// Runs the check. Prints its progress on stderr and its result on stdout.
///
/// # Errors
/// A property failed (the text has the seed), or the check itself did.
pub async fn notices(options: &NoticesOptions) -> Result<(), TestError> {
    let seed = options.seed.unwrap_or_else(|| fastrand::u64(..));
    writeln!(std::io::stderr(), "seed {seed}")?;
    let (began, time) = (Instant::now(), options.minutes.map(|minutes| Duration::from_secs(60 * minutes)));
    let mut report = NoticesReport::default();
    let mut random = fastrand::Rng::with_seed(seed);
    let time_left = || time.is_none_or(|time| began.elapsed() < time);
    while report.histories < options.histories && report.found.is_empty() && time_left() {
        let histories = HISTORIES_PER_SYSTEM.min(options.histories - report.histories);
        let plan = NoticesPlan { seed: random.u64(..), histories, faults: options.faults, forget_notices: false };
        report.add(run_histories(plan).await?);
        let seconds = began.elapsed().as_secs().max(1);
        writeln!(std::io::stderr(), "{} of {} histories, {seconds} s", report.histories, options.histories)?;
    }
    let NoticesReport { histories, steps, messages, found } = report;
    let mut out = std::io::stdout();
    writeln!(out, "{histories} histories of an appointment, {steps} steps, {messages} messages")?;
    for line in found.iter().take(5) {
        writeln!(out, "  {line}")?;
    }
    if found.is_empty() { Ok(()) } else { Err(format!("a property failed: seed {seed}").into()) }
}
