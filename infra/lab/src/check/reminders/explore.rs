//! Goes through the mishaps: none, each one, each pair. The calls at which a second mishap can happen
//! are those of the run that the first one led to.

use super::mishap::{Mishap, What};
use super::script::Noted;
use super::stage::Stage;
use super::story::{Plan, Run, play};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;
use testkit::test_app::Trouble;
use tokio::task::JoinSet;

/// How much is gone through.
#[derive(Debug, Clone, Copy)]
pub struct Extent {
    /// Pairs too, or single mishaps only.
    pub pairs: bool,
    /// Of the pairs, a share of 1 in so many, chosen by the seed. 1 is all of them.
    pub one_in: u64,
    /// Chooses.
    pub seed: u64,
    /// Nothing is begun after this.
    pub until: Option<Instant>,
}

/// What was gone through, and found.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Runs with one mishap.
    pub singles: usize,
    /// Runs with two.
    pub pairs: usize,
    /// Mishaps that happened in them.
    pub happened: usize,
    /// What became of the messages, by template and status.
    pub outcomes: BTreeMap<String, usize>,
    /// Runs in which something isn't as it should be: their mishaps, and what.
    pub wrong: Vec<(String, Vec<String>)>,
}

/// Every mishap that can happen in a run, after one that has.
fn mishaps(calls: &[Noted], after: Option<usize>) -> impl Iterator<Item = Mishap> + '_ {
    let begin = after.map_or(0, |at| at + 1);
    calls
        .iter()
        .enumerate()
        .skip(begin)
        .flat_map(|(at, noted)| What::at(noted.call, noted.booked).into_iter().map(move |what| Mishap { at, what }))
}

/// Explores a story on so many stages at once. `tell` is told now and then how many runs there were, of
/// about how many.
///
/// # Errors
/// [`Trouble`] of the exploration's own machinery.
pub async fn explore(
    plan: Plan,
    extent: Extent,
    stages: usize,
    tell: impl Fn(usize, usize) + Send + Sync + 'static,
) -> Result<Found, Trouble> {
    let first = Stage::set(plan).await?;
    let plain = play(&first, plan, &[]).await?;
    let mut found = Found::default();
    note(&mut found, &[], &plain);
    let mut singles: Vec<Mishap> = mishaps(&plain.calls, None).collect();
    // Where the time is short, each seed gets to other ones first.
    let begin = usize::try_from(extent.seed % u64::try_from(singles.len().max(1))?)?;
    singles.rotate_left(begin);
    let singles = Arc::new(singles);
    let (next, runs, tell) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)), Arc::new(tell));
    let stop = Arc::new(AtomicBool::new(false));
    let mut at_work = JoinSet::new();
    for number in 0..stages {
        let stage = if number == 0 { Arc::clone(&first) } else { Stage::set(plan).await? };
        let (singles, next, runs, tell, stop) =
            (Arc::clone(&singles), Arc::clone(&next), Arc::clone(&runs), Arc::clone(&tell), Arc::clone(&stop));
        at_work.spawn(async move {
            let mut found = Found::default();
            let over = || stop.load(Ordering::Relaxed) || extent.until.is_some_and(|until| Instant::now() >= until);
            while let Some(single) = singles.get(next.fetch_add(1, Ordering::Relaxed)).copied() {
                let run = play(&stage, plan, &[single]).await?;
                found.singles += 1;
                note(&mut found, &[single], &run);
                let pairs: Vec<Mishap> = mishaps(&run.calls, Some(single.at)).filter(|_| extent.pairs).collect();
                let about = singles.len() * (1 + pairs.len() / usize::try_from(extent.one_in)?.max(1));
                for second in pairs {
                    if over() {
                        break;
                    }
                    if !chosen(extent, single, second) {
                        continue;
                    }
                    let run = play(&stage, plan, &[single, second]).await?;
                    found.pairs += 1;
                    note(&mut found, &[single, second], &run);
                    tell(runs.fetch_add(1, Ordering::Relaxed), about);
                }
                if found.wrong.len() >= ENOUGH {
                    stop.store(true, Ordering::Relaxed);
                    break;
                }
            }
            Ok::<Found, Trouble>(found)
        });
    }
    for part in at_work.join_all().await {
        let part = part?;
        found.singles += part.singles;
        found.pairs += part.pairs;
        found.happened += part.happened;
        for (outcome, times) in part.outcomes {
            *found.outcomes.entry(outcome).or_default() += times;
        }
        found.wrong.extend(part.wrong);
    }
    Ok(found)
}

/// Nobody reads more of them.
const ENOUGH: usize = 20;

fn note(found: &mut Found, mishaps: &[Mishap], run: &Run) {
    found.happened += run.happened;
    for outcome in &run.outcome {
        *found.outcomes.entry(outcome.clone()).or_default() += 1;
    }
    if !run.found.is_empty() {
        let name: Vec<String> = mishaps.iter().map(ToString::to_string).collect();
        found.wrong.push((name.join(","), run.found.clone()));
    }
}

/// Whether a pair is among those that the seed chooses.
fn chosen(extent: Extent, first: Mishap, second: Mishap) -> bool {
    use std::hash::{Hash as _, Hasher as _};
    let mut hasher = std::hash::DefaultHasher::new();
    (extent.seed, first, second).hash(&mut hasher);
    hasher.finish().is_multiple_of(extent.one_in.max(1))
}
