//! `cargo lab bench memory`: measures operations with the processor share that Lambda grants for a memory size.
//!
//! Lambda grants a share of a processor in proportion to memory: a whole one at 1,769 MB. The functions need less
//! memory than the smallest size, so the size only decides the processor share. Each size is emulated by a control
//! group with its share in periods of 20 ms, from the first event on, since the init phase has a whole processor at any
//! size. The table's own time is not part of the function's share; the time that it takes in AWS is added to the price.
//!
//! It needs Linux and the permission to create control groups.
//!
//! # Results
//!
//! November 2026 (2 × Xeon at load 4, medians of 60 runs, dollars per million; half of the time is the embedded
//! table's):
//!
//! | MB | read an appointment | book an appointment | confirm by WhatsApp |
//! |---:|---:|---:|---:|
//! | 128 | 3.0 ms, p99 19, $0.02 | 18 ms, p99 45, $0.06 | 19 ms, p99 46, $0.07 |
//! | 256 | 3.2 ms, p99 9, $0.04 | 11 ms, p99 29, $0.09 | 8 ms, p99 24, $0.11 |
//! | 512 | 3.0 ms, p99 11, $0.08 | 10 ms, p99 22, $0.18 | 9 ms, p99 18, $0.22 |
//! | 1,024 | 3.0 ms, p99 9, $0.16 | 10 ms, p99 21, $0.36 | 9 ms, p99 18, $0.44 |
//!
//! The template's functions have 256 MB: more memory makes nothing faster, and with less a booking takes almost twice
//! as long. Without pauses between requests, so that the share is always used up, 128 MB takes three times as long as
//! 256 MB and costs the same.

use super::figures::percentile;
use super::fixture::{BenchFixture, BenchOperation};
use super::machine::describe_machine;
use crate::costs::money::{CALL_MS, GB_SECONDS};
use crate::options::MemoryOptions;
use crate::runtime_api::{RunningFunction, TemporarySecrets};
use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use testkit::test_app::TestError;

/// The memory size with a whole processor, in MB: AWS, "Configure Lambda function memory".
const WHOLE_PROCESSOR_MB: f64 = 1_769.0;
/// The control group's period, in microseconds.
const PERIOD: u32 = 20_000;
/// Operations, with the number of their sequential calls to the table.
const OPERATIONS: [(BenchOperation, f64); 3] =
    [(BenchOperation::Appointment, 2.0), (BenchOperation::Book, 4.0), (BenchOperation::Confirm, 6.0)];

/// A control group with a share of a processor. It is removed when it is dropped.
struct CpuShare(PathBuf);

impl CpuShare {
    /// Puts a process into a new group.
    fn limit(process: u32, share: f64) -> std::io::Result<Self> {
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

impl Drop for CpuShare {
    fn drop(&mut self) {
        // The group can't be removed before the process has ended. An empty group that stays is harmless.
        let _ = std::fs::remove_dir(&self.0);
    }
}

/// Measures, and prints a table.
pub async fn memory(options: &MemoryOptions) -> Result<(), TestError> {
    let secrets = TemporarySecrets::new(&options.binaries, "memory")?;
    let confirmed = u32::try_from(options.sizes.len())? * (options.rounds + 1);
    let fixture = BenchFixture::new(confirmed + 1).await?;
    let environment = fixture.environment(&secrets)?;
    let mut out = std::io::stdout();
    writeln!(out, "{}\n", describe_machine())?;
    writeln!(out, "| | MB | first, ms | p50, ms | p99, ms | billed with the table's time, ms | a million, $ |")?;
    writeln!(out, "|---|---:|---:|---:|---:|---:|---:|")?;
    for (operation, calls) in OPERATIONS {
        for size in &options.sizes {
            let mut function =
                RunningFunction::start(&options.binaries.join(operation.function()), &environment).await?;
            function.wait_until_ready().await?;
            let share = CpuShare::limit(function.id(), f64::from(*size) / WHOLE_PROCESSOR_MB)?;
            let mut times = Vec::new();
            for _ in 0..=options.rounds {
                let event = fixture.event(operation)?;
                // In AWS requests arrive with pauses, in which the share that the previous one used is restored.
                tokio::time::sleep(Duration::from_micros((2 * PERIOD).into())).await;
                let began = Instant::now();
                let answer = function.invoke(event).await?;
                times.push(1e3 * began.elapsed().as_secs_f64());
                operation.expect_success(&answer)?;
            }
            drop((function, share));
            let first = times.remove(0);
            times.sort_by(f64::total_cmp);
            let mean = times.iter().sum::<f64>() / f64::from(options.rounds);
            let billed = mean + calls * CALL_MS;
            let price = 1e6 * billed / 1e3 * f64::from(*size) / 1024.0 * GB_SECONDS;
            let (p50, p99, name) = (percentile(&times, 50), percentile(&times, 99), operation.name());
            writeln!(out, "| {name} | {size} | {first:.1} | {p50:.1} | {p99:.1} | {billed:.1} | {price:.2} |")?;
        }
    }
    Ok(())
}
