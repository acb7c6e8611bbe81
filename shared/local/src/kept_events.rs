//! A bus that keeps what it is given, for somebody to look.

use app::support::ports::{Event, EventSink, NotEmitted};
use futures_util::future::BoxFuture;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How many are kept.
const KEPT: usize = 10_000;

/// The last events. Its clones are the same one.
#[derive(Debug, Clone, Default)]
pub struct KeptEvents(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    events: Mutex<VecDeque<Event>>,
    wakes_workers: bool,
    broken: AtomicBool,
}

impl KeptEvents {
    /// A bus that says it wakes the reminder job's workers. Somebody has to do it.
    #[must_use]
    pub fn waking_workers() -> Self {
        Self(Arc::new(Inner { wakes_workers: true, ..Inner::default() }))
    }

    /// From now on it takes nothing, or takes events again.
    pub fn set_broken(&self, broken: bool) {
        self.0.broken.store(broken, Ordering::Relaxed);
    }

    /// What was put on it, oldest first.
    #[must_use]
    pub fn all(&self) -> Vec<Event> {
        self.0.events.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

impl EventSink for KeptEvents {
    fn wakes_workers(&self) -> bool {
        self.0.wakes_workers
    }

    fn emit(&self, new: Vec<Event>) -> BoxFuture<'_, Result<(), NotEmitted>> {
        if self.0.broken.load(Ordering::Relaxed) {
            return Box::pin(async { Err(NotEmitted("broken".into())) });
        }
        let mut events = self.0.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.extend(new);
        let surplus = events.len().saturating_sub(KEPT);
        events.drain(..surplus);
        Box::pin(async { Ok(()) })
    }
}
