//! Benches, each of which prints a table of what it measured side by side.
//!
//! | `cargo dev bench …` | |
//! |---|---|
//! | `cold-start` | [`cold_start`]: what does the first request to a function wait for? |
//! | `warm` | [`warm`]: what does an operation take besides its calls to the table? |
//! | `memory` | [`memory`]: how much memory should a function have? |
//! | `growth` | [`growth`]: does an operation cost more where the table holds more? |
//! | `throughput` | [`throughput`]: how many requests a second does the local server answer? |
//! | `reminders` | here |
//!
//! `reminders`: many reminders over many clinics, all due at once, sent by workers as
//! they run in AWS: each a process of its own ([`worker`]) that does one shard until its time is up.
//!
//! The workers' clock is a virtual one, so that their pace can be measured without waiting for it: a
//! message every 50 ms is 20 a second, however fast the machine is. The table and Twilio's stand-in are in
//! this process. Rows are copies of one booking's, written straight to the table ([`crowd`]).

pub mod bare;
pub mod cold_start;
pub mod crowd;
pub mod growth;
pub mod machine;
pub mod memory;
pub(crate) mod stage;
pub mod throughput;
pub mod warm;
pub mod worker;

use crate::options::BenchOptions;
use app::ports::Clock as _;
use crowd::Rows;
use domain::time::{Instant, TimeDelta};
use platform::clock::SystemClock;
use std::collections::BTreeSet;
use std::fmt;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use store::keys::SHARDS;
use testkit::database::Database;
use testkit::fake_twilio::FakeTwilio;
use testkit::system::{FAKE_ACCOUNT, FAKE_TOKEN};
use testkit::test_app::Trouble;
use worker::Report;

/// When the reminders are due.
const DUE: &str = "2025-12-13T09:00:00-03:00";
/// Between two runs of the job.
const TICK: TimeDelta = TimeDelta::minutes(15);
/// The most that a function may have, in KiB.
const MOST_KIB: u64 = 128 * 1024;
/// The shards' workers together, in messages a second.
const RATE: f64 = 20.0;
/// A worker's time, in seconds.
const LIMIT: u16 = 840;

/// What a number of reminders took.
#[derive(Debug, Clone, Default)]
pub struct Measured {
    /// How many reminders.
    pub reminders: usize,
    /// Messages that Twilio got.
    pub sent: usize,
    /// Of those, to a number that had one already.
    pub twice: usize,
    /// Runs of the job.
    pub ticks: usize,
    /// The longest that a worker ran, in virtual seconds.
    pub longest: f64,
    /// Messages a virtual second while all shards were at work.
    pub pace: f64,
    /// Calls to the table.
    pub calls: u64,
    /// The most memory that a worker had, in KiB; 0 where it can't be told.
    pub peak_kib: u64,
    /// How long it really took, in seconds.
    pub seconds: f64,
}

/// Measures a tenth of the reminders, and all of them, and prints both.
///
/// # Errors
/// A promise that wasn't kept; [`Trouble`] of the bench's own machinery.
pub async fn reminders(options: &BenchOptions) -> Result<(), Trouble> {
    let program = std::env::current_exe()?;
    let few = measure(&program, options.reminders / 10, options.clinics).await?;
    let many = measure(&program, options.reminders, options.clinics).await?;
    write!(std::io::stdout(), "{}", Table(&few, &many))?;
    let broken = broken(&few, &many);
    if broken.is_empty() { Ok(()) } else { Err(broken.join("; ").into()) }
}

/// Which promises weren't kept.
#[must_use]
pub fn broken(few: &Measured, many: &Measured) -> Vec<String> {
    let mut broken = Vec::new();
    for measured in [few, many] {
        let Measured { reminders, sent, twice, longest, pace, peak_kib, .. } = measured;
        let mut expect = |kept: bool, what: String| {
            if !kept {
                broken.push(format!("{reminders} reminders: {what}"));
            }
        };
        expect(sent == reminders && *twice == 0, format!("{sent} sent, {twice} of them twice"));
        expect(*longest <= f64::from(LIMIT), format!("a worker ran for {longest:.0} s"));
        expect(*pace <= RATE * 1.05, format!("{pace:.1} a second"));
        expect(*peak_kib <= MOST_KIB, format!("{peak_kib} KiB"));
    }
    let ratio = ratio(many.calls, few.calls);
    if !(8.0..=12.0).contains(&ratio) {
        broken.push(format!("{ratio:.1} times the calls for ten times the reminders"));
    }
    broken
}

/// The value that so many of a hundred don't exceed, of values in their order.
fn percentile(sorted: &[f64], percent: usize) -> f64 {
    sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}

/// The most memory that a process has had, in KiB; nothing where the machine doesn't tell.
pub(crate) fn peak_kib(process: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok())
}

fn ratio(many: u64, few: u64) -> f64 {
    // Counts of calls are far below the 2⁵² up to which this is exact.
    #[expect(clippy::cast_precision_loss, reason = "see above")]
    let ratio = many as f64 / few.max(1) as f64;
    ratio
}

/// Sends so many reminders.
///
/// # Errors
/// [`Trouble`].
pub async fn measure(program: &Path, reminders: usize, clinics: usize) -> Result<Measured, Trouble> {
    let database = Database::memory().await?;
    crowd::gather(&database, reminders, clinics, Rows::Due).await?;
    let due = Instant::parse(DUE).map_err(|_| "not an instant")?;
    let twilio = FakeTwilio::start(FAKE_ACCOUNT.to_owned(), FAKE_TOKEN.to_owned(), Arc::new(move || due.utc()))?;
    let task = |shard: u8, now: Instant| worker::Task {
        endpoint: database.endpoint().to_owned(),
        twilio: twilio.base_url(),
        shard,
        now: now.rfc3339(),
        seconds: LIMIT.into(),
        rate: RATE,
    };
    // The first run ever looks far back; it isn't counted.
    for shard in 0..SHARDS {
        worker::spawn(program, &task(shard, due.plus(-TICK))).await?;
    }
    let began = SystemClock.now();
    let mut measured = Measured { reminders, ..Measured::default() };
    let mut busiest = 0.0;
    loop {
        let now = due.plus(TICK * i32::try_from(measured.ticks)?);
        measured.ticks += 1;
        let before = twilio.messages().len();
        let mut longest = 0.0f64;
        for shard in 0..SHARDS {
            let Report { seconds, calls, peak_kib } = worker::spawn(program, &task(shard, now)).await?;
            measured.calls += calls;
            measured.peak_kib = measured.peak_kib.max(peak_kib);
            longest = longest.max(seconds);
        }
        let sent = twilio.messages().len() - before;
        measured.longest = measured.longest.max(longest);
        #[expect(clippy::cast_precision_loss, reason = "counts of messages are far below 2⁵²")]
        let pace = sent as f64 / longest.max(1.0);
        if longest > busiest {
            (busiest, measured.pace) = (longest, pace);
        }
        if sent == 0 || measured.ticks > 100 {
            break;
        }
    }
    let messages = twilio.messages();
    let numbers: BTreeSet<&str> = messages.iter().map(|message| message.to.as_str()).collect();
    measured.sent = messages.len();
    measured.twice = messages.len() - numbers.len();
    measured.seconds = SystemClock.now().since(began).as_seconds_f64();
    Ok(measured)
}

struct Table<'a>(&'a Measured, &'a Measured);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(few, many) = self;
        writeln!(f, "| | {} | {} | ratio |\n|---|---:|---:|---:|", few.reminders, many.reminders)?;
        let mut row = |what: &str, few: f64, many: f64, digits: usize| {
            writeln!(f, "| {what} | {few:.digits$} | {many:.digits$} | {:.2} |", many / few)
        };
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2⁵²")]
        {
            row("messages sent", few.sent as f64, many.sent as f64, 0)?;
            row("calls to the table", few.calls as f64, many.calls as f64, 0)?;
            row("runs of the job", few.ticks as f64, many.ticks as f64, 0)?;
            row("longest worker, virtual seconds", few.longest, many.longest, 0)?;
            row("messages a virtual second", few.pace, many.pace, 1)?;
            row("most memory of a worker, MiB", few.peak_kib as f64 / 1024.0, many.peak_kib as f64 / 1024.0, 0)?;
        }
        row("took, seconds", few.seconds, many.seconds, 0)?;
        writeln!(f, "\n{} and {} numbers got a message twice.", few.twice, many.twice)
    }
}
