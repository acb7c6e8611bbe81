//! What is due in a shard. Every run works it out anew from the table and the clock: pointers in
//! partitions of a day each, from the low-water mark on, a page at a time, so that memory stays flat
//! however much there is to do.

use super::breaker::{Breaker, Flow};
use super::pace::Pace;
use super::summary::Summary;
use crate::App;
use crate::messaging::outbox::{self, Delivered};
use crate::support::error::AppError;
use domain::ids::NotificationId;
use domain::notification::{LEASE, Notification, NotificationStatus};
use domain::time::{Days, Instant, LocalDate, TimeDelta};
use futures_util::StreamExt as _;
use std::sync::{Mutex, PoisonError};
use store::keys::Key;
use store::low_water::LowWater;
use store::notification::DuePointer;
use store::patterns;
use store::{Purpose, Transaction};

/// How many messages are under way at once: they wait for their turn together, so a slow pace must not
/// use up their leases.
const IN_FLIGHT: usize = 16;
/// Pointers in a page.
const PAGE: usize = 500;
/// How far back the very first run looks.
const REACH_DAYS: u64 = 60;
/// The low-water mark stays this far behind the clock: a booking that is being written may have a
/// pointer a little in the past.
const BEHIND: TimeDelta = TimeDelta::hours(1);
/// Nothing is begun that might not be done before the deadline.
const LAST_CALL: TimeDelta = TimeDelta::seconds(45);

/// The work on a shard.
#[derive(Debug)]
pub struct Job<'a> {
    /// Which.
    pub shard: u8,
    /// How fast messages go out.
    pub pace: &'a Pace,
    /// Whether they do.
    pub breaker: &'a Breaker,
    /// When it has to be over.
    pub deadline: Option<Instant>,
}

/// How many rows a shard has due, counted up to `most`.
///
/// # Errors
/// What reading says.
pub async fn count_due(app: &App, shard: u8, most: usize) -> Result<usize, AppError> {
    let now = app.now();
    let mut count = 0;
    for day in days(low_water(app, shard, now).await?, now.utc_day()) {
        if count < most {
            let pattern = patterns::due(day, shard, now).limit(most - count);
            count += app.table.query::<DuePointer>(&pattern).await?.rows.len();
        }
    }
    Ok(count)
}

/// Does what is due in a shard.
///
/// # Errors
/// What reading says. A message that can't be worked on never stops the others.
pub async fn run(app: &App, job: &Job<'_>) -> Result<Summary, AppError> {
    let now = app.now();
    let first = low_water(app, job.shard, now).await?;
    let work = Work { app, job, until: now, seen: Mutex::default() };
    for day in days(first, now.utc_day()) {
        work.day(day).await?;
    }
    work.turns().await;
    let seen = work.seen.into_inner().unwrap_or_else(PoisonError::into_inner);
    raise(app, job.shard, first, now).await?;
    Ok(Summary { breaker_open: job.breaker.is_open(), ..seen.summary })
}

/// A run of a shard.
struct Work<'a> {
    app: &'a App,
    job: &'a Job<'a>,
    /// What is due up to this is done.
    until: Instant,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    summary: Summary,
    /// Messages that have to wait for their turn with a number, and until when.
    waiting: Vec<(Instant, NotificationId)>,
}

impl Work<'_> {
    /// Goes through the pointers of a day, a page at a time. Pages are found by position, so what is
    /// done meanwhile doesn't shift them.
    async fn day(&self, day: LocalDate) -> Result<(), AppError> {
        let mut pattern = patterns::due(day, self.job.shard, self.until).limit(PAGE);
        loop {
            let page = self.app.table.query::<DuePointer>(&pattern).await?;
            let last = page.rows.last().map(|(position, _)| position.clone());
            let mut pointers = page.rows.into_iter().map(|(_, pointer)| pointer);
            while self.job.breaker.flow() == Flow::OneByOne {
                match pointers.next() {
                    Some(pointer) => self.work(&pointer).await,
                    None => break,
                }
            }
            futures_util::stream::iter(pointers)
                .for_each_concurrent(
                    self.job.pace.within(IN_FLIGHT),
                    |pointer| async move { self.work(&pointer).await },
                )
                .await;
            match last {
                Some(position) if page.more => pattern = pattern.after(&position),
                _ => return Ok(()),
            }
        }
    }

    /// Sends what had to wait for its turn with a number.
    async fn turns(&self) {
        loop {
            let mut waiting = std::mem::take(&mut self.seen().waiting);
            waiting.sort_unstable_by_key(|(at, _)| *at);
            if waiting.is_empty() {
                return;
            }
            for (at, notification) in waiting {
                if !self.is_late(at) {
                    self.app.clock.sleep_until(at).await;
                }
                self.work(&DuePointer { notification, at }).await;
            }
        }
    }

    async fn work(&self, pointer: &DuePointer) {
        match self.try_work(pointer).await {
            Ok(()) => {}
            Err(error) => {
                self.seen().summary.leave(pointer.at, self.app.now());
                tracing::error!(notification = %pointer.notification, %error, "a due message could not be worked on");
            }
        }
    }

    async fn try_work(&self, pointer: &DuePointer) -> Result<(), AppError> {
        let (app, id) = (self.app, pointer.notification);
        if self.is_late(app.now()) {
            self.hold(pointer);
            return Ok(());
        }
        let Some(row) = app.table.get::<Notification>(&Key::notification(id)).await? else { return Ok(()) };
        let lease_over = row.lease_until.is_some_and(|until| until <= app.now());
        match row.status {
            NotificationStatus::Pending if self.job.breaker.flow() == Flow::Held => {
                self.hold(pointer);
                Ok(())
            }
            NotificationStatus::Pending => {
                let done = outbox::deliver_due(app, id, self.job.pace).await?;
                self.note(&row, &done);
                match done.refused {
                    Some(class) => self.job.breaker.notice(app, Some(class), done.notification.error_code).await,
                    None if done.notification.status == NotificationStatus::Sent => {
                        self.job.breaker.notice(app, None, None).await
                    }
                    None => Ok(()),
                }
            }
            NotificationStatus::Claimed | NotificationStatus::Unknown if lease_over => {
                let settled = outbox::settle(app, id).await?;
                self.note(&row, &settled.into());
                Ok(())
            }
            NotificationStatus::Sent => {
                let missed = outbox::not_delivered(app, id).await?;
                self.seen().summary.not_delivered += u64::from(missed);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Counts what became of a message.
    fn note(&self, before: &Notification, done: &Delivered) {
        let now = self.app.now();
        let after = &done.notification;
        let mut seen = self.seen();
        if let Some(at) = done.turn {
            seen.waiting.push((at, after.id));
            return;
        }
        let is = |status| u64::from(after.status == status);
        let summary = &mut seen.summary;
        summary.claimed += u64::from(after.attempts > before.attempts);
        summary.sent += u64::from(after.status.is_accepted());
        summary.unknown += is(NotificationStatus::Unknown);
        summary.failed += is(NotificationStatus::Failed);
        summary.expired += is(NotificationStatus::Expired);
        summary.cancelled += is(NotificationStatus::Cancelled);
        if let Some(class) = done.refused {
            summary.refuse(class);
        }
        if let (NotificationStatus::Unknown, Some(lease)) = (after.status, after.lease_until) {
            let age = now.since(lease.plus(-LEASE)).num_seconds();
            summary.oldest_unknown_seconds = summary.oldest_unknown_seconds.max(age);
        }
        if done.refused.is_some() && after.status == NotificationStatus::Pending {
            summary.leave(after.due_at, now);
        }
    }

    fn hold(&self, pointer: &DuePointer) {
        let mut seen = self.seen();
        seen.summary.held += 1;
        seen.summary.leave(pointer.at, self.app.now());
    }

    /// Whether nothing may be begun at this time any more.
    fn is_late(&self, at: Instant) -> bool {
        self.job.deadline.is_some_and(|deadline| at >= deadline.plus(-LAST_CALL))
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn days(first: LocalDate, last: LocalDate) -> impl Iterator<Item = LocalDate> {
    first.iter_days().take_while(move |day| *day <= last)
}

async fn low_water(app: &App, shard: u8, now: Instant) -> Result<LocalDate, AppError> {
    let today = now.utc_day();
    let mark = app.table.get::<LowWater>(&Key::low_water(shard)).await?;
    let first = || today.checked_sub_days(Days::new(REACH_DAYS)).unwrap_or(today);
    // A clock that was set back must not hide what is due by it.
    Ok(mark.map_or_else(first, |mark| mark.day.min(today)))
}

/// Moves the low-water mark to the first day on which a pointer is left, or to that of an hour ago.
async fn raise(app: &App, shard: u8, first: LocalDate, now: Instant) -> Result<(), AppError> {
    let last = now.plus(-BEHIND).utc_day();
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
    transaction.overwrite(Purpose::Append, &LowWater { shard, day: mark });
    app.table.transact(transaction).await.map_err(|error| AppError::Busy(error.to_string()))
}
