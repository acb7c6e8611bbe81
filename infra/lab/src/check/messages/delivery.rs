//! Delivers the messages of a scenario never, once or several times, concurrently and in any order, on a faulty table.

use super::message::PatientMessage;
use super::scenario::Scenario;
use super::{MessagesPlan, ROUNDS};
use app::support::job::{JobStep, UnreadableRows};
use domain::time::{Instant, TimeDelta};
use futures_util::StreamExt as _;
use futures_util::stream::iter;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use store::inbound::Inbound;
use testkit::faulty_client::fault::FaultPlan;
use testkit::faulty_client::run_as_operation;
use testkit::test_app::TestError;

/// Number of concurrent deliveries.
const CONCURRENCY: usize = 16;

/// What happened to a message. Times are ticks of one logical clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct DeliveryTrace {
    /// How often it was delivered.
    pub deliveries: usize,
    /// When its first delivery began.
    pub began: Option<u64>,
    /// When its first successful delivery ended.
    pub accepted: Option<u64>,
}

/// All messages of a scenario and their deliveries.
pub struct DeliveryLog {
    /// In the order in which they were written.
    pub messages: Vec<(PatientMessage, DeliveryTrace)>,
    /// Number of deliveries.
    pub delivered: usize,
    /// When the scheduled job ran.
    pub ticks: Vec<Instant>,
}

/// Delivers all messages in rounds, then runs the scheduled job until everything is processed.
pub async fn deliver(scenario: &Scenario, plan: MessagesPlan) -> Result<DeliveryLog, TestError> {
    let mut random = fastrand::Rng::with_seed(plan.seed);
    let mut messages: Vec<(PatientMessage, DeliveryTrace)> = Vec::new();
    let (time, operations, mut delivered) = (AtomicU64::new(1), AtomicU64::new(1), 0);
    let mut ticks = Vec::new();
    for round in 0..ROUNDS {
        let share = plan.messages / ROUNDS + usize::from(round < plan.messages % ROUNDS);
        let first = messages.len();
        let mut deliveries = Vec::new();
        for number in first..first + share {
            let index = random.usize(..scenario.participants.len());
            let Some(participant) = scenario.participants.get(index) else { continue };
            let message = PatientMessage::generate(&mut random, number, index, participant);
            scenario.provider_log.record_inbound(message.as_received(scenario.now()));
            // One in ten is never delivered, and three in ten several times.
            let times = [0, 1, 1, 1, 1, 1, 1, 2, 2, 3].get(random.usize(..10)).copied().unwrap_or(1);
            deliveries.extend(std::iter::repeat_n(number, times));
            messages.push((message, DeliveryTrace { deliveries: times, ..DeliveryTrace::default() }));
        }
        random.shuffle(&mut deliveries);
        delivered += deliveries.len();
        scenario.faulty_client.plan(Some(FaultPlan::new(random.u64(..), plan.faults).sparing_sends()));
        let traces: Mutex<BTreeMap<usize, DeliveryTrace>> = Mutex::default();
        let deliver = |number: usize| {
            let (messages, traces, time, operations) = (&messages, &traces, &time, &operations);
            async move {
                let Some((message, _)) = messages.get(number) else { return };
                let change = |change: &dyn Fn(&mut DeliveryTrace)| {
                    if let Ok(mut traces) = traces.lock() {
                        change(traces.entry(number).or_default());
                    }
                };
                scenario.clock.advance(TimeDelta::milliseconds(1));
                let began = time.fetch_add(1, Ordering::SeqCst);
                change(&|trace| trace.began = trace.began.or(Some(began)));
                // Boxed, since the concurrent futures are too large for a stack.
                let receive = Box::pin(app::messaging::inbound::receive_message(
                    &scenario.app.system.app,
                    "check",
                    message.received.clone(),
                ));
                if run_as_operation(operations.fetch_add(1, Ordering::Relaxed), receive).await.is_ok() {
                    let ended = time.fetch_add(1, Ordering::SeqCst);
                    change(&|trace| trace.accepted = trace.accepted.or(Some(ended)));
                }
            }
        };
        iter(deliveries).for_each_concurrent(CONCURRENCY, deliver).await;
        for (number, trace) in traces.into_inner().unwrap_or_default() {
            if let Some((_, stored)) = messages.get_mut(number) {
                *stored = DeliveryTrace { deliveries: stored.deliveries, ..trace };
            }
        }
        let app = &scenario.app.system.app;
        let unreadable = UnreadableRows::default();
        let step = JobStep::unlimited(&unreadable);
        let next = || operations.fetch_add(1, Ordering::Relaxed);
        // A failure here is left to the next attempt. After an hour later messages would skip a failing one, so every
        // stored message is processed before.
        scenario.clock.advance(TimeDelta::minutes(40));
        let _ = run_as_operation(next(), Box::pin(app::messaging::inbound::resume_pending(app, &step))).await;
        scenario.faulty_client.plan(None);
        Box::pin(app::messaging::inbound::resume_pending(app, &step)).await?;
        scenario.clock.advance(TimeDelta::minutes(30));
        scenario.faulty_client.plan(Some(FaultPlan::new(random.u64(..), plan.faults).sparing_sends()));
        let _ = run_as_operation(next(), Box::pin(app::messaging::inbound::recover_missed(app, &step))).await;
        scenario.faulty_client.plan(None);
        // The job's rate limiter makes the time of a send depend on the number of sends, which the faults decide. A
        // question and a reminder of the same instant have no order, so all questions are sent before.
        Box::pin(app::messaging::inbound::recover_missed(app, &step)).await?;
        Box::pin(app::messaging::inbound::resume_pending(app, &step)).await?;
        scenario.clock.advance(TimeDelta::seconds(1));
        ticks.push(scenario.now());
        scenario.run_job().await?;
    }
    for _ in 0..3 {
        scenario.clock.advance(TimeDelta::minutes(70));
        ticks.push(scenario.now());
        scenario.run_job().await?;
    }
    Ok(DeliveryLog { messages, delivered, ticks })
}

impl DeliveryLog {
    /// Number of messages.
    #[must_use]
    pub fn written(&self) -> usize {
        self.messages.len()
    }

    /// Messages of which no delivery succeeded.
    #[must_use]
    pub fn lost(&self) -> usize {
        self.messages.iter().filter(|(_, trace)| trace.accepted.is_none()).count()
    }

    /// Violations of: each message is stored and processed once, and in order.
    #[must_use]
    pub fn check(&self, rows: &[Inbound]) -> Vec<String> {
        let mut found = Vec::new();
        let by_sid: BTreeMap<&str, &Inbound> = rows.iter().map(|row| (row.message_sid.as_str(), row)).collect();
        if by_sid.len() != self.messages.len() || rows.len() != self.messages.len() {
            found.push(format!("{} messages were written, and {} rows are stored", self.messages.len(), rows.len()));
        }
        let mut turns: BTreeMap<usize, Vec<(u64, DeliveryTrace, &str)>> = BTreeMap::new();
        for (message, trace) in &self.messages {
            let sid = message.received.message_sid.as_str();
            match by_sid.get(sid).and_then(|row| row.sequence.filter(|_| row.processed_at.is_some())) {
                Some(turn) => turns.entry(message.participant).or_default().push((turn, *trace, sid)),
                None => found.push(format!("{sid} was not processed")),
            }
        }
        for turns in turns.values_mut() {
            turns.sort_by_key(|(turn, ..)| *turn);
            for pair in turns.windows(2) {
                let [(first, _, one), (second, _, other)] = pair else { continue };
                if first == second {
                    found.push(format!("{one} and {other} have the same turn"));
                }
            }
            // A message must not be processed before one that was accepted before its first delivery began.
            for (index, (_, trace, sid)) in turns.iter().enumerate() {
                let overtaking = turns.iter().take(index).find(|(_, earlier, _)| {
                    trace.accepted.zip(earlier.began).is_some_and(|(accepted, began)| accepted < began)
                });
                if let Some((_, _, earlier)) = overtaking {
                    found.push(format!("{earlier} was sent after {sid} was stored, and processed before it"));
                }
            }
        }
        found
    }
}
