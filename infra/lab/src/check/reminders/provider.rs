//! Twilio as an in-memory list of messages, with injected faults. The real messenger has tests of its own over HTTP;
//! here some hundred thousand messages are sent, and only the time of acceptance, the visibility in Twilio's list and
//! the answer of each matter.

use super::fault::FaultKind;
use super::fault_injector::FaultInjector;
use app::support::ports::{
    FailureClass, InboundLogEntry, Messenger, OutboundLogEntry, OutgoingMessage, SendOutcome, SendRejection,
};
use domain::notification::{Address, MessageText};
use domain::time::{Instant, TimeDelta};
use futures_util::future::BoxFuture;
use local::clock::FixedClock;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use testkit::faulty_client::call_hook::{CallHook as _, ExternalCall, HookDecision};
use testkit::faulty_client::current_operation;

use app::support::ports::Clock as _;

/// How long after the send a late message is accepted.
pub const LATE_BY: TimeDelta = TimeDelta::minutes(10);
/// Age of a stale list.
const STALE_BY: TimeDelta = TimeDelta::minutes(2);

/// A message that Twilio has accepted, or will have.
#[derive(Debug, Clone)]
pub struct AcceptedMessage {
    pub sid: String,
    pub to: Address,
    pub body: MessageText,
    /// Notification and attempt.
    pub reference: String,
    /// When it was accepted.
    pub created: Instant,
}

pub struct InMemoryProvider {
    /// Decides the faults of its calls.
    pub injector: Arc<FaultInjector>,
    clock: FixedClock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    messages: Vec<AcceptedMessage>,
    /// Pending status callbacks: `(sid, reference, when)`.
    callbacks: Vec<(String, String, Instant)>,
}

impl InMemoryProvider {
    #[must_use]
    pub fn new(injector: Arc<FaultInjector>, clock: FixedClock) -> Self {
        Self { injector, clock, state: Mutex::default() }
    }

    pub fn reset(&self) {
        *self.state() = State::default();
    }

    /// All messages, in the order of their sends; a late one may not be accepted yet.
    #[must_use]
    pub fn messages(&self) -> Vec<AcceptedMessage> {
        self.state().messages.clone()
    }

    /// Takes the callbacks that are due, so that each is delivered once: `(sid, reference)`.
    #[must_use]
    pub fn take_due_callbacks(&self) -> Vec<(String, String)> {
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

    fn accept(&self, outgoing: &OutgoingMessage, after: TimeDelta, with_callback: bool) -> String {
        let created = self.clock.now().plus(after);
        let mut state = self.state();
        let sid = format!("SM{:032x}", state.messages.len() + 1);
        let (to, body, reference) = (outgoing.to.clone(), outgoing.body.clone(), outgoing.reference.clone());
        if with_callback {
            state.callbacks.push((sid.clone(), reference.clone(), created));
        }
        state.messages.push(AcceptedMessage { sid: sid.clone(), to, body, reference, created });
        sid
    }

    async fn try_send(&self, outgoing: &OutgoingMessage) -> SendOutcome {
        let operation = current_operation();
        let decision = self.injector.before(ExternalCall::Send, operation).await;
        let fault = self.injector.current_fault(operation);
        match (decision, fault) {
            (HookDecision::NoEffect, Some(FaultKind::TooMany)) => SendOutcome::Rejected(SendRejection {
                class: FailureClass::Transient,
                code: Some(20_429),
                meaning: Some("too many requests at once".to_owned()),
            }),
            (HookDecision::NoEffect, Some(FaultKind::Late)) => {
                self.accept(outgoing, LATE_BY, true);
                SendOutcome::Unknown
            }
            // The sender can't distinguish this from an accepted message.
            (HookDecision::NoEffect, _) => SendOutcome::Unknown,
            (HookDecision::AnswerLost, _) => {
                self.accept(outgoing, TimeDelta::zero(), true);
                SendOutcome::Unknown
            }
            (HookDecision::CrashAfter, _) => {
                let sid = self.accept(outgoing, TimeDelta::zero(), true);
                self.injector.crash(operation).await;
                SendOutcome::Accepted(sid)
            }
            (HookDecision::Proceed, fault) => {
                let sid = self.accept(outgoing, TimeDelta::zero(), fault != Some(FaultKind::NoCallback));
                if fault == Some(FaultKind::EarlyCallback) {
                    self.injector.deliver_callbacks().await;
                }
                SendOutcome::Accepted(sid)
            }
        }
    }

    async fn try_list(&self, to: &Address, since: Instant) -> Option<Vec<OutboundLogEntry>> {
        let operation = current_operation();
        let decision = self.injector.before(ExternalCall::LookUp, operation).await;
        let now = self.clock.now();
        let until = if self.injector.current_fault(operation) == Some(FaultKind::StaleList) {
            now.plus(-STALE_BY)
        } else {
            now
        };
        let listed = self
            .messages()
            .into_iter()
            .filter(|message| message.to == *to && (since..=until).contains(&message.created));
        let listed = listed.map(|message| OutboundLogEntry { sid: message.sid, body: message.body }).collect();
        match decision {
            HookDecision::Proceed => Some(listed),
            HookDecision::NoEffect | HookDecision::AnswerLost => None,
            HookDecision::CrashAfter => {
                self.injector.crash(operation).await;
                None
            }
        }
    }
}

impl Messenger for InMemoryProvider {
    fn is_own_account(&self, _: &str) -> bool {
        true
    }

    /// There are no inbound messages.
    fn received_since(&self, _: Instant) -> BoxFuture<'_, Option<Vec<InboundLogEntry>>> {
        Box::pin(async { Some(Vec::new()) })
    }

    fn send<'a>(&'a self, message: &'a OutgoingMessage) -> BoxFuture<'a, SendOutcome> {
        Box::pin(self.try_send(message))
    }

    fn sent_since<'a>(&'a self, to: &'a Address, since: Instant) -> BoxFuture<'a, Option<Vec<OutboundLogEntry>>> {
        Box::pin(self.try_list(to, since))
    }
}
