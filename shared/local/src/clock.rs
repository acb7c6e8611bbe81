//! What time is it, for somebody who can't wait two days for a reminder? A [`ShiftedClock`] runs on
//! from any date: for the local server. A [`FixedClock`] moves only when told: for tests, whose
//! results must not depend on how fast they ran.
//!
//! Both can be cloned, and the clones show the same time.

use app::support::ports::Clock;
use domain::time::{Instant, TimeDelta};
use futures_util::future::BoxFuture;
use platform::clock::SystemClock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A clock that runs, shifted against the machine's. Between two shifts it never goes back, whatever
/// happens to the machine's own: it counts on by the monotonic clock.
#[derive(Debug, Clone)]
pub struct ShiftedClock(Arc<Running>);

#[derive(Debug)]
struct Running {
    /// The machine's time when it was made …
    base: Instant,
    /// … and the same moment by the monotonic clock.
    since: std::time::Instant,
    shift_millis: AtomicI64,
}

impl ShiftedClock {
    /// A clock that shows the machine's time.
    #[must_use]
    pub fn new() -> Self {
        let since = std::time::Instant::now();
        Self(Arc::new(Running { base: SystemClock.now(), since, shift_millis: AtomicI64::new(0) }))
    }

    /// From now on it is this time, running on.
    pub fn set_now(&self, now: Instant) {
        let shift = now.since(self.unshifted());
        self.0.shift_millis.store(shift.num_milliseconds(), Ordering::Relaxed);
    }

    /// It is this much later at once; earlier where negative.
    pub fn advance(&self, by: TimeDelta) {
        let sum = |shift: i64| Some(shift.saturating_add(by.num_milliseconds()));
        // It can't fail: there is always a sum.
        let _ = self.0.shift_millis.fetch_update(Ordering::Relaxed, Ordering::Relaxed, sum);
    }

    fn unshifted(&self) -> Instant {
        let elapsed = TimeDelta::from_std(self.0.since.elapsed()).unwrap_or(TimeDelta::MAX);
        self.0.base.plus(elapsed)
    }
}

impl Default for ShiftedClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ShiftedClock {
    fn now(&self) -> Instant {
        let shift = TimeDelta::try_milliseconds(self.0.shift_millis.load(Ordering::Relaxed));
        self.unshifted().plus(shift.unwrap_or(TimeDelta::MAX))
    }

    /// However the clock is shifted meanwhile: what waits for its turn mustn't wait for days.
    fn sleep_until(&self, at: Instant) -> BoxFuture<'_, ()> {
        let left = at.since(self.now()).to_std().unwrap_or_default();
        Box::pin(tokio::time::sleep(left))
    }
}

/// A clock that stands still until it is moved.
#[derive(Debug, Clone)]
pub struct FixedClock(Arc<Mutex<Instant>>);

impl FixedClock {
    /// A clock that shows this.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self(Arc::new(Mutex::new(now)))
    }

    /// It is this time now.
    pub fn set(&self, now: Instant) {
        *self.hand() = now;
    }

    /// It is this much later; earlier where negative.
    pub fn advance(&self, by: TimeDelta) {
        let mut hand = self.hand();
        *hand = hand.plus(by);
    }

    fn hand(&self) -> MutexGuard<'_, Instant> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Instant {
        *self.hand()
    }

    /// Nobody waits in a test: it is later at once.
    fn sleep_until(&self, at: Instant) -> BoxFuture<'_, ()> {
        let mut hand = self.hand();
        *hand = (*hand).max(at);
        Box::pin(std::future::ready(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn noon() -> Instant {
        Instant::parse("2026-03-05T12:00:00Z").unwrap()
    }

    #[test]
    fn a_shifted_clock_runs_on_from_where_it_was_set() {
        let clock = ShiftedClock::new();
        let off = clock.now().since(SystemClock.now());
        assert!(off.abs() < TimeDelta::seconds(5), "{off}");
        let shared = clock.clone();
        shared.set_now(noon());
        std::thread::sleep(Duration::from_millis(20));
        let passed = clock.now().since(noon());
        assert!(passed >= TimeDelta::milliseconds(19) && passed < TimeDelta::minutes(1), "{passed}");
    }

    #[test]
    fn shifts_add_up_in_both_directions() {
        let clock = ShiftedClock::new();
        clock.set_now(noon());
        clock.advance(TimeDelta::days(2));
        clock.advance(TimeDelta::hours(-1));
        let passed = clock.now().since(noon());
        assert!(passed >= TimeDelta::hours(47) && passed < TimeDelta::hours(47) + TimeDelta::minutes(1), "{passed}");
        clock.advance(TimeDelta::MAX);
        clock.advance(TimeDelta::MAX);
        assert!(clock.now() > noon(), "too far is as far as it goes");
    }

    #[test]
    fn a_fixed_clock_stands_still() {
        let clock = FixedClock::new(noon());
        let shared = clock.clone();
        std::thread::sleep(Duration::from_millis(5));
        assert_eq!(clock.now(), noon());
        shared.advance(TimeDelta::minutes(5));
        assert_eq!(clock.now().rfc3339(), "2026-03-05T12:05:00Z");
        shared.set(noon());
        assert_eq!(clock.now(), noon());
    }
}
