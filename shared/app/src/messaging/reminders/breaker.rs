//! Circuit breaker for sending: stops sending while our account, sender or templates are misconfigured.
//!
//! Twilio then refuses every message, so further sends are useless. After a few such refusals in a row the
//! breaker opens: due messages stay `pending`, and a metric raises an alarm. After a cool-down one message is
//! tried at a time; the first one that is accepted closes the breaker. Each refused message also has its own
//! backoff, so that one bad row isn't tried every time.
//!
//! Twilio may also accept every message and report later that none was delivered, because a template is paused for
//! example. [`delivery_reports`](super::delivery_reports) opens the breaker then, and closes it with a delivery.

use crate::App;
use crate::support::error::AppError;
use crate::support::job::JobStep;
use crate::support::ports::FailureClass;
use domain::time::{Instant, TimeDelta};
use std::sync::{Mutex, MutexGuard, PoisonError};
use store::breaker::OpenBreaker;
use store::keys::Key;
use store::{Purpose, ReadError, Transaction};

/// This many refusals in a row, with no accepted message between them, open the breaker.
pub(super) const FAILURE_THRESHOLD: u32 = 3;
/// How long the breaker stays open before one message is tried.
pub(super) const COOL_DOWN: TimeDelta = TimeDelta::minutes(10);

/// How old this run's knowledge of the table's breaker may be: status callbacks may open it meanwhile.
const REFRESH_INTERVAL: TimeDelta = TimeDelta::seconds(30);

/// The breaker during one run.
#[derive(Debug)]
pub struct Breaker(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    open: Option<OpenBreaker>,
    /// Refusals since a message was accepted.
    refusals: u32,
    /// The cool-down is over: the next message is tried alone.
    probing: bool,
    /// When the table was last read.
    read_at: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerState {
    /// Messages are sent.
    Closed,
    /// One message at a time is sent as a probe.
    HalfOpen,
    /// No message is sent.
    Open,
}

/// A change that has to be written to the table.
#[derive(Debug, PartialEq)]
enum BreakerChange {
    /// It opened, or stays open for another cool-down.
    Opened(OpenBreaker),
    /// One message was accepted. Whether it is delivered will be known by the end of another cool-down.
    Waiting(OpenBreaker),
    Closed,
}

impl Breaker {
    /// Reads the breaker from the table. One that can't be read counts as open with its cool-down over.
    pub async fn read(app: &App, step: &JobStep<'_>) -> Result<Self, AppError> {
        let open = match app.table.get::<OpenBreaker>(&Key::breaker()).await {
            Err(ReadError::Unreadable(row)) => {
                step.unreadable.record(&row);
                Some(OpenBreaker { since: app.now(), until: app.now(), code: None, awaits_delivery_of: None })
            }
            read => read?,
        };
        let now = app.now();
        let probing = open.as_ref().is_some_and(|open| open.until <= now);
        Ok(Self(Mutex::new(Inner { open, refusals: 0, probing, read_at: Some(now) })))
    }

    /// Learns from the table, at most every half minute, whether status callbacks have opened the breaker in this run.
    pub async fn refresh(&self, app: &App) -> Result<(), AppError> {
        if !self.begin_refresh(app.now()) {
            return Ok(());
        }
        match app.table.get::<OpenBreaker>(&Key::breaker()).await {
            // The next run reports it.
            Err(ReadError::Unreadable(_)) => {}
            read => {
                let opened = read?.filter(|open| open.awaits_delivery_of.is_some() && open.until > app.now());
                let mut state = self.lock();
                state.open = state.open.take().or(opened);
            }
        }
        Ok(())
    }

    /// Whether the table has to be read again.
    fn begin_refresh(&self, now: Instant) -> bool {
        let mut state = self.lock();
        let is_current = state.read_at.is_none_or(|at| now.since(at) < REFRESH_INTERVAL);
        if is_current || state.open.is_some() {
            return false;
        }
        state.read_at = Some(now);
        true
    }

    #[must_use]
    pub fn state(&self) -> BreakerState {
        let state = self.lock();
        match (&state.open, state.probing) {
            (None, _) => BreakerState::Closed,
            (Some(_), true) => BreakerState::HalfOpen,
            (Some(_), false) => BreakerState::Open,
        }
    }

    /// Whether the breaker is open or half open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.lock().open.is_some()
    }

    /// Records the result of a send: `None` if the message was accepted.
    pub async fn record_result(
        &self,
        app: &App,
        refused: Option<FailureClass>,
        code: Option<u32>,
    ) -> Result<(), AppError> {
        let now = app.now();
        let Some(change) = self.update(refused, code, now) else { return Ok(()) };
        let mut transaction = Transaction::default();
        match &change {
            BreakerChange::Opened(open) => {
                transaction.overwrite(Purpose::Append, open);
                tracing::error!(code = open.code, "circuit breaker opened: account, sender or template misconfigured");
            }
            BreakerChange::Waiting(open) => transaction.overwrite(Purpose::Append, open),
            BreakerChange::Closed => {
                transaction.delete(Purpose::Append, Key::breaker());
                tracing::info!("circuit breaker closed");
            }
        }
        app.table.transact(transaction).await.map_err(|error| AppError::Busy(error.to_string()))
    }

    /// How the breaker changes, if it does.
    fn update(&self, refused: Option<FailureClass>, code: Option<u32>, now: Instant) -> Option<BreakerChange> {
        let mut state = self.lock();
        let awaits_delivery_of = state.open.as_ref().and_then(|open| open.awaits_delivery_of);
        match refused {
            None => {
                state.refusals = 0;
                let was_probing = std::mem::take(&mut state.probing);
                match &mut state.open {
                    Some(open) if awaits_delivery_of.is_some() => {
                        open.until = if was_probing { now.plus(COOL_DOWN) } else { open.until };
                        was_probing.then(|| BreakerChange::Waiting(open.clone()))
                    }
                    open => open.take().map(|_| BreakerChange::Closed),
                }
            }
            Some(FailureClass::Configuration) => {
                state.refusals += 1;
                // Refusals of messages that were in flight when it opened don't extend the cool-down.
                let opens = if state.open.is_some() { state.probing } else { state.refusals >= FAILURE_THRESHOLD };
                if !opens {
                    return None;
                }
                let since = state.open.as_ref().map_or(now, |open| open.since);
                state.probing = false;
                let open = OpenBreaker { since, until: now.plus(COOL_DOWN), code, awaits_delivery_of };
                state.open = Some(open.clone());
                Some(BreakerChange::Opened(open))
            }
            // Other failures say nothing about our settings.
            Some(_) => None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MISCONFIGURED: Option<FailureClass> = Some(FailureClass::Configuration);

    fn at(minute: i64) -> Instant {
        Instant::parse("2025-12-01T12:00:00Z").unwrap().plus(TimeDelta::minutes(minute))
    }

    fn opened(change: Option<BreakerChange>) -> OpenBreaker {
        let Some(BreakerChange::Opened(open)) = change else { panic!("{change:?}") };
        open
    }

    #[test]
    fn opens_after_consecutive_configuration_refusals() {
        let breaker = Breaker(Mutex::default());
        let transient = Some(FailureClass::Transient);
        for refused in [MISCONFIGURED, MISCONFIGURED, None, MISCONFIGURED, transient, MISCONFIGURED] {
            assert_eq!(breaker.update(refused, None, at(0)), None);
            assert_eq!(breaker.state(), BreakerState::Closed);
        }
        let open = opened(breaker.update(MISCONFIGURED, Some(63_007), at(0)));
        assert_eq!((open.since, open.until, open.code), (at(0), at(10), Some(63_007)));
        assert_eq!(breaker.state(), BreakerState::Open);
        assert_eq!(breaker.update(MISCONFIGURED, None, at(1)), None, "it was in flight");
        assert_eq!(breaker.update(None, None, at(1)), Some(BreakerChange::Closed), "one was accepted");
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[test]
    fn a_probe_closes_the_breaker_or_keeps_it_open() {
        let open = OpenBreaker { since: at(-60), until: at(0), code: None, awaits_delivery_of: None };
        let probing =
            || Breaker(Mutex::new(Inner { open: Some(open.clone()), refusals: 0, probing: true, read_at: None }));
        let breaker = probing();
        assert_eq!(breaker.state(), BreakerState::HalfOpen);
        assert_eq!(breaker.update(Some(FailureClass::Recipient), None, at(1)), None);
        assert_eq!(breaker.state(), BreakerState::HalfOpen, "a recipient failure says nothing about the settings");
        assert_eq!(breaker.update(None, None, at(1)), Some(BreakerChange::Closed));
        assert_eq!(breaker.state(), BreakerState::Closed);
        let breaker = probing();
        let again = opened(breaker.update(MISCONFIGURED, None, at(1)));
        assert_eq!((again.since, again.until, breaker.state()), (at(-60), at(11), BreakerState::Open));
    }

    #[test]
    fn an_acceptance_proves_nothing_where_a_delivery_is_awaited() {
        let template = Some(domain::messages::Template::Reminder);
        let open = OpenBreaker { since: at(-60), until: at(0), code: Some(63_041), awaits_delivery_of: template };
        let breaker =
            Breaker(Mutex::new(Inner { open: Some(open.clone()), refusals: 0, probing: true, read_at: None }));
        let until = at(11);
        assert_eq!(breaker.update(None, None, at(1)), Some(BreakerChange::Waiting(OpenBreaker { until, ..open })));
        assert_eq!(breaker.state(), BreakerState::Open, "no other message is tried until then");
        assert_eq!(breaker.update(None, None, at(2)), None, "it was in flight");
        assert_eq!(breaker.state(), BreakerState::Open);
    }
}
