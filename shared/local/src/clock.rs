//! Clocks that can be set. A [`ShiftedClock`] runs on from any date, for the local server. A [`FixedClock`] only moves
//! when it is set, for tests, whose results must not depend on their speed. Clones of a clock share its time.

use app::support::ports::Clock;
use domain::time::{Instant, TimeDelta};
use futures_util::future::BoxFuture;
use platform::clock::SystemClock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A running clock that is shifted against the machine's. Between two shifts it never goes back, whatever happens to
/// the machine's clock, because it counts by the monotonic clock.
#[derive(Debug, Clone)]
pub struct ShiftedClock(Arc<Running>);

#[derive(Debug)]
struct Running {
    /// The machine's time when the clock was created …
    base: Instant,
    /// … and the same instant by the monotonic clock.
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

    /// Sets the time; the clock runs on from there.
    pub fn set_now(&self, now: Instant) {
        let shift = now.since(self.unshifted());
        self.0.shift_millis.store(shift.num_milliseconds(), Ordering::Relaxed);
    }

    /// Shifts the clock forward; backward if negative.
    pub fn advance(&self, by: TimeDelta) {
        let sum = |shift: i64| Some(shift.saturating_add(by.num_milliseconds()));
        // It can't fail: the closure always returns a sum.
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

    /// Sleeps for the time left at the call, even if the clock is shifted meanwhile: a rate-limited send must not wait
    /// for days.
    fn sleep_until(&self, at: Instant) -> BoxFuture<'_, ()> {
        let left = at.since(self.now()).to_std().unwrap_or_default();
        Box::pin(tokio::time::sleep(left))
    }
}

/// A clock that stands still until it is set or advanced.
#[derive(Debug, Clone)]
pub struct FixedClock(Arc<Mutex<Instant>>);

impl FixedClock {
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self(Arc::new(Mutex::new(now)))
    }

    pub fn set(&self, now: Instant) {
        *self.lock() = now;
    }

    /// Moves the clock forward; backward if negative.
    pub fn advance(&self, by: TimeDelta) {
        let mut now = self.lock();
        *now = now.plus(by);
    }

    fn lock(&self) -> MutexGuard<'_, Instant> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Instant {
        *self.lock()
    }

    /// Advances the clock at once instead of waiting.
    fn sleep_until(&self, at: Instant) -> BoxFuture<'_, ()> {
        let mut now = self.lock();
        *now = (*now).max(at);
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
        assert!(clock.now() > noon(), "the shift saturates");
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
