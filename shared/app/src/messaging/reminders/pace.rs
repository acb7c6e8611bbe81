//! So many messages a second and no more: Twilio queues what comes faster than WhatsApp takes it, and
//! drops what waits for more than four hours.

use crate::support::ports::Clock;
use domain::time::{Instant, TimeDelta};
use std::sync::{Mutex, PoisonError};

/// Whoever sends at all sends one a minute.
const LONGEST_GAP: TimeDelta = TimeDelta::minutes(1);
/// Nobody waits longer than this for a turn, or than one gap.
const LONGEST_WAIT: TimeDelta = TimeDelta::seconds(10);

/// Gives out turns, evenly spaced.
#[derive(Debug)]
pub struct Pace {
    gap: TimeDelta,
    next: Mutex<Instant>,
}

impl Pace {
    /// So many turns a second, from `now` on. At least one in a minute.
    #[must_use]
    pub fn new(per_second: f64, now: Instant) -> Self {
        let gap = std::time::Duration::try_from_secs_f64(1.0 / per_second).unwrap_or(std::time::Duration::MAX);
        let gap = TimeDelta::from_std(gap).unwrap_or(LONGEST_GAP).min(LONGEST_GAP);
        Self { gap, next: Mutex::new(now) }
    }

    /// How many may wait for a turn at once, out of `most`, so that nobody waits for long.
    #[must_use]
    pub fn within(&self, most: usize) -> usize {
        let turns = LONGEST_WAIT.num_milliseconds() / self.gap.num_milliseconds().max(1);
        usize::try_from(turns).unwrap_or(most).clamp(1, most)
    }

    /// Waits for a turn. Turns that nobody took in time are lost: there is no catching up in a burst.
    pub async fn turn(&self, clock: &dyn Clock) {
        let at = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let now = clock.now();
            // A clock that was set back makes nobody wait.
            let at = if next.since(now) > LONGEST_GAP { now } else { (*next).max(now) };
            *next = at.plus(self.gap);
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

    struct Hand(Mutex<Instant>);

    impl Clock for Hand {
        fn now(&self) -> Instant {
            *self.0.lock().unwrap()
        }

        fn sleep_until(&self, at: Instant) -> BoxFuture<'_, ()> {
            let mut hand = self.0.lock().unwrap();
            *hand = (*hand).max(at);
            Box::pin(ready(()))
        }
    }

    #[tokio::test]
    async fn turns_are_evenly_spaced_and_not_saved_up() {
        let began = Instant::parse("2025-12-01T12:00:00Z").unwrap();
        let clock = Hand(Mutex::new(began));
        let pace = Pace::new(20.0, began);
        join_all((0..101).map(|_| pace.turn(&clock))).await;
        assert_eq!(clock.now().since(began), TimeDelta::seconds(5));
        let later = clock.now().plus(TimeDelta::minutes(1));
        clock.sleep_until(later).await;
        for _ in 0..21 {
            pace.turn(&clock).await;
        }
        assert_eq!(clock.now().since(later), TimeDelta::seconds(1));
    }

    #[tokio::test]
    async fn a_rate_of_nothing_is_one_in_a_minute() {
        let began = Instant::parse("2025-12-01T12:00:00Z").unwrap();
        let clock = Hand(Mutex::new(began));
        let pace = Pace::new(0.0, began);
        pace.turn(&clock).await;
        pace.turn(&clock).await;
        assert_eq!(clock.now().since(began), TimeDelta::minutes(1));
    }
}
