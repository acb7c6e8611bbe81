//! Explores the faults: runs the scenario without one, with each single fault, and with each pair. The second fault of
//! a pair is injected at a later call of the run that the first one led to.

use super::fault::{FaultKind, InjectedFault};
use super::fault_injector::NumberedCall;
use super::fixture::ReminderFixture;
use super::run::{RemindersPlan, Run, run_with_faults};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;
use testkit::test_app::TestError;
use tokio::task::JoinSet;

/// Which runs the exploration makes.
#[derive(Debug, Clone, Copy)]
pub struct ExplorationLimits {
    /// Whether to run pairs of faults, or single faults only.
    pub pairs: bool,
    /// Runs one pair in so many, chosen by the seed; 1 runs all.
    pub one_in: u64,
    pub seed: u64,
    /// No run starts after this instant.
    pub until: Option<Instant>,
}

/// Result of an exploration.
#[derive(Debug, Clone, Default)]
pub struct ExplorationReport {
    /// Runs with one fault.
    pub singles: usize,
    /// Runs with two faults.
    pub pairs: usize,
    /// Faults that were injected in these runs.
    pub injected: usize,
    /// Number of notifications by template and status.
    pub outcomes: BTreeMap<String, usize>,
    /// Failed runs: their faults, and the violated properties.
    pub failures: Vec<(String, Vec<String>)>,
}

/// Every fault that is possible at the calls of a run after the call `after`.
fn possible_faults(calls: &[NumberedCall], after: Option<usize>) -> impl Iterator<Item = InjectedFault> + '_ {
    let first = after.map_or(0, |at| at + 1);
    calls.iter().enumerate().skip(first).flat_map(|(at, numbered)| {
        FaultKind::possible_at(numbered.call, numbered.booked).into_iter().map(move |kind| InjectedFault { at, kind })
    })
}

/// Explores the faults on several fixtures concurrently. `progress` gets the number of runs so far, and the estimated
/// number of all runs.
pub async fn explore_faults(
    plan: RemindersPlan,
    limits: ExplorationLimits,
    fixtures: usize,
    progress: impl Fn(usize, usize) + Send + Sync + 'static,
) -> Result<ExplorationReport, TestError> {
    let first = ReminderFixture::build(plan).await?;
    let fault_free = run_with_faults(&first, plan, &[]).await?;
    let mut report = ExplorationReport::default();
    add_run(&mut report, &[], &fault_free);
    let mut singles: Vec<InjectedFault> = possible_faults(&fault_free.calls, None).collect();
    // With limited time, each seed starts at another fault.
    let offset = usize::try_from(limits.seed % u64::try_from(singles.len().max(1))?)?;
    singles.rotate_left(offset);
    let singles = Arc::new(singles);
    let (next, runs, progress) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)), Arc::new(progress));
    let stop = Arc::new(AtomicBool::new(false));
    let mut tasks = JoinSet::new();
    for number in 0..fixtures {
        let fixture = if number == 0 { Arc::clone(&first) } else { ReminderFixture::build(plan).await? };
        let (singles, next, runs, progress, stop) =
            (Arc::clone(&singles), Arc::clone(&next), Arc::clone(&runs), Arc::clone(&progress), Arc::clone(&stop));
        tasks.spawn(async move {
            let mut report = ExplorationReport::default();
            let over = || stop.load(Ordering::Relaxed) || limits.until.is_some_and(|until| Instant::now() >= until);
            while let Some(single) = singles.get(next.fetch_add(1, Ordering::Relaxed)).copied() {
                let run = run_with_faults(&fixture, plan, &[single]).await?;
                report.singles += 1;
                add_run(&mut report, &[single], &run);
                let pairs: Vec<InjectedFault> =
                    possible_faults(&run.calls, Some(single.at)).filter(|_| limits.pairs).collect();
                let estimate = singles.len() * (1 + pairs.len() / usize::try_from(limits.one_in)?.max(1));
                for second in pairs {
                    if over() {
                        break;
                    }
                    if !is_chosen(limits, single, second) {
                        continue;
                    }
                    let run = run_with_faults(&fixture, plan, &[single, second]).await?;
                    report.pairs += 1;
                    add_run(&mut report, &[single, second], &run);
                    progress(runs.fetch_add(1, Ordering::Relaxed), estimate);
                }
                if report.failures.len() >= MAX_FAILURES {
                    stop.store(true, Ordering::Relaxed);
                    break;
                }
            }
            Ok::<ExplorationReport, TestError>(report)
        });
    }
    for part in tasks.join_all().await {
        let part = part?;
        report.singles += part.singles;
        report.pairs += part.pairs;
        report.injected += part.injected;
        for (outcome, times) in part.outcomes {
            *report.outcomes.entry(outcome).or_default() += times;
        }
        report.failures.extend(part.failures);
    }
    Ok(report)
}

/// Failed runs after which the exploration stops.
const MAX_FAILURES: usize = 20;

fn add_run(report: &mut ExplorationReport, faults: &[InjectedFault], run: &Run) {
    report.injected += run.injected;
    for outcome in &run.outcomes {
        *report.outcomes.entry(outcome.clone()).or_default() += 1;
    }
    if !run.found.is_empty() {
        let names: Vec<String> = faults.iter().map(ToString::to_string).collect();
        report.failures.push((names.join(","), run.found.clone()));
    }
}

/// Whether the seed chooses this pair.
fn is_chosen(limits: ExplorationLimits, first: InjectedFault, second: InjectedFault) -> bool {
    use std::hash::{Hash as _, Hasher as _};
    let mut hasher = std::hash::DefaultHasher::new();
    (limits.seed, first, second).hash(&mut hasher);
    hasher.finish().is_multiple_of(limits.one_in.max(1))
}
