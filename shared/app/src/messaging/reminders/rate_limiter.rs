//! Limits how many messages are sent per second. Twilio queues what arrives faster than WhatsApp accepts
//! it, and drops messages that wait in its queue for more than four hours.

use crate::support::ports::Clock;
use domain::time::{Instant, TimeDelta};
use std::sync::{Mutex, PoisonError};

/// The slowest rate is one message per minute.
const MAX_INTERVAL: TimeDelta = TimeDelta::minutes(1);
/// No caller waits longer than this for a permit, or than one interval if that is longer.
const MAX_WAIT: TimeDelta = TimeDelta::seconds(10);

/// Hands out evenly spaced permits to send.
#[derive(Debug)]
pub struct RateLimiter {
    interval: TimeDelta,
    next: Mutex<Instant>,
}

impl RateLimiter {
    /// `per_second` permits from `now` on, but at least one per minute.
    #[must_use]
    pub fn new(per_second: f64, now: Instant) -> Self {
        let interval = std::time::Duration::try_from_secs_f64(1.0 / per_second).unwrap_or(std::time::Duration::MAX);
        let interval = TimeDelta::from_std(interval).unwrap_or(MAX_INTERVAL).min(MAX_INTERVAL);
        Self { interval, next: Mutex::new(now) }
    }

    /// How many callers may wait at once, at most `most`, so that none waits longer than [`MAX_WAIT`].
    #[must_use]
    pub fn max_concurrency(&self, most: usize) -> usize {
        let permits = MAX_WAIT.num_milliseconds() / self.interval.num_milliseconds().max(1);
        usize::try_from(permits).unwrap_or(most).clamp(1, most)
    }

    /// Waits for the next permit. Unused permits are not saved up, so there are no bursts.
    pub async fn acquire(&self, clock: &dyn Clock) {
        let at = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let now = clock.now();
            // After the clock was set back, `next` may lie far ahead: don't wait for it.
            let at = if next.since(now) > MAX_INTERVAL { now } else { (*next).max(now) };
            *next = at.plus(self.interval);
            at
        };
        clock.sleep_until(at).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::{BoxFuture, join_all};
    use std::future::ready;

    struct ManualClock(Mutex<Instant>);

    impl Clock for ManualClock {
        fn now(&self) -> Instant {
            *self.0.lock().unwrap()
        }

        fn sleep_until(&self, at: Instant) -> BoxFuture<'_, ()> {
            let mut time = self.0.lock().unwrap();
            *time = (*time).max(at);
            Box::pin(ready(()))
        }
    }

    #[tokio::test]
    async fn permits_are_evenly_spaced_and_not_saved_up() {
        let began = Instant::parse("2025-12-01T12:00:00Z").unwrap();
        let clock = ManualClock(Mutex::new(began));
        let limiter = RateLimiter::new(20.0, began);
        join_all((0..101).map(|_| limiter.acquire(&clock))).await;
        assert_eq!(clock.now().since(began), TimeDelta::seconds(5));
        let later = clock.now().plus(TimeDelta::minutes(1));
        clock.sleep_until(later).await;
        for _ in 0..21 {
            limiter.acquire(&clock).await;
        }
        assert_eq!(clock.now().since(later), TimeDelta::seconds(1));
    }

    #[tokio::test]
    async fn a_rate_of_zero_sends_one_message_per_minute() {
        let began = Instant::parse("2025-12-01T12:00:00Z").unwrap();
        let clock = ManualClock(Mutex::new(began));
        let limiter = RateLimiter::new(0.0, began);
        limiter.acquire(&clock).await;
        limiter.acquire(&clock).await;
        assert_eq!(clock.now().since(began), TimeDelta::minutes(1));
    }
}
