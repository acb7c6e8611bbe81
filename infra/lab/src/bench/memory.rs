//! `cargo lab bench memory`: how much memory should a function have?
//!
//! Lambda sells memory and gives a share of a processor with it: a whole one with 1,769 MB. Our functions need less
//! memory than the least that can be bought, so it is the processor that is chosen. Each size is emulated with a
//! control group that gets its share in periods of 20 ms, from the first event on: the init phase has a whole
//! processor whatever was bought. The table's answer takes no time of the function's share; what it would take in AWS
//! is added where the price is told.
//!
//! It needs Linux and the right to make control groups.
//!
//! Found in November 2026 (2 × Xeon at load 4, medians of 60, dollars for a million; the times are half the embedded
//! table's):
//!
//! | MB | read an appointment | book an appointment | confirm by WhatsApp |
//! |---:|---:|---:|---:|
//! | 128 | 3.0 ms, p99 19, $0.02 | 18 ms, p99 45, $0.06 | 19 ms, p99 46, $0.07 |
//! | 256 | 3.2 ms, p99 9, $0.04 | 11 ms, p99 29, $0.09 | 8 ms, p99 24, $0.11 |
//! | 512 | 3.0 ms, p99 11, $0.08 | 10 ms, p99 22, $0.18 | 9 ms, p99 18, $0.22 |
//! | 1,024 | 3.0 ms, p99 9, $0.16 | 10 ms, p99 21, $0.36 | 9 ms, p99 18, $0.44 |
//!
//! So the template's functions have 256 MB: more makes nothing faster, and with less whoever books waits nearly twice as
//! long. Asked without a pause, so that a share is always used up, 128 MB take three times as long as 256 and cost
//! the same.

use super::figures::percentile;
use super::machine::machine;
use super::stage::{Operation, Stage};
use crate::costs::money::{CALL_MS, GB_SECONDS};
use crate::options::MemoryOptions;
use crate::runtime_api::{Running, Secrets};
use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use testkit::test_app::Trouble;

/// The memory that a whole processor comes with, in MB: AWS, "Configure Lambda function memory".
const WHOLE: f64 = 1_769.0;
/// In microseconds.
const PERIOD: u32 = 20_000;
/// What is done, and how many calls to the table it waits for one after the other.
const OPERATIONS: [(Operation, f64); 3] =
    [(Operation::Appointment, 2.0), (Operation::Book, 4.0), (Operation::Confirm, 6.0)];

/// A control group that gets a share of a processor. It is removed when it is dropped.
struct Share(PathBuf);

impl Share {
    /// Puts a process into one.
    fn of(process: u32, share: f64) -> std::io::Result<Self> {
        let name = format!("citas-{process}");
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most some periods")]
        let quota = ((f64::from(PERIOD) * share) as u32).max(1_000);
        let first = PathBuf::from("/sys/fs/cgroup/cpu").join(&name);
        if first.parent().is_some_and(|hierarchy| hierarchy.is_dir()) {
            let share = Self(first);
            std::fs::create_dir(&share.0)?;
            std::fs::write(share.0.join("cpu.cfs_period_us"), PERIOD.to_string())?;
            std::fs::write(share.0.join("cpu.cfs_quota_us"), quota.to_string())?;
            std::fs::write(share.0.join("cgroup.procs"), process.to_string())?;
            return Ok(share);
        }
        let share = Self(PathBuf::from("/sys/fs/cgroup").join(name));
        std::fs::create_dir(&share.0)?;
        std::fs::write(share.0.join("cpu.max"), format!("{quota} {PERIOD}"))?;
        std::fs::write(share.0.join("cgroup.procs"), process.to_string())?;
        Ok(share)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        // It can't be removed before the process has ended; an empty one harms nobody.
        let _ = std::fs::remove_dir(&self.0);
    }
}

/// Measures, and prints a table.
///
/// # Errors
/// An answer that isn't one, or a control group that can't be made; [`Trouble`].
pub async fn memory(options: &MemoryOptions) -> Result<(), Trouble> {
    let secrets = Secrets::new(&options.binaries, "memory")?;
    let confirmed = u32::try_from(options.sizes.len())? * (options.rounds + 1);
    let stage = Stage::new(confirmed + 1).await?;
    let environment = stage.environment(&secrets)?;
    let mut out = std::io::stdout();
    writeln!(out, "{}\n", machine())?;
    writeln!(out, "| | MB | first, ms | p50, ms | p99, ms | billed with the table's time, ms | a million, $ |")?;
    writeln!(out, "|---|---:|---:|---:|---:|---:|---:|")?;
    for (operation, calls) in OPERATIONS {
        for size in &options.sizes {
            let mut function = Running::start(&options.binaries.join(operation.function()), &environment).await?;
            function.ready().await?;
            let share = Share::of(function.id(), f64::from(*size) / WHOLE)?;
            let mut took = Vec::new();
            for _ in 0..=options.rounds {
                let event = stage.event(operation)?;
                // Requests come one by one: what the one before took of its share is given back meanwhile.
                tokio::time::sleep(Duration::from_micros((2 * PERIOD).into())).await;
                let began = Instant::now();
                let answer = function.invoke(event).await?;
                took.push(1e3 * began.elapsed().as_secs_f64());
                operation.expect(&answer)?;
            }
            drop((function, share));
            let first = took.remove(0);
            took.sort_by(f64::total_cmp);
            let mean = took.iter().sum::<f64>() / f64::from(options.rounds);
            let billed = mean + calls * CALL_MS;
            let price = 1e6 * billed / 1e3 * f64::from(*size) / 1024.0 * GB_SECONDS;
            let (p50, p99, name) = (percentile(&took, 50), percentile(&took, 99), operation.name());
            writeln!(out, "| {name} | {size} | {first:.1} | {p50:.1} | {p99:.1} | {billed:.1} | {price:.2} |")?;
        }
    }
    Ok(())
}
