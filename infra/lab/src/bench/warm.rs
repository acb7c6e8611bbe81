//! `cargo lab bench warm`: what does an operation take besides its calls to the table?
//!
//! Each operation goes through the release binary of its function, by way of Lambda's runtime API, as in
//! [`super::cold_start`]; `baseline-calls` makes the calls that the operation makes, in as many rounds, with the same
//! SDK and nothing around them. Both in turn, on one table, so that the ratio holds where the times don't. Where
//! valgrind is, the instructions of both are counted besides: those are the same on every machine of a kind.
//!
//! What the runtime API itself takes is in the times of the operations (see the row of `baseline-hello`), and more of
//! it where this program was built without optimisation: `cargo run --profile counted -p dev -- bench warm`.
//!
//! Found in November 2026 (2 × Xeon, 100 rounds, this program `--profile counted`):
//!
//! | | time, × bare | aimed at | instructions, × bare | aimed at |
//! |---|---:|---:|---:|---:|
//! | read a patient | 1.39 | 1.8 | 1.18 | 1.9 |
//! | read an appointment | 1.72 | 1.8 | 1.41 | 1.9 |
//! | a doctor's day of 24 | 1.48 | | 1.56 | |
//! | book an appointment | 0.93 | 1.3 | 0.82 | 1.4 |
//! | confirm by WhatsApp | 1.25 | | 1.14 | |
//!
//! Reading an appointment was 1.42 and 1.24 times two calls; it is that of one now, since what a path names is read with the
//! rows of whoever asks ([`app::support::path_row`]).
//!
//! A booking's bare calls put every row whole, where it updates some: that takes more instructions than it does.
//! What WhatsApp's webhook sends in answer is in its time.
//!
//! What was tried: proving a token's signature once and not at each request took 0.5 M instructions off every
//! request, a quarter of reading an appointment. `opt-level = "s"` for everything made what computes (`domain`,
//! hashes, normalisation) up to 2.5 times as long, so those keep 3; what the SDK and HTTP lose by it wasn't measured.

use super::cold_start::HELLO;
use super::figures::{Figure, Measurements, percentile};
use super::machine::machine;
use super::stage::{Operation, Stage};
use super::{float, instructions};
use crate::options::WarmOptions;
use crate::runtime_api::{Running, Secrets};
use baselines::calls::Calls;
use serde_json::json;
use std::fmt;
use std::time::Instant;
use testkit::test_app::Trouble;

/// What makes the bare calls.
pub(super) const CALLS: &str = "baseline-calls";
/// The first requests of a process do what is done once.
const FIRST: u32 = 5;
/// Instructions are what a process takes for so many more, less what it takes for the first.
const MORE: u32 = 20;

/// What was measured of an operation.
struct Measured {
    operation: Operation,
    rounds: usize,
    calls: usize,
    /// In microseconds, each sorted.
    whole: Vec<f64>,
    bare: Vec<f64>,
    /// Of the whole, and of the bare calls.
    instructions: Option<(u64, u64)>,
}

/// The measurements of all operations.
pub struct Warm {
    all: Vec<Measured>,
    /// What an empty event takes, in microseconds, sorted.
    nothing: Vec<f64>,
}

/// Measures.
///
/// # Errors
/// An answer that isn't one; [`Trouble`].
pub async fn measure(options: &WarmOptions) -> Result<Warm, Trouble> {
    let secrets = Secrets::new(&options.binaries, "warm")?;
    let stage = Stage::new(2 * (2 * FIRST + options.rounds + MORE)).await?;
    let environment = stage.environment(&secrets)?;
    let start = async |binary: &str| Running::start(&options.binaries.join(binary), &environment).await;
    let mut bare = start(CALLS).await?;
    let mut nothing = Vec::new();
    let mut hello = start(HELLO).await?;
    let mut all = Vec::new();
    for operation in Operation::ALL {
        let calls = stage.calls(operation).await?;
        let mut function = start(operation.function()).await?;
        let mut measured = Measured {
            operation,
            rounds: calls.rounds.len(),
            calls: calls.rounds.iter().map(Vec::len).sum(),
            whole: Vec::new(),
            bare: Vec::new(),
            instructions: None,
        };
        for round in 0..FIRST + options.rounds {
            let event = stage.event(operation)?;
            let began = Instant::now();
            let answer = function.invoke(event).await?;
            let whole = 1e6 * began.elapsed().as_secs_f64();
            operation.expect(&answer)?;
            let began = Instant::now();
            hello.invoke("{}".to_owned()).await?;
            let idle = 1e6 * began.elapsed().as_secs_f64();
            let once = json!(Calls { times: 1, ..calls.clone() }).to_string();
            let took: Vec<f64> = serde_json::from_value(bare.invoke(once).await?)?;
            if round >= FIRST {
                measured.whole.push(whole);
                measured.bare.extend(took);
                nothing.push(idle);
            }
        }
        drop(function);
        measured.whole.sort_by(f64::total_cmp);
        measured.bare.sort_by(f64::total_cmp);
        measured.instructions = counted(options, &stage, &environment, operation, &calls).await?;
        all.push(measured);
    }
    nothing.sort_by(f64::total_cmp);
    Ok(Warm { all, nothing })
}

/// Instructions of an operation, and of its bare calls; nothing where they can't be counted.
async fn counted(
    options: &WarmOptions,
    stage: &Stage,
    environment: &[(&str, String)],
    operation: Operation,
    calls: &Calls,
) -> Result<Option<(u64, u64)>, Trouble> {
    if !instructions::are_countable() {
        return Ok(None);
    }
    let count = async |binary: &str, event: &dyn Fn() -> Result<String, Trouble>| {
        let events = |times: u32| (0..times).map(|_| event()).collect::<Result<Vec<_>, _>>();
        let binary = options.binaries.join(binary);
        let few = instructions::count(&binary, environment, events(FIRST)?).await?;
        let many = instructions::count(&binary, environment, events(FIRST + MORE)?).await?;
        Ok::<_, Trouble>(many.saturating_sub(few) / u64::from(MORE))
    };
    let whole = count(operation.function(), &|| stage.event(operation)).await?;
    let once = json!(Calls { times: 1, ..calls.clone() }).to_string();
    Ok(Some((whole, count(CALLS, &|| Ok(once.clone())).await?)))
}

/// Of an operation's time, and of its instructions: how many times its bare calls they should be at most.
fn aimed_at(operation: Operation) -> (Option<f64>, Option<f64>) {
    match operation {
        Operation::Patient | Operation::Appointment => (Some(1.8), Some(1.9)),
        Operation::Book => (Some(1.3), Some(1.4)),
        Operation::Day | Operation::Confirm => (None, None),
    }
}

impl Measured {
    fn times_bare(&self) -> f64 {
        percentile(&self.whole, 50) / percentile(&self.bare, 50)
    }

    fn instructions_times_bare(&self) -> Option<f64> {
        self.instructions.map(|(whole, bare)| float(whole) / float(bare))
    }
}

impl Measurements for Warm {
    fn figures(&self) -> Vec<Figure> {
        let of = |measured: &Measured| {
            let (time, instructions) = aimed_at(measured.operation);
            let name = measured.operation.name();
            let figure = |what: &str, value| Figure::new(format!("{name}: {what}, × bare calls"), value);
            let counted = measured.instructions_times_bare();
            let counted = counted.map(|value| figure("instructions", value).at_most(instructions));
            [Some(figure("time", measured.times_bare()).at_most(time)), counted]
        };
        self.all.iter().flat_map(of).flatten().collect()
    }
}

impl fmt::Display for Warm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", machine())?;
        writeln!(
            f,
            "| | calls in rounds | p50, µs | p99, µs | bare p50, µs | bare p99, µs | × bare | instructions | bare | × bare |"
        )?;
        writeln!(f, "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|")?;
        for measured in &self.all {
            let Measured { operation, rounds, calls, whole, bare, instructions } = measured;
            let (p50, bare50) = (percentile(whole, 50), percentile(bare, 50));
            let (p99, bare99) = (percentile(whole, 99), percentile(bare, 99));
            write!(
                f,
                "| {} | {calls} in {rounds} | {p50:.0} | {p99:.0} | {bare50:.0} | {bare99:.0} | ",
                operation.name()
            )?;
            write!(f, "{:.2} | ", measured.times_bare())?;
            match instructions.zip(measured.instructions_times_bare()) {
                Some(((whole, bare), ratio)) => writeln!(f, "{whole} | {bare} | {ratio:.2} |")?,
                None => writeln!(f, "– | – | – |")?,
            }
        }
        let (p50, p99) = (percentile(&self.nothing, 50), percentile(&self.nothing, 99));
        writeln!(f, "| {HELLO} | 0 in 0 | {p50:.0} | {p99:.0} | | | | | | |")
    }
}
