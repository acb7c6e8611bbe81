//! What time is it? [`SystemClock`] asks the machine, and nothing else in the workspace may: whoever
//! needs the time takes it from `app`'s clock, so that a test can be in any year.

use app::support::ports::Clock;
use domain::time::Instant;
use futures_util::future::BoxFuture;
use std::time::SystemTime;

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        #[expect(clippy::disallowed_methods, reason = "this is the clock that everybody else is given")]
        let now = SystemTime::now();
        Instant::from_utc(now.into())
    }

    fn sleep_until(&self, at: Instant) -> BoxFuture<'_, ()> {
        let left = at.since(self.now()).to_std().unwrap_or_default();
        Box::pin(tokio::time::sleep(left))
    }
}
