//! What time is it? [`SystemClock`] asks the machine, and nothing else in the workspace may: whoever
//! needs the time takes it from `app`'s clock, so that a test can be in any year.

use app::ports::Clock;
use domain::time::Instant;
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
}
