//! `cargo dev bench throughput`: how many requests a second does the local server answer, by how many clients at once,
//! and with how much memory?
//!
//! Functions and the embedded table are in this process, so it is the machine that is shared, and not Lambda that is
//! measured: what counts is that more clients don't make it slower. Of ten requests eight read a visit, one reads a
//! doctor's day, and one books.
//!
//! Found in November 2026 (2 × Xeon at load 7, `--profile counted`): 266, 313 and 262 requests a second by 1, 4 and 16
//! clients, in 88 MiB.

use super::machine::machine;
use super::stage::{Operation, Stage};
use crate::options::ThroughputOptions;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use std::io::Write as _;
use std::time::Instant;
use testkit::test_app::Trouble;

/// Measures, and prints a table.
///
/// # Errors
/// A request that wasn't answered as it should be; [`Trouble`].
pub async fn throughput(options: &ThroughputOptions) -> Result<(), Trouble> {
    let stage = Stage::new(1).await?;
    stage.spread_out();
    let mut all = Vec::new();
    for clients in &options.clients {
        let began = Instant::now();
        let requests = stream::iter(0..options.requests).map(|number| {
            stage.answer(match number % 10 {
                0 => Operation::Book,
                1 => Operation::Day,
                _ => Operation::Visit,
            })
        });
        requests.buffer_unordered(*clients).try_for_each(|_| std::future::ready(Ok(()))).await?;
        all.push((clients, f64::from(options.requests) / began.elapsed().as_secs_f64()));
    }
    let mut out = std::io::stdout();
    writeln!(out, "{}\n\n| clients | requests a second | × the first |\n|---:|---:|---:|", machine())?;
    let first = all.first().map_or(f64::NAN, |(_, rate)| *rate);
    for (clients, rate) in all {
        writeln!(out, "| {clients} | {rate:.0} | {:.2} |", rate / first)?;
    }
    if let Some(peak) = super::peak_kib("self") {
        writeln!(out, "\nMost memory of functions and table together: {} MiB.", peak / 1024)?;
    }
    Ok(())
}
