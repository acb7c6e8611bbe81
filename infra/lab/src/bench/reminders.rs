//! `cargo lab bench reminders`: sends many due reminders of many clinics by workers as they run in AWS: each is a
//! process of its own ([`worker`]) that works on one shard until its time is up.
//!
//! The workers have a virtual clock, so that their rate is measured without waiting for it: a message every 50 ms is 20
//! a second, however fast the machine is. The table and the fake Twilio are in this process. The rows are copies of one
//! booking's rows, written directly to the table ([`bulk_data`]).

use super::bulk_data::{self, CopiedRows};
use super::figures::{Figure, Measurements};
use super::float;
use super::machine::describe_machine;
use super::worker::{self, WorkerReport};
use crate::options::RemindersBenchOptions;
use app::support::ports::Clock as _;
use domain::time::{Instant, TimeDelta};
use local::database::Database;
use local::fake_twilio::FakeTwilio;
use local::system::{FAKE_ACCOUNT, FAKE_TOKEN};
use platform::clock::SystemClock;
use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use store::keys::SHARDS;
use testkit::test_app::TestError;

/// When the reminders are due.
const DUE: &str = "2025-12-13T09:00:00-03:00";
/// Time between two runs of the job.
const INTERVAL: TimeDelta = TimeDelta::minutes(5);
/// Limit of a worker's memory, in KiB.
const MAX_KIB: u64 = 128 * 1024;
/// Limit of all workers together, in messages a second.
const RATE: f64 = 20.0;
/// Limit of a worker's time, in seconds.
const MAX_SECONDS: u16 = 285;

/// The measurements for a number of reminders.
#[derive(Debug, Clone, Default)]
pub struct ReminderMeasurement {
    pub reminders: usize,
    /// Messages that Twilio received.
    pub sent: usize,
    /// Those to a number that had received one already.
    pub duplicates: usize,
    pub ticks: usize,
    /// The longest run of a worker, in virtual seconds.
    pub longest: f64,
    /// Messages a virtual second while all shards were working.
    pub pace: f64,
    pub calls: u64,
    /// Peak memory of a worker in KiB; 0 if unknown.
    pub peak_kib: u64,
    /// Real duration, in seconds.
    pub seconds: f64,
}

/// The measurements for a tenth of the reminders, and for all.
pub struct Reminders {
    few: ReminderMeasurement,
    many: ReminderMeasurement,
}

pub async fn measure(options: &RemindersBenchOptions) -> Result<Reminders, TestError> {
    let program = std::env::current_exe()?;
    let few = send(&program, options.reminders / 10, options.clinics).await?;
    let many = send(&program, options.reminders, options.clinics).await?;
    Ok(Reminders { few, many })
}

impl Measurements for Reminders {
    fn figures(&self) -> Vec<Figure> {
        let Self { few, many } = self;
        let figure = |what: &str, value| Figure::new(format!("{} reminders: {what}", many.reminders), value);
        vec![
            figure("calls to the table, × those of a tenth", ratio(many.calls, few.calls)).at_most(12.0),
            figure("numbers that received it twice", float(many.duplicates as u64)).at_most(0.0),
            figure("most memory of a worker, MiB", float(many.peak_kib) / 1024.0).at_most(128.0),
        ]
    }

    fn exceeded_limits(&self) -> Vec<String> {
        exceeded_limits(&self.few, &self.many)
    }
}

/// Exceeded limits.
#[must_use]
pub fn exceeded_limits(few: &ReminderMeasurement, many: &ReminderMeasurement) -> Vec<String> {
    let mut exceeded = Vec::new();
    for measured in [few, many] {
        let ReminderMeasurement { reminders, sent, duplicates: twice, longest, pace, peak_kib, .. } = measured;
        let mut expect = |within_limit: bool, what: String| {
            if !within_limit {
                exceeded.push(format!("{reminders} reminders: {what}"));
            }
        };
        expect(sent == reminders && *twice == 0, format!("{sent} sent, {twice} of them twice"));
        expect(*longest <= f64::from(MAX_SECONDS), format!("a worker ran for {longest:.0} s"));
        expect(*pace <= RATE * 1.05, format!("{pace:.1} a second"));
        expect(*peak_kib <= MAX_KIB, format!("{peak_kib} KiB"));
    }
    let ratio = ratio(many.calls, few.calls);
    if !(8.0..=12.0).contains(&ratio) {
        exceeded.push(format!("{ratio:.1} times the calls for ten times the reminders"));
    }
    exceeded
}

fn ratio(many: u64, few: u64) -> f64 {
    float(many) / float(few.max(1))
}

/// Sends a number of reminders, and measures.
pub async fn send(program: &Path, reminders: usize, clinics: usize) -> Result<ReminderMeasurement, TestError> {
    let database = Database::memory().await?;
    bulk_data::fill_table(&database, reminders, clinics, CopiedRows::Due).await?;
    let due = Instant::parse(DUE).map_err(|_| "not an instant")?;
    let twilio = FakeTwilio::start(FAKE_ACCOUNT.to_owned(), FAKE_TOKEN.to_owned(), Arc::new(move || due.utc()))?;
    let task = |shard: u8, now: Instant| worker::WorkerTask {
        endpoint: database.endpoint().to_owned(),
        twilio: twilio.base_url(),
        shard,
        now: now.rfc3339(),
        seconds: MAX_SECONDS.into(),
        rate: RATE,
    };
    // The first run of a table looks far back, and isn't counted.
    for shard in 0..SHARDS {
        worker::spawn(program, &task(shard, due.plus(-INTERVAL))).await?;
    }
    let began = SystemClock.now();
    let mut measured = ReminderMeasurement { reminders, ..ReminderMeasurement::default() };
    let mut busiest = 0.0;
    loop {
        let now = due.plus(INTERVAL * i32::try_from(measured.ticks)?);
        measured.ticks += 1;
        let before = twilio.messages().len();
        let mut longest = 0.0f64;
        for shard in 0..SHARDS {
            let WorkerReport { seconds, calls, peak_kib } = worker::spawn(program, &task(shard, now)).await?;
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
    measured.duplicates = messages.len() - numbers.len();
    measured.seconds = SystemClock.now().since(began).as_seconds_f64();
    Ok(measured)
}

impl fmt::Display for Reminders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { few, many } = self;
        writeln!(f, "{}\n", describe_machine())?;
        writeln!(f, "| | {} | {} | ratio |\n|---|---:|---:|---:|", few.reminders, many.reminders)?;
        let mut row = |what: &str, few: f64, many: f64, digits: usize| {
            writeln!(f, "| {what} | {few:.digits$} | {many:.digits$} | {:.2} |", many / few)
        };
        let count = |count: usize| float(count as u64);
        row("messages sent", count(few.sent), count(many.sent), 0)?;
        row("calls to the table", float(few.calls), float(many.calls), 0)?;
        row("runs of the job", count(few.ticks), count(many.ticks), 0)?;
        row("longest worker, virtual seconds", few.longest, many.longest, 0)?;
        row("messages a virtual second", few.pace, many.pace, 1)?;
        row("most memory of a worker, MiB", float(few.peak_kib) / 1024.0, float(many.peak_kib) / 1024.0, 0)?;
        row("took, seconds", few.seconds, many.seconds, 0)?;
        writeln!(f, "\n{} and {} numbers got a message twice.", few.duplicates, many.duplicates)
    }
}
