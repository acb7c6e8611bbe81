//! How messages get there: never, once, or several times, many at once, in any order, while calls fail.

use super::letter::Letter;
use super::town::Town;
use super::{Plan, ROUNDS};
use domain::time::{Instant, TimeDelta};
use futures_util::StreamExt as _;
use futures_util::stream::iter;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use store::inbound::Inbound;
use testkit::faulty_client::fault::FaultPlan;
use testkit::faulty_client::operation;
use testkit::test_app::Trouble;

/// How many deliveries are under way at once.
const AT_ONCE: usize = 16;

/// What became of a message on its way.
#[derive(Debug, Clone, Copy, Default)]
pub struct Way {
    /// Times that it was delivered.
    pub deliveries: usize,
    /// When its first delivery began.
    pub began: Option<u64>,
    /// When the first delivery that was taken ended.
    pub taken: Option<u64>,
}

/// All messages of a town.
pub struct Mail {
    /// They, as they were written, each with its way.
    pub letters: Vec<(Letter, Way)>,
    /// Deliveries.
    pub delivered: usize,
    /// When the scheduled job ran.
    pub ticks: Vec<Instant>,
}

/// Delivers everything, and has the scheduled job do the rest.
///
/// # Errors
/// [`Trouble`].
pub async fn deliver(town: &Town, plan: Plan) -> Result<Mail, Trouble> {
    let mut random = fastrand::Rng::with_seed(plan.seed);
    let mut letters: Vec<(Letter, Way)> = Vec::new();
    let (time, operations, mut delivered) = (AtomicU64::new(1), AtomicU64::new(1), 0);
    let mut ticks = Vec::new();
    for round in 0..ROUNDS {
        let share = plan.messages / ROUNDS + usize::from(round < plan.messages % ROUNDS);
        let first = letters.len();
        let mut deliveries = Vec::new();
        for number in first..first + share {
            let place = random.usize(..town.people.len());
            let Some(person) = town.people.get(place) else { continue };
            let letter = Letter::write(&mut random, number, place, person);
            town.books.enter(letter.entry(town.now()));
            // One in ten never arrives, and many come several times.
            let times = [0, 1, 1, 1, 1, 1, 1, 2, 2, 3].get(random.usize(..10)).copied().unwrap_or(1);
            deliveries.extend(std::iter::repeat_n(number, times));
            letters.push((letter, Way { deliveries: times, ..Way::default() }));
        }
        random.shuffle(&mut deliveries);
        delivered += deliveries.len();
        town.wire.plan(Some(FaultPlan::new(random.u64(..), plan.faults)));
        let ways: Mutex<BTreeMap<usize, Way>> = Mutex::default();
        let deliver = |number: usize| {
            let (letters, ways, time, operations) = (&letters, &ways, &time, &operations);
            async move {
                let Some((letter, _)) = letters.get(number) else { return };
                let change = |change: &dyn Fn(&mut Way)| {
                    if let Ok(mut ways) = ways.lock() {
                        change(ways.entry(number).or_default());
                    }
                };
                town.clock.advance(TimeDelta::milliseconds(1));
                let began = time.fetch_add(1, Ordering::SeqCst);
                change(&|way| way.began = way.began.or(Some(began)));
                // On the heap: what is under way at once is too much for a stack.
                let receive =
                    Box::pin(app::messaging::inbound::receive(&town.app.system.app, "check", letter.arrival.clone()));
                if operation(operations.fetch_add(1, Ordering::Relaxed), receive).await.is_ok() {
                    let ended = time.fetch_add(1, Ordering::SeqCst);
                    change(&|way| way.taken = way.taken.or(Some(ended)));
                }
            }
        };
        iter(deliveries).for_each_concurrent(AT_ONCE, deliver).await;
        for (number, way) in ways.into_inner().unwrap_or_default() {
            if let Some((_, slot)) = letters.get_mut(number) {
                *slot = Way { deliveries: slot.deliveries, ..way };
            }
        }
        let app = &town.app.system.app;
        let next = || operations.fetch_add(1, Ordering::Relaxed);
        // What fails here is left to the next try. After an hour a message that fails would be passed over by those
        // after it: so all that is stored has its turn before.
        town.clock.advance(TimeDelta::minutes(40));
        let _ = operation(next(), Box::pin(app::messaging::inbound::take_up(app))).await;
        town.wire.plan(None);
        Box::pin(app::messaging::inbound::take_up(app)).await?;
        town.clock.advance(TimeDelta::minutes(30));
        town.wire.plan(Some(FaultPlan::new(random.u64(..), plan.faults)));
        let _ = operation(next(), Box::pin(app::messaging::inbound::take_missed(app))).await;
        town.wire.plan(None);
        // A run sends at a pace, so when exactly depends on how much it has to send, which faults decide.
        // What is asked in the same instant as a reminder is sent has no order: so all is asked before.
        Box::pin(app::messaging::inbound::take_missed(app)).await?;
        Box::pin(app::messaging::inbound::take_up(app)).await?;
        town.clock.advance(TimeDelta::seconds(1));
        ticks.push(town.now());
        town.tick().await?;
    }
    for _ in 0..3 {
        town.clock.advance(TimeDelta::minutes(70));
        ticks.push(town.now());
        town.tick().await?;
    }
    Ok(Mail { letters, delivered, ticks })
}

impl Mail {
    /// How many messages were written.
    #[must_use]
    pub fn written(&self) -> usize {
        self.letters.len()
    }

    /// Of how many no delivery was taken.
    #[must_use]
    pub fn lost(&self) -> usize {
        self.letters.iter().filter(|(_, way)| way.taken.is_none()).count()
    }

    /// Whether each message is there once and had its turn, in its order.
    #[must_use]
    pub fn check(&self, rows: &[Inbound]) -> Vec<String> {
        let mut found = Vec::new();
        let by_sid: BTreeMap<&str, &Inbound> = rows.iter().map(|row| (row.message_sid.as_str(), row)).collect();
        if by_sid.len() != self.letters.len() || rows.len() != self.letters.len() {
            found.push(format!("{} messages were written, and {} rows are there", self.letters.len(), rows.len()));
        }
        let mut turns: BTreeMap<usize, Vec<(u64, Way, &str)>> = BTreeMap::new();
        for (letter, way) in &self.letters {
            let sid = letter.arrival.message_sid.as_str();
            match by_sid.get(sid).and_then(|row| row.turn.filter(|_| row.processed_at.is_some())) {
                Some(turn) => turns.entry(letter.person).or_default().push((turn, *way, sid)),
                None => found.push(format!("{sid} has had no turn")),
            }
        }
        for turns in turns.values_mut() {
            turns.sort_by_key(|(turn, ..)| *turn);
            for pair in turns.windows(2) {
                let [(first, _, one), (second, _, other)] = pair else { continue };
                if first == second {
                    found.push(format!("{one} and {other} had the same turn"));
                }
            }
            // The earliest beginning of all that come later must not lie behind what was taken before.
            for (place, (_, way, sid)) in turns.iter().enumerate() {
                let overtaken = turns
                    .iter()
                    .take(place)
                    .find(|(_, earlier, _)| way.taken.zip(earlier.began).is_some_and(|(taken, began)| taken < began));
                if let Some((_, _, earlier)) = overtaken {
                    found.push(format!("{earlier} was sent after {sid} was stored, and had its turn before it"));
                }
            }
        }
        found
    }
}
