//! Numbers the calls to the outside, and makes happen at them what a run's mishaps say.

use super::mishap::{Mishap, What};
use futures_util::future::BoxFuture;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use testkit::faulty_client::call_hook::{Call, Director, Verdict};
use tokio::sync::Notify;

/// What others do in the middle of a call, as the stage has them do it.
pub type Others = Arc<dyn Fn(What) -> BoxFuture<'static, ()> + Send + Sync>;

/// The script of a run.
#[derive(Default)]
pub struct Script(Mutex<State>);

#[derive(Default)]
struct State {
    /// Whether calls are numbered and mishaps happen.
    on: bool,
    mishaps: Vec<Mishap>,
    calls: Vec<Noted>,
    /// What is happening at the current call of each operation.
    now: BTreeMap<Option<u64>, What>,
    alive: BTreeMap<u64, Arc<Notify>>,
    booked: bool,
    others: Option<Others>,
    happened: BTreeSet<Mishap>,
}

/// A call that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noted {
    /// What it was.
    pub call: Call,
    /// Whether there was an appointment.
    pub booked: bool,
}

impl Script {
    /// Begins a run.
    pub fn begin(&self, mishaps: &[Mishap], others: Others) {
        let mishaps = mishaps.to_vec();
        *self.state() = State { on: true, mishaps, others: Some(others), ..State::default() };
    }

    /// Ends it, and says which calls were made and how many of the mishaps happened.
    pub fn end(&self) -> (Vec<Noted>, usize) {
        let state = std::mem::take(&mut *self.state());
        (state.calls, state.happened.len())
    }

    /// From now on there is an appointment.
    pub fn booked(&self) {
        self.state().booked = true;
    }

    /// What is happening at the current call of an operation.
    #[must_use]
    pub fn what_now(&self, operation: Option<u64>) -> Option<What> {
        self.state().now.get(&operation).copied()
    }

    /// Has the status callbacks delivered that are to be made by now.
    pub async fn report(&self) {
        self.have(What::EarlyCallback).await;
    }

    /// Somebody who lives until they crash.
    pub fn birth(&self, operation: u64) -> Arc<Notify> {
        let life = Arc::new(Notify::new());
        self.state().alive.insert(operation, Arc::clone(&life));
        life
    }

    async fn have(&self, what: What) {
        let others = self.state().others.clone();
        if let Some(others) = others {
            others(what).await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Numbers a call, and says what happens at it.
    fn number(&self, call: Call, operation: Option<u64>) -> Option<What> {
        let mut state = self.state();
        state.now.remove(&operation);
        if !state.on || operation.is_none() {
            return None;
        }
        let (at, booked) = (state.calls.len(), state.booked);
        state.calls.push(Noted { call, booked });
        let mishap = state.mishaps.iter().find(|mishap| mishap.at == at).copied()?;
        state.happened.insert(mishap);
        state.now.insert(operation, mishap.what);
        Some(mishap.what)
    }
}

impl Director for Script {
    fn before(&self, call: Call, operation: Option<u64>) -> BoxFuture<'_, Verdict> {
        Box::pin(async move {
            match self.number(call, operation) {
                None | Some(What::EarlyCallback | What::NoCallback | What::StaleList) => Verdict::Go,
                Some(What::NoEffect | What::Late | What::TooMany) => Verdict::NoEffect,
                Some(What::AnswerLost) => Verdict::AnswerLost,
                Some(What::CrashAfter) => Verdict::CrashAfter,
                Some(What::CrashBefore) => {
                    self.crash(operation).await;
                    Verdict::NoEffect
                }
                Some(what @ (What::Overlap | What::Freeze | What::Cancel | What::Move | What::Click)) => {
                    self.have(what).await;
                    Verdict::Go
                }
            }
        })
    }

    fn crash(&self, operation: Option<u64>) -> BoxFuture<'_, ()> {
        let life = operation.and_then(|operation| self.state().alive.get(&operation).cloned());
        Box::pin(async move {
            if let Some(life) = life {
                life.notify_one();
            }
            std::future::pending().await
        })
    }
}
