//! `cargo lab bench throughput`: measures requests a second and memory of the local server, by number of concurrent
//! clients.
//!
//! Functions and embedded table share this process, so the absolute numbers say nothing about Lambda: what counts is
//! that more clients don't make requests slower. Of ten requests, eight read an appointment, one reads a doctor's day,
//! and one books.
//!
//! Result of November 2026 (2 × Xeon at load 7, `--profile counted`): 266, 313 and 262 requests a second with 1, 4 and
//! 16 clients, in 88 MiB.

use super::figures::{Figure, Measurements};
use super::fixture::{BenchFixture, BenchOperation};
use super::machine::describe_machine;
use crate::options::ThroughputOptions;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use std::fmt;
use std::time::Instant;
use testkit::test_app::TestError;

pub struct Throughput {
    /// Number of clients, and requests a second.
    rates: Vec<(usize, f64)>,
    /// Peak memory of this process in KiB, if known.
    peak_kib: Option<u64>,
}

pub async fn measure(options: &ThroughputOptions) -> Result<Throughput, TestError> {
    let fixture = BenchFixture::new(1).await?;
    fixture.book_on_separate_days();
    let mut rates = Vec::new();
    for clients in &options.clients {
        let began = Instant::now();
        let requests = stream::iter(0..options.requests).map(|number| {
            fixture.run(match number % 10 {
                0 => BenchOperation::Book,
                1 => BenchOperation::Day,
                _ => BenchOperation::Appointment,
            })
        });
        requests.buffer_unordered(*clients).try_for_each(|_| std::future::ready(Ok(()))).await?;
        rates.push((*clients, f64::from(options.requests) / began.elapsed().as_secs_f64()));
    }
    Ok(Throughput { rates, peak_kib: super::peak_kib("self") })
}

impl Throughput {
    /// Number of clients, rate, and how much longer a request takes than with the first number of clients.
    fn slowdowns(&self) -> impl Iterator<Item = (usize, f64, f64)> {
        let first = self.rates.first().map_or(f64::NAN, |(_, rate)| *rate);
        self.rates.iter().map(move |(clients, rate)| (*clients, *rate, first / rate))
    }
}

impl Measurements for Throughput {
    fn figures(&self) -> Vec<Figure> {
        let what = |clients| format!("time per request with {clients} clients, × with the first number");
        self.slowdowns().skip(1).map(|(clients, _, slowdowns)| Figure::new(what(clients), slowdowns)).collect()
    }
}

impl fmt::Display for Throughput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n\n| clients | requests a second | time, × the first |\n|---:|---:|---:|", describe_machine())?;
        for (clients, rate, slowdowns) in self.slowdowns() {
            writeln!(f, "| {clients} | {rate:.0} | {slowdowns:.2} |")?;
        }
        match self.peak_kib {
            Some(peak) => writeln!(f, "\nPeak memory of functions and table together: {} MiB.", peak / 1024),
            None => Ok(()),
        }
    }
}
