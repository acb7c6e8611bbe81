//! Twilio as the exploration has it: a list in this process. The real messenger has tests of its own
//! against a Twilio that speaks HTTP; here some hundred thousand messages are sent, and what matters is
//! when each was taken, when it can be seen, and what was answered.

use super::mishap::What;
use super::script::Script;
use app::support::ports::{Messenger, Outgoing, ReceivedBefore, Refusal, RefusalClass, Sent, SentBefore};
use domain::notification::{Address, MessageText};
use domain::time::{Instant, TimeDelta};
use futures_util::future::BoxFuture;
use local::clock::FixedClock;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use testkit::faulty_client::call_hook::{Call, Director as _, Verdict};
use testkit::faulty_client::current_operation;

use app::support::ports::Clock as _;

/// How long after the sender gave up a late message is taken.
pub const LATE: TimeDelta = TimeDelta::minutes(10);
/// What a stale list lacks.
const STALE: TimeDelta = TimeDelta::minutes(2);

/// A message that Twilio has taken.
#[derive(Debug, Clone)]
pub struct Message {
    /// Its id.
    pub sid: String,
    /// To whom.
    pub to: Address,
    /// The words.
    pub body: MessageText,
    /// Notification and attempt.
    pub reference: String,
    /// When it was taken.
    pub created: Instant,
}

/// Twilio.
pub struct Provider {
    /// What becomes of its calls.
    pub script: Arc<Script>,
    clock: FixedClock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    messages: Vec<Message>,
    /// Reports that are still to be made: `(sid, reference, when)`.
    callbacks: Vec<(String, String, Instant)>,
}

impl Provider {
    /// An empty one.
    #[must_use]
    pub fn new(script: Arc<Script>, clock: FixedClock) -> Self {
        Self { script, clock, state: Mutex::default() }
    }

    /// Forgets everything.
    pub fn reset(&self) {
        *self.state() = State::default();
    }

    /// Everything that it has taken or will have.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        self.state().messages.clone()
    }

    /// The reports that are to be made by now. They are made once.
    #[must_use]
    pub fn callbacks(&self) -> Vec<(String, String)> {
        let now = self.clock.now();
        let mut state = self.state();
        let (due, later) = std::mem::take(&mut state.callbacks).into_iter().partition(|(_, _, at)| *at <= now);
        state.callbacks = later;
        let due: Vec<(String, String, Instant)> = due;
        due.into_iter().map(|(sid, reference, _)| (sid, reference)).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, outgoing: &Outgoing, after: TimeDelta, reported: bool) -> String {
        let created = self.clock.now().plus(after);
        let mut state = self.state();
        let sid = format!("SM{:032x}", state.messages.len() + 1);
        let (to, body, reference) = (outgoing.to.clone(), outgoing.body.clone(), outgoing.reference.clone());
        if reported {
            state.callbacks.push((sid.clone(), reference.clone(), created));
        }
        state.messages.push(Message { sid: sid.clone(), to, body, reference, created });
        sid
    }

    async fn try_send(&self, outgoing: &Outgoing) -> Sent {
        let operation = current_operation();
        let verdict = self.script.before(Call::Send, operation).await;
        let what = self.script.what_now(operation);
        match (verdict, what) {
            (Verdict::NoEffect, Some(What::TooMany)) => Sent::Refused(Refusal {
                class: RefusalClass::Soon,
                code: Some(20_429),
                meaning: Some("too many requests at once".to_owned()),
            }),
            (Verdict::NoEffect, Some(What::Late)) => {
                self.take(outgoing, LATE, true);
                Sent::Unknown
            }
            // Nobody can tell this from a message that was taken.
            (Verdict::NoEffect, _) => Sent::Unknown,
            (Verdict::AnswerLost, _) => {
                self.take(outgoing, TimeDelta::zero(), true);
                Sent::Unknown
            }
            (Verdict::CrashAfter, _) => {
                let sid = self.take(outgoing, TimeDelta::zero(), true);
                self.script.crash(operation).await;
                Sent::Accepted(sid)
            }
            (Verdict::Go, what) => {
                let sid = self.take(outgoing, TimeDelta::zero(), what != Some(What::NoCallback));
                if what == Some(What::EarlyCallback) {
                    self.script.report().await;
                }
                Sent::Accepted(sid)
            }
        }
    }

    async fn try_list(&self, to: &Address, since: Instant) -> Option<Vec<SentBefore>> {
        let operation = current_operation();
        let verdict = self.script.before(Call::LookUp, operation).await;
        let now = self.clock.now();
        let until = if self.script.what_now(operation) == Some(What::StaleList) { now.plus(-STALE) } else { now };
        let listed = self
            .messages()
            .into_iter()
            .filter(|message| message.to == *to && (since..=until).contains(&message.created));
        let listed = listed.map(|message| SentBefore { sid: message.sid, body: message.body }).collect();
        match verdict {
            Verdict::Go => Some(listed),
            Verdict::NoEffect | Verdict::AnswerLost => None,
            Verdict::CrashAfter => {
                self.script.crash(operation).await;
                None
            }
        }
    }
}

impl Messenger for Provider {
    fn is_own_account(&self, _: &str) -> bool {
        true
    }

    /// No patient writes here.
    fn received_since(&self, _: Instant) -> BoxFuture<'_, Option<Vec<ReceivedBefore>>> {
        Box::pin(async { Some(Vec::new()) })
    }

    fn send<'a>(&'a self, message: &'a Outgoing) -> BoxFuture<'a, Sent> {
        Box::pin(self.try_send(message))
    }

    fn sent_since<'a>(&'a self, to: &'a Address, since: Instant) -> BoxFuture<'a, Option<Vec<SentBefore>>> {
        Box::pin(self.try_list(to, since))
    }
}
