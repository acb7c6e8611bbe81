//! The scheduled job. It ignores what woke it and derives what is due from the table and the clock:
//! so it may run twice, late, or next to itself.

use crate::App;
use crate::actions::act_on_appointment;
use crate::context::Context;
use crate::deliver;
use crate::error::AppError;
use domain::ids::NotificationId;
use domain::lifecycle::Action;
use domain::notification::{Notification, NotificationStatus};
use domain::time::{Days, Instant};
use futures_util::StreamExt as _;
use serde::Serialize;
use store::hold::Hold;
use store::keys::{Key, SHARDS};
use store::notification::DuePointer;
use store::patterns;

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Messages that this run took upon itself to send.
    pub claimed: u64,
    /// Of these, accepted by Twilio.
    pub sent: u64,
    /// Accepted or not: not known yet.
    pub unknown: u64,
    /// Refused for good.
    pub failed: u64,
    /// Too late to be sent.
    pub expired: u64,
}

/// How many days back rows are looked for that were due and aren't settled.
const REACH_DAYS: u64 = 14;
/// How many messages are under way at once.
const IN_FLIGHT: usize = 16;

/// Does everything that is due: sends, settles, takes up inbound messages and sweeps that were left
/// lying, ends holds.
///
/// # Errors
/// What reading says. A message that can't be sent never stops the others.
pub async fn run_due(app: &App) -> Result<Summary, AppError> {
    let mut summary = Summary::default();
    for shard in 0..SHARDS {
        summary = summary.plus(run_shard(app, shard).await?);
    }
    crate::inbound::take_up(app).await?;
    end_holds(app).await?;
    crate::calendar::take_up(app).await?;
    Ok(summary)
}

/// Frees the time of visits that nobody has moved while it was held. A visit that was moved, kept or
/// cancelled meanwhile is left alone: the lifecycle says so.
async fn end_holds(app: &App) -> Result<(), AppError> {
    let over: Vec<Hold> = app.table.query_all(&patterns::holds(app.now())).await?;
    for hold in over {
        let ctx = Context::of_system("scheduled".into());
        match act_on_appointment(app, &ctx, hold.appointment, None, Action::HoldExpired, None).await {
            Ok(_) | Err(AppError::IllegalTransition { .. }) => {}
            Err(error) => tracing::error!(appointment = %hold.appointment, %error, "a hold could not be ended"),
        }
    }
    Ok(())
}

/// Does what is due in one shard.
///
/// # Errors
/// What reading says.
pub async fn run_shard(app: &App, shard: u8) -> Result<Summary, AppError> {
    let now = app.now();
    let today = now.utc_day();
    let first = today.checked_sub_days(Days::new(REACH_DAYS)).unwrap_or(today);
    let mut due: Vec<DuePointer> = Vec::new();
    for day in first.iter_days().take_while(|day| *day <= today) {
        due.extend(app.table.query_all::<DuePointer>(&patterns::due(day, shard, now)).await?);
    }
    let works = due.into_iter().map(|pointer| async move { work(app, pointer.notification, now).await });
    let summary = futures_util::stream::iter(works)
        .buffer_unordered(IN_FLIGHT)
        .fold(Summary::default(), |sum, one| async move { sum.plus(one) })
        .await;
    Ok(summary)
}

async fn work(app: &App, id: NotificationId, now: Instant) -> Summary {
    match try_work(app, id, now).await {
        Ok(summary) => summary,
        Err(error) => {
            tracing::error!(notification = %id, %error, "a due message could not be worked on");
            Summary::default()
        }
    }
}

async fn try_work(app: &App, id: NotificationId, now: Instant) -> Result<Summary, AppError> {
    let Some(row) = app.table.get::<Notification>(&Key::notification(id)).await? else { return Ok(Summary::default()) };
    let attempts = row.attempts;
    let after = match row.status {
        NotificationStatus::Pending => deliver::deliver(app, id, false).await?.notification,
        NotificationStatus::Claimed | NotificationStatus::Unknown
            if row.lease_until.is_some_and(|until| until <= now) =>
        {
            deliver::settle(app, id).await?
        }
        _ => return Ok(Summary::default()),
    };
    let is = |status| u64::from(after.status == status);
    Ok(Summary {
        claimed: u64::from(after.attempts > attempts),
        sent: u64::from(after.status.is_accepted()),
        unknown: is(NotificationStatus::Unknown),
        failed: is(NotificationStatus::Failed),
        expired: is(NotificationStatus::Expired),
    })
}

impl Summary {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            claimed: self.claimed + other.claimed,
            sent: self.sent + other.sent,
            unknown: self.unknown + other.unknown,
            failed: self.failed + other.failed,
            expired: self.expired + other.expired,
        }
    }
}
