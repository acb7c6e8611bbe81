//! `cargo lab bench`: runs all benches and prints one table of ratios, or one bench with a table of its own with times.
//!
//! | `cargo lab bench …` | |
//! |---|---|
//! | `cold-start` | [`cold_start`]: start and first request of each function |
//! | `warm` | [`warm`]: time and instructions of an operation besides its calls to the table |
//! | `growth` | [`growth`]: cost of operations in tables of growing size |
//! | `throughput` | [`throughput`]: requests a second of the local server |
//! | `reminders` | [`reminders`]: many due reminders, and a tenth of them |
//! | `memory` | [`memory`]: operations by memory size of a function. It needs root, so it is not part of all benches. |
//!
//! `cargo lab costs` computes capacity units and billed milliseconds, which are the same on every machine.

pub mod bare_calls;
pub mod bulk_data;
pub mod cold_start;
pub mod figures;
pub(crate) mod fixture;
pub mod growth;
pub(crate) mod instructions;
pub mod machine;
pub mod memory;
pub mod reminders;
pub mod throughput;
pub mod warm;
pub mod worker;

use crate::options::{AllBenchesOptions, Bench, ColdStartOptions, RemindersBenchOptions, WarmOptions, defaults};
use figures::{FigureTable, Measurements};
use std::io::Write as _;
use testkit::test_app::TestError;

/// Reminders of the bench when all benches run.
const REMINDERS: usize = 10_000;

/// Runs the given bench, or all.
///
/// # Errors
/// A limit was exceeded, or the bench itself failed.
pub async fn run(which: Option<Bench>, options: &AllBenchesOptions) -> Result<(), TestError> {
    match which {
        None => run_all(options).await,
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

fn print(measured: &impl Measurements) -> Result<(), TestError> {
    write!(std::io::stdout(), "{measured}")?;
    check_limits(&measured.exceeded_limits())
}

fn check_limits(exceeded: &[String]) -> Result<(), TestError> {
    if exceeded.is_empty() { Ok(()) } else { Err(exceeded.join("; ").into()) }
}

/// Runs all benches with their defaults. Skips those whose release binaries are missing, and prints that.
async fn run_all(options: &AllBenchesOptions) -> Result<(), TestError> {
    let AllBenchesOptions { binaries, zips } = options.clone();
    let (mut figures, mut exceeded) = (Vec::new(), Vec::new());
    let mut add = |measured: &dyn Measurements| {
        figures.extend(measured.figures());
        exceeded.extend(measured.exceeded_limits());
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
    write!(std::io::stdout(), "{}", FigureTable(&figures))?;
    check_limits(&exceeded)
}

/// Peak memory of a process in KiB; `None` if the system doesn't report it.
pub(crate) fn peak_kib(process: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok())
}

/// A count as a floating-point number.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2⁵², up to which this is exact")]
pub(crate) fn float(count: u64) -> f64 {
    count as f64
}
