//! `cargo lab bench warm`: measures time and instructions of an operation, compared with its bare calls to the table.
//!
//! Each operation runs in the release binary of its function behind Lambda's runtime API, as in
//! [`super::cold_start`]. `baseline-calls` makes the same calls to the table, in the same rounds and with the same SDK,
//! and nothing else. The two alternate on one table, so that the ratio is meaningful where the times are not. If
//! valgrind is installed, the instructions of both are counted too, which are the same on every machine of a kind.
//!
//! The times include the runtime API itself (see the row of `baseline-hello`), which takes longer if this program was
//! built without optimisation: use `cargo run --profile counted -p lab -- bench warm`.
//!
//! # Results
//!
//! November 2026 (2 × Xeon, 100 rounds, this program with `--profile counted`):
//!
//! | | time, × bare | limit | instructions, × bare | limit |
//! |---|---:|---:|---:|---:|
//! | read a patient | 1.39 | 1.8 | 1.18 | 1.9 |
//! | read an appointment | 1.72 | 1.8 | 1.41 | 1.9 |
//! | a doctor's day of 24 | 1.48 | | 1.56 | |
//! | book an appointment | 0.93 | 1.3 | 0.82 | 1.4 |
//! | confirm by WhatsApp | 1.25 | | 1.14 | |
//!
//! Reading an appointment was 1.42 and 1.24 times two calls. Now it is one, since the row that a path names is read
//! together with the caller's rows ([`app::support::prefetch`]).
//!
//! The bare calls of a booking put every row, where the booking updates some, and so take more instructions than the
//! booking. The time of the webhook includes sending its reply.
//!
//! # Experiments
//!
//! Verifying a token's signature once instead of at each request saved 0.5 M instructions a request, a quarter of
//! reading an appointment. `opt-level = "s"` for all crates slowed down computation (`domain`, hashes, normalisation)
//! by up to 2.5 times, so those crates keep 3; its effect on the SDK and HTTP wasn't measured.

use super::cold_start::HELLO;
use super::figures::{Figure, Measurements, percentile};
use super::fixture::{BenchFixture, BenchOperation};
use super::machine::describe_machine;
use super::{float, instructions};
use crate::options::WarmOptions;
use crate::runtime_api::{RunningFunction, TemporarySecrets};
use baselines::calls::CallSequence;
use serde_json::json;
use std::fmt;
use std::path::Path;
use std::time::Instant;
use testkit::test_app::TestError;

/// The binary that makes the bare calls.
pub(super) const CALLS: &str = "baseline-calls";
/// Requests of a process that are not measured, since they initialise it.
const WARM_UP: u32 = 5;
/// Further requests over which instructions are counted.
const COUNTED: u32 = 20;

/// The measurements of an operation.
struct OperationMeasurement {
    operation: BenchOperation,
    rounds: usize,
    calls: usize,
    /// Times of the operation and of its bare calls in microseconds, each sorted.
    whole: Vec<f64>,
    bare: Vec<f64>,
    /// Instructions of the operation, and of its bare calls.
    instructions: Option<(u64, u64)>,
}

/// The measurements of all operations.
pub struct Warm {
    all: Vec<OperationMeasurement>,
    /// Times of an empty event in microseconds, sorted.
    empty: Vec<f64>,
}

pub async fn measure(options: &WarmOptions) -> Result<Warm, TestError> {
    let secrets = TemporarySecrets::new(&options.binaries, "warm")?;
    let fixture = BenchFixture::new(2 * (2 * WARM_UP + options.rounds + COUNTED)).await?;
    let environment = fixture.environment(&secrets)?;
    let mut bare = start(options, &environment, CALLS).await?;
    let mut empty = Vec::new();
    let mut hello = start(options, &environment, HELLO).await?;
    let mut all = Vec::new();
    for operation in BenchOperation::ALL {
        let calls = fixture.calls(operation).await?;
        let mut function = start(options, &environment, operation.function()).await?;
        let mut measured = OperationMeasurement {
            operation,
            rounds: calls.rounds.len(),
            calls: calls.rounds.iter().map(Vec::len).sum(),
            whole: Vec::new(),
            bare: Vec::new(),
            instructions: None,
        };
        for round in 0..WARM_UP + options.rounds {
            let event = fixture.event(operation)?;
            let began = Instant::now();
            let answer = function.invoke(event).await?;
            let whole = 1e6 * began.elapsed().as_secs_f64();
            operation.expect_success(&answer)?;
            let began = Instant::now();
            hello.invoke("{}".to_owned()).await?;
            let idle = 1e6 * began.elapsed().as_secs_f64();
            let once = json!(CallSequence { times: 1, ..calls.clone() }).to_string();
            let times: Vec<f64> = serde_json::from_value(bare.invoke(once).await?)?;
            if round >= WARM_UP {
                measured.whole.push(whole);
                measured.bare.extend(times);
                empty.push(idle);
            }
        }
        drop(function);
        measured.whole.sort_by(f64::total_cmp);
        measured.bare.sort_by(f64::total_cmp);
        measured.instructions = count_instructions(options, &fixture, &environment, operation, &calls).await?;
        all.push(measured);
    }
    empty.sort_by(f64::total_cmp);
    Ok(Warm { all, empty })
}

async fn start(
    options: &WarmOptions,
    environment: &[(&str, String)],
    binary: &str,
) -> Result<RunningFunction, TestError> {
    RunningFunction::start(&options.binaries.join(binary), environment).await
}

/// Counts the instructions of an operation and of its bare calls; `None` without valgrind.
async fn count_instructions(
    options: &WarmOptions,
    fixture: &BenchFixture,
    environment: &[(&str, String)],
    operation: BenchOperation,
    calls: &CallSequence,
) -> Result<Option<(u64, u64)>, TestError> {
    if !instructions::are_countable() {
        return Ok(None);
    }
    let once = json!(CallSequence { times: 1, ..calls.clone() }).to_string();
    let operation_event = || fixture.event(operation);
    let whole = count_per_event(&options.binaries.join(operation.function()), environment, operation_event).await?;
    let bare = count_per_event(&options.binaries.join(CALLS), environment, || Ok(once.clone())).await?;
    Ok(Some((whole, bare)))
}

/// Instructions per event after the warm-up.
async fn count_per_event(
    binary: &Path,
    environment: &[(&str, String)],
    event: impl Fn() -> Result<String, TestError>,
) -> Result<u64, TestError> {
    let events = |times: u32| (0..times).map(|_| event()).collect::<Result<Vec<_>, _>>();
    let few = instructions::count(binary, environment, events(WARM_UP)?).await?;
    let many = instructions::count(binary, environment, events(WARM_UP + COUNTED)?).await?;
    Ok(many.saturating_sub(few) / u64::from(COUNTED))
}

/// Limits of the ratios to bare calls: of an operation's time, and of its instructions.
fn limits(operation: BenchOperation) -> (Option<f64>, Option<f64>) {
    match operation {
        BenchOperation::Patient | BenchOperation::Appointment => (Some(1.8), Some(1.9)),
        BenchOperation::Book => (Some(1.3), Some(1.4)),
        BenchOperation::Day | BenchOperation::Confirm => (None, None),
    }
}

impl OperationMeasurement {
    fn times_bare(&self) -> f64 {
        percentile(&self.whole, 50) / percentile(&self.bare, 50)
    }

    fn instructions_times_bare(&self) -> Option<f64> {
        self.instructions.map(|(whole, bare)| float(whole) / float(bare))
    }
}

impl Measurements for Warm {
    fn figures(&self) -> Vec<Figure> {
        let figures_of = |measured: &OperationMeasurement| {
            let (time, instructions) = limits(measured.operation);
            let name = measured.operation.name();
            let figure = |what: &str, value| Figure::new(format!("{name}: {what}, × bare calls"), value);
            let counted = measured.instructions_times_bare();
            let counted = counted.map(|value| figure("instructions", value).at_most(instructions));
            [Some(figure("time", measured.times_bare()).at_most(time)), counted]
        };
        self.all.iter().flat_map(figures_of).flatten().collect()
    }
}

impl fmt::Display for Warm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", describe_machine())?;
        writeln!(
            f,
            "| | calls in rounds | p50, µs | p99, µs | bare p50, µs | bare p99, µs | × bare | instructions | bare | × bare |"
        )?;
        writeln!(f, "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|")?;
        for measured in &self.all {
            let OperationMeasurement { operation, rounds, calls, whole, bare, instructions } = measured;
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
        let (p50, p99) = (percentile(&self.empty, 50), percentile(&self.empty, 99));
        writeln!(f, "| {HELLO} | 0 in 0 | {p50:.0} | {p99:.0} | | | | | | |")
    }
}
