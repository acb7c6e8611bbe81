//! Processes the due messages of one shard. Every run derives them from the table and the clock: it reads
//! due pointers in one partition per day, from the low-water mark on, one page at a time, so that memory use
//! doesn't grow with the number of due messages.

use super::breaker::{Breaker, BreakerState};
use super::rate_limiter::RateLimiter;
use super::steps::Run;
use super::summary::Summary;
use crate::App;
use crate::messaging::outbox::{self, DeliveryOutcome};
use crate::support::error::AppError;
use crate::support::job::JobStep;
use domain::ids::NotificationId;
use domain::notification::{Notification, NotificationStatus};
use domain::time::{Days, Instant, LocalDate, TimeDelta};
use futures_util::StreamExt as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use store::keys::Key;
use store::low_water::LowWaterMark;
use store::notification::DuePointer;
use store::patterns;
use store::{Purpose, ReadError, Transaction};

/// How many messages are in flight at once. They wait for the rate limiter with their lease running, so the
/// limiter may lower this.
const MAX_IN_FLIGHT: usize = 16;
/// Due pointers per page.
const PAGE_SIZE: usize = 500;
/// How many days back the very first run looks.
const FIRST_RUN_DAYS: u64 = 60;
/// The low-water mark stays this far behind the clock: a booking that is being written may add a pointer
/// that is slightly in the past.
const LOW_WATER_LAG: TimeDelta = TimeDelta::hours(1);

/// The settings of a run over one shard.
pub(super) struct ShardJob<'a> {
    pub(super) shard: u8,
    pub(super) limiter: &'a RateLimiter,
    pub(super) breaker: &'a Breaker,
    pub(super) step: JobStep<'a>,
    /// Keeps the counters, also of a run that is aborted.
    pub(super) run: &'a Run<'a>,
}

/// Counts the due messages of a shard, up to `max`.
pub(super) async fn count_due(app: &App, shard: u8, max: usize, step: &JobStep<'_>) -> Result<usize, AppError> {
    let now = app.now();
    let mut count = 0;
    for day in days(read_low_water(app, shard, now, step).await?.first, now.utc_day()) {
        if count < max {
            let pattern = patterns::due(day, shard, now).limit(max - count);
            count += app.table.count_work(&pattern).await?;
        }
    }
    Ok(count)
}

/// Processes the due messages of a shard. A message that fails never stops the others.
pub(super) async fn run(app: &App, job: &ShardJob<'_>) -> Result<(), AppError> {
    let now = app.now();
    let low_water = read_low_water(app, job.shard, now, &job.step).await?;
    let run = ShardRun { app, job, until: now, rate_limited: Mutex::default() };
    for day in days(low_water.first, now.utc_day()) {
        run.process_day(day).await?;
    }
    run.process_rate_limited().await;
    run.summary().breaker_open |= job.breaker.is_open();
    if low_water.may_be_written {
        raise_low_water(app, job.shard, low_water.first, now).await?;
    }
    Ok(())
}

struct ShardRun<'a> {
    app: &'a App,
    job: &'a ShardJob<'a>,
    /// Messages that are due up to this instant are processed.
    until: Instant,
    /// Messages that the recipient's rate limit holds back, and until when.
    rate_limited: Mutex<Vec<(Instant, NotificationId)>>,
}

impl ShardRun<'_> {
    /// Processes the due pointers of a day, one page at a time. Pages are found by key, so pointers that are
    /// deleted meanwhile don't shift them.
    async fn process_day(&self, day: LocalDate) -> Result<(), AppError> {
        let mut pattern = patterns::due(day, self.job.shard, self.until).limit(PAGE_SIZE);
        loop {
            let page = self.app.table.work_page::<DuePointer>(&pattern).await?;
            page.unreadable.iter().for_each(|row| self.job.step.unreadable.record(row));
            let mut pointers = page.rows.into_iter();
            while self.job.breaker.state() == BreakerState::HalfOpen {
                match pointers.next() {
                    Some(pointer) => self.process(&pointer).await,
                    None => break,
                }
            }
            futures_util::stream::iter(pointers)
                .for_each_concurrent(self.job.limiter.max_concurrency(MAX_IN_FLIGHT), |pointer| async move {
                    self.process(&pointer).await
                })
                .await;
            match page.next {
                Some(position) => pattern = pattern.after(&position),
                None => return Ok(()),
            }
        }
    }

    /// Sends the messages that had to wait for the rate limit of their recipient.
    async fn process_rate_limited(&self) {
        loop {
            let mut waiting = std::mem::take(&mut *self.rate_limited());
            waiting.sort_unstable_by_key(|(at, _)| *at);
            if waiting.is_empty() {
                return;
            }
            for (at, notification) in waiting {
                if !self.job.step.is_over(at) {
                    self.app.clock.sleep_until(at).await;
                }
                self.process(&DuePointer { notification, at }).await;
            }
        }
    }

    async fn process(&self, pointer: &DuePointer) {
        if let Err(error) = self.job.step.attempt(self.try_process(pointer)).await {
            self.summary().record_unsent(pointer.at, self.app.now());
            tracing::error!(notification = %pointer.notification, %error, "failed to process a due message");
        }
    }

    async fn try_process(&self, pointer: &DuePointer) -> Result<(), AppError> {
        let (app, id) = (self.app, pointer.notification);
        if self.job.step.is_over(app.now()) {
            self.count_held(pointer);
            return Ok(());
        }
        let Some(row) = app.table.get::<Notification>(&Key::notification(id)).await? else { return Ok(()) };
        let lease_over = row.lease_until.is_some_and(|until| until <= app.now());
        if row.status == NotificationStatus::Pending {
            self.job.breaker.refresh(app).await?;
        }
        match row.status {
            NotificationStatus::Pending if self.job.breaker.state() == BreakerState::Open => {
                self.count_held(pointer);
                Ok(())
            }
            NotificationStatus::Pending => {
                let done = outbox::deliver_due(app, id, self.job.limiter).await?;
                self.count(&row, &done);
                match done.refused {
                    Some(class) => self.job.breaker.record_result(app, Some(class), done.notification.error_code).await,
                    None if done.notification.status == NotificationStatus::Sent => {
                        self.job.breaker.record_result(app, None, None).await
                    }
                    None => Ok(()),
                }
            }
            NotificationStatus::Claimed | NotificationStatus::Unknown if lease_over => {
                let reconciled = outbox::reconcile(app, id).await?;
                self.count(&row, &reconciled.into());
                Ok(())
            }
            NotificationStatus::Sent => {
                let missed = outbox::flag_undelivered(app, id).await?;
                self.summary().not_delivered += u64::from(missed);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Counts the outcome of a message.
    fn count(&self, before: &Notification, done: &DeliveryOutcome) {
        let now = self.app.now();
        let after = &done.notification;
        if let Some(at) = done.retry_at {
            self.rate_limited().push((at, after.id));
            return;
        }
        let is = |status| u64::from(after.status == status);
        let mut summary = self.summary();
        summary.claimed += u64::from(after.attempts > before.attempts);
        summary.sent += u64::from(after.status.is_accepted());
        summary.unknown += is(NotificationStatus::Unknown);
        summary.failed += is(NotificationStatus::Failed);
        summary.expired += is(NotificationStatus::Expired);
        summary.cancelled += is(NotificationStatus::Cancelled);
        if let Some(class) = done.refused {
            summary.count_refusal(class);
        }
        if let (NotificationStatus::Unknown, Some(claimed_at)) = (after.status, after.claimed_at()) {
            let age = now.since(claimed_at).num_seconds();
            summary.oldest_unknown_seconds = summary.oldest_unknown_seconds.max(age);
        }
        if done.refused.is_some() && after.status == NotificationStatus::Pending {
            summary.record_unsent(after.due_at, now);
        }
    }

    fn count_held(&self, pointer: &DuePointer) {
        let mut summary = self.summary();
        summary.held += 1;
        summary.record_unsent(pointer.at, self.app.now());
    }

    fn summary(&self) -> MutexGuard<'_, Summary> {
        self.job.run.summary()
    }

    fn rate_limited(&self) -> MutexGuard<'_, Vec<(Instant, NotificationId)>> {
        self.rate_limited.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn days(first: LocalDate, last: LocalDate) -> impl Iterator<Item = LocalDate> {
    first.iter_days().take_while(move |day| *day <= last)
}

/// Where a run over a shard begins.
struct LowWater {
    first: LocalDate,
    /// A mark that can't be read is left to the build that wrote it.
    may_be_written: bool,
}

async fn read_low_water(app: &App, shard: u8, now: Instant, step: &JobStep<'_>) -> Result<LowWater, AppError> {
    let today = now.utc_day();
    let (mark, may_be_written) = match app.table.get::<LowWaterMark>(&Key::low_water(shard)).await {
        Err(ReadError::Unreadable(row)) => {
            step.unreadable.record(&row);
            (None, false)
        }
        mark => (mark?, true),
    };
    let first = || today.checked_sub_days(Days::new(FIRST_RUN_DAYS)).unwrap_or(today);
    // If the clock was set back, messages that are due by it must still be found.
    Ok(LowWater { first: mark.map_or_else(first, |mark| mark.day.min(today)), may_be_written })
}

/// Moves the low-water mark to the first day that still has a pointer, at most to the day of an hour ago. A pointer
/// that can't be read holds the mark as any other one.
async fn raise_low_water(app: &App, shard: u8, first: LocalDate, now: Instant) -> Result<(), AppError> {
    let last = now.plus(-LOW_WATER_LAG).utc_day();
    let mut mark = first;
    for day in days(first, last) {
        mark = day;
        let rest = patterns::due(day, shard, now).limit(1);
        if day < last && app.table.count_work(&rest).await? > 0 {
            break;
        }
    }
    if mark == first && first == now.utc_day() {
        return Ok(());
    }
    let mut transaction = Transaction::default();
    transaction.overwrite(Purpose::Append, &LowWaterMark { shard, day: mark });
    app.table.transact(transaction).await.map_err(|error| AppError::Busy(error.to_string()))
}
