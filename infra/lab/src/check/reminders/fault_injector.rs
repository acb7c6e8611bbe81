//! Numbers the external calls of a run, and injects its faults at them.

use super::fault::{FaultKind, InjectedFault};
use futures_util::future::BoxFuture;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use testkit::faulty_client::call_hook::{CallHook, ExternalCall, HookDecision};
use tokio::sync::Notify;

/// Runs what other workers, users or Twilio do in the middle of a call.
pub type ConcurrentActions = Arc<dyn Fn(FaultKind) -> BoxFuture<'static, ()> + Send + Sync>;

/// The faults of the current run, and the calls that it made so far.
#[derive(Default)]
pub struct FaultInjector(Mutex<State>);

#[derive(Default)]
struct State {
    /// Whether calls are numbered and faults injected.
    active: bool,
    faults: Vec<InjectedFault>,
    calls: Vec<NumberedCall>,
    /// The fault at the current call of each operation.
    current: BTreeMap<Option<u64>, FaultKind>,
    /// Signals a crash to each running operation.
    running: BTreeMap<u64, Arc<Notify>>,
    booked: bool,
    concurrent_actions: Option<ConcurrentActions>,
    injected: BTreeSet<InjectedFault>,
}

/// An external call of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberedCall {
    pub call: ExternalCall,
    /// Whether the appointment existed.
    pub booked: bool,
}

impl FaultInjector {
    /// Starts a run with these faults.
    pub fn begin(&self, faults: &[InjectedFault], concurrent_actions: ConcurrentActions) {
        let faults = faults.to_vec();
        *self.state() =
            State { active: true, faults, concurrent_actions: Some(concurrent_actions), ..State::default() };
    }

    /// Ends the run. Returns its calls, and how many of the faults were injected.
    pub fn end(&self) -> (Vec<NumberedCall>, usize) {
        let state = std::mem::take(&mut *self.state());
        (state.calls, state.injected.len())
    }

    /// Notes that the appointment exists from now on.
    pub fn set_booked(&self) {
        self.state().booked = true;
    }

    /// The fault at the current call of an operation.
    #[must_use]
    pub fn current_fault(&self, operation: Option<u64>) -> Option<FaultKind> {
        self.state().current.get(&operation).copied()
    }

    /// Delivers the status callbacks that are due.
    pub async fn deliver_callbacks(&self) {
        self.run_concurrently(FaultKind::EarlyCallback).await;
    }

    /// Registers an operation. The result is notified when it crashes.
    pub fn register_operation(&self, operation: u64) -> Arc<Notify> {
        let crashed = Arc::new(Notify::new());
        self.state().running.insert(operation, Arc::clone(&crashed));
        crashed
    }

    async fn run_concurrently(&self, kind: FaultKind) {
        let concurrent_actions = self.state().concurrent_actions.clone();
        if let Some(concurrent_actions) = concurrent_actions {
            concurrent_actions(kind).await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Numbers a call. Returns the fault to inject at it.
    fn next_fault(&self, call: ExternalCall, operation: Option<u64>) -> Option<FaultKind> {
        let mut state = self.state();
        state.current.remove(&operation);
        if !state.active || operation.is_none() {
            return None;
        }
        let (at, booked) = (state.calls.len(), state.booked);
        state.calls.push(NumberedCall { call, booked });
        let fault = state.faults.iter().find(|fault| fault.at == at).copied()?;
        state.injected.insert(fault);
        state.current.insert(operation, fault.kind);
        Some(fault.kind)
    }
}

impl CallHook for FaultInjector {
    fn before(&self, call: ExternalCall, operation: Option<u64>) -> BoxFuture<'_, HookDecision> {
        Box::pin(async move {
            match self.next_fault(call, operation) {
                None | Some(FaultKind::EarlyCallback | FaultKind::NoCallback | FaultKind::StaleList) => {
                    HookDecision::Proceed
                }
                Some(FaultKind::NoEffect | FaultKind::Late | FaultKind::TooMany) => HookDecision::NoEffect,
                Some(FaultKind::AnswerLost) => HookDecision::AnswerLost,
                Some(FaultKind::CrashAfter) => HookDecision::CrashAfter,
                Some(FaultKind::CrashBefore) => {
                    self.crash(operation).await;
                    HookDecision::NoEffect
                }
                Some(
                    kind @ (FaultKind::Overlap
                    | FaultKind::Freeze
                    | FaultKind::Cancel
                    | FaultKind::Move
                    | FaultKind::Click),
                ) => {
                    self.run_concurrently(kind).await;
                    HookDecision::Proceed
                }
            }
        })
    }

    fn crash(&self, operation: Option<u64>) -> BoxFuture<'_, ()> {
        let crashed = operation.and_then(|operation| self.state().running.get(&operation).cloned());
        Box::pin(async move {
            if let Some(crashed) = crashed {
                crashed.notify_one();
            }
            std::future::pending().await
        })
    }
}
