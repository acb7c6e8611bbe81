//! The system clock, behind `app`'s `Clock`. No other code in the workspace may read the machine's time, so that a test
//! can set it.

use app::support::ports::Clock;
use domain::time::Instant;
use futures_util::future::BoxFuture;
use std::time::SystemTime;

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        #[expect(clippy::disallowed_methods, reason = "this is the clock that all other code uses")]
        let now = SystemTime::now();
        Instant::from_utc(now.into())
    }

    fn sleep_until(&self, at: Instant) -> BoxFuture<'_, ()> {
        let left = at.since(self.now()).to_std().unwrap_or_default();
        Box::pin(tokio::time::sleep(left))
    }
}

/// The machine's time, for a function that doesn't know `app`.
#[must_use]
pub fn now() -> Instant {
    SystemClock.now()
}
