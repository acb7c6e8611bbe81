//! An event bus that keeps the last events in memory, for the local server and the tests to read.

use app::support::ports::{EmitError, Event, EventSink};
use futures_util::future::BoxFuture;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How many events are kept.
const KEPT: usize = 10_000;

/// An event sink that keeps the last events. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct MemoryEvents(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    events: Mutex<VecDeque<Event>>,
    wakes_workers: bool,
    broken: AtomicBool,
}

impl MemoryEvents {
    /// A bus that claims to wake the reminder job's workers. The caller has to run them.
    #[must_use]
    pub fn waking_workers() -> Self {
        Self(Arc::new(Inner { wakes_workers: true, ..Inner::default() }))
    }

    /// Makes the bus reject all events, or accept them again.
    pub fn set_broken(&self, broken: bool) {
        self.0.broken.store(broken, Ordering::Relaxed);
    }

    /// The emitted events, oldest first.
    #[must_use]
    pub fn all(&self) -> Vec<Event> {
        self.0.events.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

impl EventSink for MemoryEvents {
    fn wakes_workers(&self) -> bool {
        self.0.wakes_workers
    }

    fn emit(&self, new: Vec<Event>) -> BoxFuture<'_, Result<(), EmitError>> {
        if self.0.broken.load(Ordering::Relaxed) {
            return Box::pin(async { Err(EmitError("broken".into())) });
        }
        let mut events = self.0.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.extend(new);
        let surplus = events.len().saturating_sub(KEPT);
        events.drain(..surplus);
        Box::pin(async { Ok(()) })
    }
}
