//! Decides at random which of several operations makes its next call, and which of them lose their connection.

use futures_util::future::BoxFuture;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use testkit::faulty_client::call_hook::{CallHook, ExternalCall, HookDecision};

/// The most turns of the scheduler that a call waits.
const MAX_TURNS: u8 = 24;

#[derive(Default)]
pub struct Interleaving(Mutex<State>);

#[derive(Default)]
struct State {
    random: fastrand::Rng,
    /// How many more calls of an operation have an effect.
    calls_left: HashMap<u64, u32>,
}

impl Interleaving {
    /// Begins a run: the order of its calls follows from the seed, as far as the machine allows.
    pub fn begin(&self, seed: u64) {
        *self.state() = State { random: fastrand::Rng::with_seed(seed), calls_left: HashMap::new() };
    }

    /// No call of this operation has an effect after so many.
    pub fn disconnect_after(&self, operation: u64, calls: u32) {
        self.state().calls_left.insert(operation, calls);
    }

    /// The turns that a call waits, and whether it has an effect.
    fn next(&self, operation: Option<u64>) -> (u8, bool) {
        let mut state = self.state();
        let turns = state.random.u8(..MAX_TURNS);
        let left = operation.and_then(|operation| state.calls_left.get_mut(&operation));
        let has_effect = left.is_none_or(|left| {
            let any = *left > 0;
            *left = left.saturating_sub(1);
            any
        });
        (turns, has_effect)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CallHook for Interleaving {
    fn before(&self, _: ExternalCall, operation: Option<u64>) -> BoxFuture<'_, HookDecision> {
        Box::pin(async move {
            let (turns, has_effect) = self.next(operation);
            for _ in 0..turns {
                tokio::task::yield_now().await;
            }
            if has_effect { HookDecision::Proceed } else { HookDecision::NoEffect }
        })
    }

    fn crash(&self, _: Option<u64>) -> BoxFuture<'_, ()> {
        Box::pin(std::future::pending())
    }
}
