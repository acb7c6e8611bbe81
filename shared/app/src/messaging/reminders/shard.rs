//! Processes the due messages of one shard. Every run derives them from the table and the clock: it reads
//! due pointers in one partition per day, from the low-water mark on, one page at a time, so that memory use
//! doesn't grow with the number of due messages.

use super::breaker::{Breaker, BreakerState};
use super::rate_limiter::RateLimiter;
use super::summary::Summary;
use crate::App;
use crate::messaging::outbox::{self, DeliveryOutcome};
use crate::support::error::AppError;
use domain::ids::NotificationId;
use domain::notification::{CLAIM_LEASE, Notification, NotificationStatus};
use domain::time::{Days, Instant, LocalDate, TimeDelta};
use futures_util::StreamExt as _;
use std::sync::{Mutex, PoisonError};
use store::keys::Key;
use store::low_water::LowWaterMark;
use store::notification::DuePointer;
use store::patterns;
use store::{Purpose, Transaction};

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
/// No message is started with less time than this left before the deadline.
const DEADLINE_MARGIN: TimeDelta = TimeDelta::seconds(45);

/// The settings of a run over one shard.
#[derive(Debug)]
pub struct ShardJob<'a> {
    pub shard: u8,
    pub limiter: &'a RateLimiter,
    pub breaker: &'a Breaker,
    pub deadline: Option<Instant>,
}

/// Counts the due messages of a shard, up to `max`.
pub async fn count_due(app: &App, shard: u8, max: usize) -> Result<usize, AppError> {
    let now = app.now();
    let mut count = 0;
    for day in days(read_low_water(app, shard, now).await?, now.utc_day()) {
        if count < max {
            let pattern = patterns::due(day, shard, now).limit(max - count);
            count += app.table.query::<DuePointer>(&pattern).await?.rows.len();
        }
    }
    Ok(count)
}

/// Processes the due messages of a shard. A message that fails never stops the others.
pub async fn run(app: &App, job: &ShardJob<'_>) -> Result<Summary, AppError> {
    let now = app.now();
    let first = read_low_water(app, job.shard, now).await?;
    let run = ShardRun { app, job, until: now, progress: Mutex::default() };
    for day in days(first, now.utc_day()) {
        run.process_day(day).await?;
    }
    run.process_rate_limited().await;
    let progress = run.progress.into_inner().unwrap_or_else(PoisonError::into_inner);
    raise_low_water(app, job.shard, first, now).await?;
    Ok(Summary { breaker_open: job.breaker.is_open(), ..progress.summary })
}

struct ShardRun<'a> {
    app: &'a App,
    job: &'a ShardJob<'a>,
    /// Messages that are due up to this instant are processed.
    until: Instant,
    progress: Mutex<Progress>,
}

#[derive(Default)]
struct Progress {
    summary: Summary,
    /// Messages that the recipient's rate limit holds back, and until when.
    rate_limited: Vec<(Instant, NotificationId)>,
}

impl ShardRun<'_> {
    /// Processes the due pointers of a day, one page at a time. Pages are found by key, so pointers that are
    /// deleted meanwhile don't shift them.
    async fn process_day(&self, day: LocalDate) -> Result<(), AppError> {
        let mut pattern = patterns::due(day, self.job.shard, self.until).limit(PAGE_SIZE);
        loop {
            let page = self.app.table.query::<DuePointer>(&pattern).await?;
            let last = page.rows.last().map(|(position, _)| position.clone());
            let mut pointers = page.rows.into_iter().map(|(_, pointer)| pointer);
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
            match last {
                Some(position) if page.more => pattern = pattern.after(&position),
                _ => return Ok(()),
            }
        }
    }

    /// Sends the messages that had to wait for the rate limit of their recipient.
    async fn process_rate_limited(&self) {
        loop {
            let mut waiting = std::mem::take(&mut self.progress().rate_limited);
            waiting.sort_unstable_by_key(|(at, _)| *at);
            if waiting.is_empty() {
                return;
            }
            for (at, notification) in waiting {
                if !self.is_late(at) {
                    self.app.clock.sleep_until(at).await;
                }
                self.process(&DuePointer { notification, at }).await;
            }
        }
    }

    async fn process(&self, pointer: &DuePointer) {
        match self.try_process(pointer).await {
            Ok(()) => {}
            Err(error) => {
                self.progress().summary.record_unsent(pointer.at, self.app.now());
                tracing::error!(notification = %pointer.notification, %error, "failed to process a due message");
            }
        }
    }

    async fn try_process(&self, pointer: &DuePointer) -> Result<(), AppError> {
        let (app, id) = (self.app, pointer.notification);
        if self.is_late(app.now()) {
            self.count_held(pointer);
            return Ok(());
        }
        let Some(row) = app.table.get::<Notification>(&Key::notification(id)).await? else { return Ok(()) };
        let lease_over = row.lease_until.is_some_and(|until| until <= app.now());
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
                self.progress().summary.not_delivered += u64::from(missed);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Counts the outcome of a message.
    fn count(&self, before: &Notification, done: &DeliveryOutcome) {
        let now = self.app.now();
        let after = &done.notification;
        let mut progress = self.progress();
        if let Some(at) = done.retry_at {
            progress.rate_limited.push((at, after.id));
            return;
        }
        let is = |status| u64::from(after.status == status);
        let summary = &mut progress.summary;
        summary.claimed += u64::from(after.attempts > before.attempts);
        summary.sent += u64::from(after.status.is_accepted());
        summary.unknown += is(NotificationStatus::Unknown);
        summary.failed += is(NotificationStatus::Failed);
        summary.expired += is(NotificationStatus::Expired);
        summary.cancelled += is(NotificationStatus::Cancelled);
        if let Some(class) = done.refused {
            summary.count_refusal(class);
        }
        if let (NotificationStatus::Unknown, Some(lease)) = (after.status, after.lease_until) {
            let age = now.since(lease.plus(-CLAIM_LEASE)).num_seconds();
            summary.oldest_unknown_seconds = summary.oldest_unknown_seconds.max(age);
        }
        if done.refused.is_some() && after.status == NotificationStatus::Pending {
            summary.record_unsent(after.due_at, now);
        }
    }

    fn count_held(&self, pointer: &DuePointer) {
        let mut progress = self.progress();
        progress.summary.held += 1;
        progress.summary.record_unsent(pointer.at, self.app.now());
    }

    /// Whether it is too late at this instant to start another message.
    fn is_late(&self, at: Instant) -> bool {
        self.job.deadline.is_some_and(|deadline| at >= deadline.plus(-DEADLINE_MARGIN))
    }

    fn progress(&self) -> std::sync::MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn days(first: LocalDate, last: LocalDate) -> impl Iterator<Item = LocalDate> {
    first.iter_days().take_while(move |day| *day <= last)
}

async fn read_low_water(app: &App, shard: u8, now: Instant) -> Result<LocalDate, AppError> {
    let today = now.utc_day();
    let mark = app.table.get::<LowWaterMark>(&Key::low_water(shard)).await?;
    let first = || today.checked_sub_days(Days::new(FIRST_RUN_DAYS)).unwrap_or(today);
    // If the clock was set back, messages that are due by it must still be found.
    Ok(mark.map_or_else(first, |mark| mark.day.min(today)))
}

/// Moves the low-water mark to the first day that still has a pointer, at most to the day of an hour ago.
async fn raise_low_water(app: &App, shard: u8, first: LocalDate, now: Instant) -> Result<(), AppError> {
    let last = now.plus(-LOW_WATER_LAG).utc_day();
    let mut mark = first;
    for day in days(first, last) {
        mark = day;
        let rest = patterns::due(day, shard, now).limit(1);
        if day < last && !app.table.query::<DuePointer>(&rest).await?.rows.is_empty() {
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
