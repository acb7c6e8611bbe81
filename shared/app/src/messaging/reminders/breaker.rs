//! Where our account, sender or templates are wrong, every message is refused, and sending more helps
//! nobody. After a few such refusals in a row the breaker opens: what is due stays `pending`, and a
//! metric raises the alarm. After a while one message is tried at a time; the first that is accepted
//! closes it. Each refused message waits a while itself, so that one bad row isn't tried each time.

use crate::App;
use crate::support::error::AppError;
use crate::support::ports::RefusalClass;
use domain::time::{Instant, TimeDelta};
use std::sync::{Mutex, MutexGuard, PoisonError};
use store::breaker::OpenBreaker;
use store::keys::Key;
use store::{Purpose, Transaction};

/// So many refusals in a row, and none accepted between them, open it.
const REFUSALS: u32 = 3;
/// For how long nothing is tried.
const COOLS_FOR: TimeDelta = TimeDelta::minutes(10);

/// The breaker as a run sees it.
#[derive(Debug)]
pub struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    open: Option<OpenBreaker>,
    /// Refusals since a message was accepted.
    refusals: u32,
    /// The next message is tried alone.
    probing: bool,
}

/// Whether messages go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// They do.
    Free,
    /// One at a time, to see whether they do.
    OneByOne,
    /// They don't.
    Held,
}

impl Breaker {
    /// As it stands in the table.
    ///
    /// # Errors
    /// What reading says.
    pub async fn read(app: &App) -> Result<Self, AppError> {
        let open = app.table.get::<OpenBreaker>(&Key::breaker()).await?;
        let probing = open.as_ref().is_some_and(|open| open.until <= app.now());
        Ok(Self(Mutex::new(State { open, refusals: 0, probing })))
    }

    /// Whether messages go out now.
    #[must_use]
    pub fn flow(&self) -> Flow {
        let state = self.state();
        match (&state.open, state.probing) {
            (None, _) => Flow::Free,
            (Some(_), true) => Flow::OneByOne,
            (Some(_), false) => Flow::Held,
        }
    }

    /// Whether it is open at all.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state().open.is_some()
    }

    /// Takes in how a message fared: `None` if it was accepted.
    ///
    /// # Errors
    /// What writing says.
    pub async fn notice(&self, app: &App, refused: Option<RefusalClass>, code: Option<u32>) -> Result<(), AppError> {
        let now = app.now();
        let Some(change) = self.decide(refused, code, now) else { return Ok(()) };
        let mut transaction = Transaction::default();
        match &change {
            Some(open) => transaction.overwrite(Purpose::Append, open),
            None => transaction.delete(Purpose::Append, Key::breaker()),
        }
        match &change {
            Some(open) => tracing::error!(code = open.code, "sending is held back: account, sender or template"),
            None => tracing::info!("sending goes on"),
        }
        app.table.transact(transaction).await.map_err(|error| AppError::Busy(error.to_string()))
    }

    /// What is to be written: the open breaker, or none; nothing where nothing changes.
    fn decide(&self, refused: Option<RefusalClass>, code: Option<u32>, now: Instant) -> Option<Option<OpenBreaker>> {
        let mut state = self.state();
        match refused {
            None => {
                state.refusals = 0;
                state.probing = false;
                state.open.take().map(|_| None)
            }
            Some(RefusalClass::Configuration) => {
                state.refusals += 1;
                // Those that were under way when it opened don't open it again.
                let opens = if state.open.is_some() { state.probing } else { state.refusals >= REFUSALS };
                if !opens {
                    return None;
                }
                let since = state.open.as_ref().map_or(now, |open| open.since);
                state.probing = false;
                state.open = Some(OpenBreaker { since, until: now.plus(COOLS_FOR), code });
                Some(state.open.clone())
            }
            // Says nothing about our settings.
            Some(_) => None,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRONG: Option<RefusalClass> = Some(RefusalClass::Configuration);

    fn at(minute: i64) -> Instant {
        Instant::parse("2025-12-01T12:00:00Z").unwrap().plus(TimeDelta::minutes(minute))
    }

    #[test]
    fn it_opens_after_refusals_in_a_row() {
        let breaker = Breaker(Mutex::default());
        for refused in [WRONG, WRONG, None, WRONG, Some(RefusalClass::Soon), WRONG] {
            assert_eq!(breaker.decide(refused, None, at(0)), None);
            assert_eq!(breaker.flow(), Flow::Free);
        }
        let open = breaker.decide(WRONG, Some(63_007), at(0)).flatten().unwrap();
        assert_eq!((open.since, open.until, open.code), (at(0), at(10), Some(63_007)));
        assert_eq!(breaker.flow(), Flow::Held);
        assert_eq!(breaker.decide(WRONG, None, at(1)), None, "it was under way");
        assert_eq!(breaker.decide(None, None, at(1)), Some(None), "one got through");
        assert_eq!(breaker.flow(), Flow::Free);
    }

    #[test]
    fn a_probe_closes_it_or_keeps_it_open() {
        let open = OpenBreaker { since: at(-60), until: at(0), code: None };
        let probing = || Breaker(Mutex::new(State { open: Some(open.clone()), refusals: 0, probing: true }));
        let breaker = probing();
        assert_eq!(breaker.flow(), Flow::OneByOne);
        assert_eq!(breaker.decide(Some(RefusalClass::Receiver), None, at(1)), None);
        assert_eq!(breaker.flow(), Flow::OneByOne, "that told nothing");
        assert_eq!(breaker.decide(None, None, at(1)), Some(None));
        assert_eq!(breaker.flow(), Flow::Free);
        let breaker = probing();
        let again = breaker.decide(WRONG, None, at(1)).flatten().unwrap();
        assert_eq!((again.since, again.until, breaker.flow()), (at(-60), at(11), Flow::Held));
    }
}
