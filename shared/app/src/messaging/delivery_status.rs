//! Records Twilio's status callbacks: sent, delivered, read, failed. They come in any order, repeated, and sometimes
//! before the response to the send itself.

use crate::App;
use crate::messaging::outbox::attention::{self, NeedsAttention};
use crate::messaging::outbox::record::accepted;
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use domain::ids::NotificationId;
use domain::notification::{Notification, NotificationStatus};
use domain::time::Instant;
use store::keys::Key;
use store::notification::{MessageRow, save};

/// A status callback.
#[derive(Debug, Clone)]
pub struct StatusReport {
    /// Notification and attempt, from the signed callback URL.
    pub reference: Option<(NotificationId, u32)>,
    pub sid: String,
    /// `None` for a status that says nothing about delivery.
    pub progress: Option<DeliveryProgress>,
    pub error_code: Option<u32>,
    pub error_message: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryProgress {
    Sent,
    Delivered,
    Read,
    /// Sent, but not delivered to the phone.
    Undelivered,
    /// Not sent, and never will be.
    Failed,
}

impl DeliveryProgress {
    fn status(self) -> NotificationStatus {
        match self {
            Self::Sent => NotificationStatus::Sent,
            Self::Delivered => NotificationStatus::Delivered,
            Self::Read => NotificationStatus::Read,
            Self::Undelivered => NotificationStatus::Undelivered,
            Self::Failed => NotificationStatus::Failed,
        }
    }
}

/// The status of the highest rank wins, in whatever order callbacks come. A failure is final unless a delivery is
/// reported after all.
fn rank(status: NotificationStatus) -> u8 {
    match status {
        NotificationStatus::Sent => 1,
        NotificationStatus::Failed | NotificationStatus::Undelivered => 2,
        NotificationStatus::Delivered => 3,
        NotificationStatus::Read => 4,
        _ => 0,
    }
}

/// Records a status. One of an unknown message changes nothing.
pub async fn record_status(app: &App, report: &StatusReport) -> Result<(), AppError> {
    crate::retry!(_number => try_record(app, report))
}

async fn try_record(app: &App, report: &StatusReport) -> Result<(), AttemptError> {
    let id = match report.reference {
        Some((id, _)) => Some(id),
        None => app.table.get::<MessageRow>(&Key::message(&report.sid)).await?.map(|row| row.notification),
    };
    let Some(id) = id else { return Ok(()) };
    let Some(before) = app.table.get::<Notification>(&Key::notification(id)).await? else { return Ok(()) };
    // The row may be about another message or a later attempt by now.
    let other_message = before.external_id.as_ref().is_some_and(|sid| *sid != report.sid);
    let other_attempt = report.reference.is_some_and(|(_, attempt)| attempt != before.attempts);
    if other_message || other_attempt {
        return Ok(());
    }
    let ctx = Context::of_scheduled_job();
    let mut uow = UnitOfWork::new(app, &ctx);
    let mut after = Notification { version: before.version + 1, ..before.clone() };
    let mut correction = None;
    if before.external_id.is_none() {
        // The callback proves that the message was accepted, even if the response was lost.
        correction = accepted(&mut uow, &mut after, &report.sid).await?;
    }
    apply_progress(&mut after, report, uow.now);
    if (Notification { version: before.version, ..after.clone() }) == before {
        return Ok(());
    }
    let has_changed = after.status != before.status;
    let needs_attention = match after.status {
        NotificationStatus::Undelivered | NotificationStatus::Failed if has_changed => NeedsAttention::Yes,
        NotificationStatus::Delivered | NotificationStatus::Read if before.attention_version.is_some() => {
            NeedsAttention::NoLonger
        }
        _ => NeedsAttention::No,
    };
    attention::update_appointment(&mut uow, &mut after, needs_attention, correction).await?;
    save(&mut uow.transaction, &before, &after);
    uow.commit().await
}

fn apply_progress(row: &mut Notification, report: &StatusReport, now: Instant) {
    let Some(progress) = report.progress else { return };
    let status = progress.status();
    match progress {
        DeliveryProgress::Sent => {}
        DeliveryProgress::Delivered => row.delivered_at = row.delivered_at.or(Some(now)),
        DeliveryProgress::Read => {
            row.delivered_at = row.delivered_at.or(Some(now));
            row.read_at = row.read_at.or(Some(now));
        }
        // A failure that is reported after the delivery is of no concern.
        DeliveryProgress::Undelivered | DeliveryProgress::Failed if rank(status) < rank(row.status) => {}
        DeliveryProgress::Undelivered | DeliveryProgress::Failed => {
            row.error_code = report.error_code.or(row.error_code);
            row.error_message = report.error_message.clone().or(row.error_message.take());
        }
    }
    if rank(status) > rank(row.status) {
        row.status = status;
    }
    if matches!(row.status, NotificationStatus::Delivered | NotificationStatus::Read) {
        row.error_code = None;
        row.error_message = None;
    }
    if row.status != NotificationStatus::Sent {
        // The final state is known: no check for a missing delivery.
        row.next_at = None;
    }
}
