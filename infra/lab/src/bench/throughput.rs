//! `cargo lab bench throughput`: how many requests a second does the local server answer, by how many clients at once,
//! and with how much memory?
//!
//! Functions and the embedded table are in this process, so it is the machine that is shared, and not Lambda that is
//! measured: what counts is that more clients don't make it slower. Of ten requests eight read an appointment, one reads a
//! doctor's day, and one books.
//!
//! Found in November 2026 (2 × Xeon at load 7, `--profile counted`): 266, 313 and 262 requests a second by 1, 4 and 16
//! clients, in 88 MiB.

use super::figures::{Figure, Measurements};
use super::machine::machine;
use super::stage::{Operation, Stage};
use crate::options::ThroughputOptions;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use std::fmt;
use std::time::Instant;
use testkit::test_app::Trouble;

/// What was measured.
pub struct Throughput {
    /// Requests a second by numbers of clients.
    rates: Vec<(usize, f64)>,
    /// The most memory that this process has had, in KiB, where the machine tells.
    peak_kib: Option<u64>,
}

/// Measures.
///
/// # Errors
/// A request that wasn't answered as it should be; [`Trouble`].
pub async fn measure(options: &ThroughputOptions) -> Result<Throughput, Trouble> {
    let stage = Stage::new(1).await?;
    stage.spread_out();
    let mut rates = Vec::new();
    for clients in &options.clients {
        let began = Instant::now();
        let requests = stream::iter(0..options.requests).map(|number| {
            stage.answer(match number % 10 {
                0 => Operation::Book,
                1 => Operation::Day,
                _ => Operation::Appointment,
            })
        });
        requests.buffer_unordered(*clients).try_for_each(|_| std::future::ready(Ok(()))).await?;
        rates.push((*clients, f64::from(options.requests) / began.elapsed().as_secs_f64()));
    }
    Ok(Throughput { rates, peak_kib: super::peak_kib("self") })
}

impl Throughput {
    /// How much longer a request takes by so many clients than by the first number of them.
    fn slower(&self) -> impl Iterator<Item = (usize, f64, f64)> {
        let first = self.rates.first().map_or(f64::NAN, |(_, rate)| *rate);
        self.rates.iter().map(move |(clients, rate)| (*clients, *rate, first / rate))
    }
}

impl Measurements for Throughput {
    fn figures(&self) -> Vec<Figure> {
        let what = |clients| format!("a request's share of the time by {clients} clients, × by one");
        self.slower().skip(1).map(|(clients, _, slower)| Figure::new(what(clients), slower)).collect()
    }
}

impl fmt::Display for Throughput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n\n| clients | requests a second | time, × the first |\n|---:|---:|---:|", machine())?;
        for (clients, rate, slower) in self.slower() {
            writeln!(f, "| {clients} | {rate:.0} | {slower:.2} |")?;
        }
        match self.peak_kib {
            Some(peak) => writeln!(f, "\nMost memory of functions and table together: {} MiB.", peak / 1024),
            None => Ok(()),
        }
    }
}
