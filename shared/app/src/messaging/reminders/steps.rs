//! The steps of a run of the scheduled job, and how they are kept apart: each has a share of the run's time, and one that
//! fails, panics or exceeds its share is counted while the others still run.

use super::summary::Summary;
use crate::App;
use crate::support::error::AppError;
use crate::support::job::{JobStep, UnreadableRows};
use domain::time::{Instant, TimeDelta};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A step of the job. They run in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Sending,
    Inbound,
    Holds,
    Records,
    Sweeps,
    Erasures,
    Seals,
    LookUps,
}

/// When a step has to end, in percent of the run's time, counted from the run's start.
struct TimeShare {
    /// From here on it starts no new work.
    stop: i32,
    /// Here it is aborted, as by a crash: every piece of work may be interrupted anywhere.
    abort: i32,
}

impl Step {
    /// The name in logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sending => "sending",
            Self::Inbound => "inbound",
            Self::Holds => "holds",
            Self::Records => "records",
            Self::Sweeps => "sweeps",
            Self::Erasures => "erasures",
            Self::Seals => "seals",
            Self::LookUps => "look_ups",
        }
    }

    /// A step begins where the one before it ended, so that what one doesn't use is left to the next ones.
    fn time_share(self) -> TimeShare {
        let (stop, abort) = match self {
            Self::Sending => (55, 72),
            Self::Inbound => (75, 79),
            Self::Holds => (80, 81),
            Self::Records => (82, 83),
            Self::Sweeps => (87, 89),
            Self::Erasures => (91, 93),
            Self::Seals => (95, 96),
            Self::LookUps => (97, 98),
        };
        TimeShare { stop, abort }
    }
}

/// No message is started with less time than this left before the deadline.
const SEND_MARGIN: TimeDelta = TimeDelta::seconds(45);

/// What a run of the job has done.
#[derive(Debug)]
pub struct RunOutcome {
    pub summary: Summary,
    /// Why sending couldn't read the table at all.
    pub sending_error: Option<AppError>,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum StepFailure {
    #[error(transparent)]
    App(AppError),
    #[error("it panicked")]
    Panicked,
    #[error("its time was over")]
    OutOfTime,
}

/// A run of the job while it runs.
pub(super) struct Run<'a> {
    app: &'a App,
    started: Instant,
    deadline: Option<Instant>,
    unreadable: UnreadableRows,
    summary: Mutex<Summary>,
    failed: Mutex<BTreeSet<Step>>,
}

impl<'a> Run<'a> {
    pub(super) fn new(app: &'a App, deadline: Option<Instant>) -> Self {
        let started = app.now();
        // Emulators of Lambda send a deadline in the past, which can't be the real one.
        let deadline = deadline.filter(|deadline| *deadline > started);
        let (unreadable, summary, failed) = Default::default();
        Self { app, started, deadline, unreadable, summary, failed }
    }

    /// The frame of a step among the others of a full run.
    pub(super) fn frame(&self, step: Step) -> JobStep<'_> {
        let stop = self.share(step.time_share().stop);
        let stop = if step == Step::Sending { stop.min(self.last_send()) } else { stop };
        JobStep { deadline: stop, unreadable: &self.unreadable }
    }

    /// The frame of a run that does nothing but send.
    pub(super) fn sending_only(&self) -> JobStep<'_> {
        JobStep { deadline: self.last_send(), unreadable: &self.unreadable }
    }

    fn last_send(&self) -> Option<Instant> {
        self.deadline.map(|deadline| deadline.plus(-SEND_MARGIN))
    }

    /// The instant at which this share of the run's time is over.
    fn share(&self, percent: i32) -> Option<Instant> {
        self.deadline.map(|deadline| self.started.plus(deadline.since(self.started) * percent / 100))
    }

    pub(super) fn summary(&self) -> MutexGuard<'_, Summary> {
        self.summary.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a step to its end, or until its time is over. A failure is logged, counted and returned.
    pub(super) async fn complete(
        &self,
        step: Step,
        // Boxed: together the futures are larger than the stack of a test's thread.
        work: BoxFuture<'_, Result<(), AppError>>,
    ) -> Option<StepFailure> {
        let work = AssertUnwindSafe(work).catch_unwind();
        let left = self.share(step.time_share().abort).map(|abort| abort.since(self.app.now()).to_std());
        let done = match left {
            None => Some(work.await),
            Some(Ok(left)) if left > Duration::ZERO => tokio::time::timeout(left, work).await.ok(),
            Some(_) => None,
        };
        let failure = match done {
            Some(Ok(Ok(()))) => return None,
            Some(Ok(Err(error))) => StepFailure::App(error),
            Some(Err(_)) => StepFailure::Panicked,
            None => StepFailure::OutOfTime,
        };
        self.record_failure(step, &failure);
        Some(failure)
    }

    pub(super) fn record_failure(&self, step: Step, failure: &StepFailure) {
        tracing::error!(step = step.name(), %failure, "a step of the job failed");
        if let StepFailure::App(error) = failure {
            self.unreadable.record_error(error);
        }
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).insert(step);
    }

    pub(super) fn finish(self, sending_error: Option<AppError>) -> RunOutcome {
        let mut summary = self.summary.into_inner().unwrap_or_else(PoisonError::into_inner);
        summary.unreadable_rows = self.unreadable.count();
        summary.failed_steps = self.failed.into_inner().unwrap_or_else(PoisonError::into_inner).len() as u64;
        RunOutcome { summary, sending_error }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: [Step; 8] = [
        Step::Sending,
        Step::Inbound,
        Step::Holds,
        Step::Records,
        Step::Sweeps,
        Step::Erasures,
        Step::Seals,
        Step::LookUps,
    ];
    /// The function's time in `template.yaml`, in seconds.
    const TIMEOUT: i32 = 285;

    #[test]
    fn each_step_is_aborted_before_the_next_one_has_to_stop() {
        let shares: Vec<i32> = STEPS.iter().map(|step| step.time_share()).flat_map(|s| [s.stop, s.abort]).collect();
        assert!(shares.windows(2).all(|pair| pair[0] < pair[1]) && shares.last() < Some(&100), "{shares:?}");
        assert!(STEPS.windows(2).all(|pair| pair[0] < pair[1]), "the order in which they run");
    }

    #[test]
    fn a_message_that_was_begun_has_the_time_that_a_send_takes() {
        let TimeShare { stop, abort } = Step::Sending.time_share();
        assert!(TimeDelta::seconds(((abort - stop) * TIMEOUT / 100).into()) >= SEND_MARGIN);
        let template = include_str!("../../../../../template.yaml");
        assert!(template.contains(&format!("Timeout: {TIMEOUT} # less than the interval of 5 minutes")));
    }
}
