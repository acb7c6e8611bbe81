//! Benches. `cargo lab bench` runs them and prints one table, of ratios measured side by side; each alone prints a
//! table of its own, with times.
//!
//! | `cargo lab bench …` | |
//! |---|---|
//! | `cold-start` | [`cold_start`]: what does the first request to a function wait for? |
//! | `warm` | [`warm`]: what does an operation take besides its calls to the table? |
//! | `growth` | [`growth`]: does an operation cost more where the table holds more? |
//! | `throughput` | [`throughput`]: how many requests a second does the local server answer? |
//! | `reminders` | [`reminders`]: are ten times the reminders ten times the work? |
//! | `memory` | [`memory`]: how much memory should a function have? It needs rights, so it runs only alone. |
//!
//! What an operation costs in capacity units and billed milliseconds is `cargo lab costs`: that is the same on every
//! machine.

pub mod bare;
pub mod cold_start;
pub mod crowd;
pub mod figures;
pub mod growth;
pub(crate) mod instructions;
pub mod machine;
pub mod memory;
pub mod reminders;
pub(crate) mod stage;
pub mod throughput;
pub mod warm;
pub mod worker;

use crate::options::{AllBenchesOptions, Bench, ColdStartOptions, RemindersBenchOptions, WarmOptions, defaults};
use figures::{Measurements, Table};
use std::io::Write as _;
use testkit::test_app::Trouble;

/// Reminders of the table of all.
const REMINDERS: usize = 10_000;

/// Runs the bench that is asked for, or all.
///
/// # Errors
/// A promise that wasn't kept; [`Trouble`] of the bench's own machinery.
pub async fn run(which: Option<Bench>, options: &AllBenchesOptions) -> Result<(), Trouble> {
    match which {
        None => all(options).await,
        Some(Bench::ColdStart(options)) => print(&cold_start::measure(&options).await?),
        Some(Bench::Warm(options)) => print(&warm::measure(&options).await?),
        Some(Bench::Growth(options)) => print(&growth::measure(&options).await?),
        Some(Bench::Throughput(options)) => print(&throughput::measure(&options).await?),
        Some(Bench::Reminders(options)) => print(&reminders::measure(&options).await?),
        Some(Bench::Memory(options)) => memory::memory(&options).await,
        Some(Bench::Worker { task }) => {
            let report = worker::work(&task).await?;
            Ok(writeln!(std::io::stdout(), "{}", serde_json::json!(report))?)
        }
    }
}

fn print(measured: &impl Measurements) -> Result<(), Trouble> {
    write!(std::io::stdout(), "{measured}")?;
    kept(&measured.broken())
}

fn kept(broken: &[String]) -> Result<(), Trouble> {
    if broken.is_empty() { Ok(()) } else { Err(broken.join("; ").into()) }
}

/// All of them, with what they do by themselves; what needs binaries that aren't there is left out, and that is said.
async fn all(options: &AllBenchesOptions) -> Result<(), Trouble> {
    let AllBenchesOptions { binaries, zips } = options.clone();
    let (mut figures, mut broken) = (Vec::new(), Vec::new());
    let mut add = |measured: &dyn Measurements| {
        figures.extend(measured.figures());
        broken.extend(measured.broken());
    };
    if binaries.join(warm::CALLS).exists() {
        add(&cold_start::measure(&ColdStartOptions { binaries: binaries.clone(), zips, ..defaults()? }).await?);
        add(&warm::measure(&WarmOptions { binaries, ..defaults()? }).await?);
    } else {
        let folder = binaries.display();
        writeln!(std::io::stderr(), "skipped: cold-start, warm: no release binaries and baselines in {folder}")?;
    }
    add(&growth::measure(&defaults()?).await?);
    add(&throughput::measure(&defaults()?).await?);
    add(&reminders::measure(&RemindersBenchOptions { reminders: REMINDERS, ..defaults()? }).await?);
    write!(std::io::stdout(), "{}", Table(&figures))?;
    kept(&broken)
}

/// The most memory that a process has had, in KiB; nothing where the machine doesn't tell.
pub(crate) fn peak_kib(process: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok())
}

/// A count as a number with a point.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2⁵², up to which this is exact")]
pub(crate) fn float(count: u64) -> f64 {
    count as f64
}
