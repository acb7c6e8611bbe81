//! Records Twilio's status callbacks: sent, delivered, read, failed. They come in any order, repeated, and sometimes
//! before the response to the send itself.
//!
//! A failure counts as one in the response to the send does ([`failure`](crate::messaging::outbox::failure)): the
//! message may be sent again, as a further attempt. Then only a delivery of the earlier attempt still counts: it ends
//! the message, so that nothing is sent after it.

use crate::App;
use crate::messaging::outbox::attention::{self, NeedsAttention};
use crate::messaging::outbox::failure::{FailureSource, apply_failure};
use crate::messaging::outbox::opted_out::opt_out_recipient;
use crate::messaging::outbox::record::accepted;
use crate::messaging::reminders::delivery_reports::{DeliveryReport, count_report};
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::ports::{FailureClass, SendRejection};
use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use domain::ids::NotificationId;
use domain::notification::{Notification, NotificationStatus, Withdrawal};
use domain::time::Instant;
use store::Purpose;
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
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryProgress {
    Sent,
    Delivered,
    Read,
    /// Sent, but not delivered to the phone.
    Undelivered(SendRejection),
    /// Not sent, and never will be.
    Failed(SendRejection),
}

impl DeliveryProgress {
    fn status(&self) -> NotificationStatus {
        match self {
            Self::Sent => NotificationStatus::Sent,
            Self::Delivered => NotificationStatus::Delivered,
            Self::Read => NotificationStatus::Read,
            Self::Undelivered(_) => NotificationStatus::Undelivered,
            Self::Failed(_) => NotificationStatus::Failed,
        }
    }

    fn failure(&self) -> Option<&SendRejection> {
        match self {
            Self::Undelivered(failure) | Self::Failed(failure) => Some(failure),
            Self::Sent | Self::Delivered | Self::Read => None,
        }
    }

    fn is_delivery(&self) -> bool {
        matches!(self, Self::Delivered | Self::Read)
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
    let Some(counted) = crate::retry!(_number => try_record(app, report))? else { return Ok(()) };
    // The status is recorded: a count that is lost must not make Twilio repeat the callback.
    if let Err(error) = count_report(app, &counted).await {
        tracing::error!(%error, "failed to count a delivery report for the circuit breaker");
    }
    Ok(())
}

/// Returns what the callback says about our settings, if it is new.
async fn try_record(app: &App, report: &StatusReport) -> Result<Option<DeliveryReport>, AttemptError> {
    let Some(FoundAttempt { before, is_over }) = find(app, report).await? else { return Ok(None) };
    // A status that says nothing about the delivery proves as much as `sent`.
    let progress = report.progress.as_ref().unwrap_or(&DeliveryProgress::Sent);
    if is_over && !progress.is_delivery() {
        return Ok(None);
    }
    let ctx = Context::of_scheduled_job();
    let mut uow = UnitOfWork::new(app, &ctx);
    let mut after = Notification { version: before.version + 1, ..before.clone() };
    let mut correction = None;
    if let Some(failure) = progress.failure() {
        let is_dropped = matches!(before.status, NotificationStatus::Cancelled | NotificationStatus::Expired);
        if is_dropped || rank(before.status) >= rank(progress.status()) {
            return Ok(None);
        }
        apply_reported_failure(&mut uow, &mut after, report, (failure, progress.status()));
        if failure.class == FailureClass::OptedOut {
            opt_out_recipient(&mut uow, &after).await?;
        }
    } else {
        if before.external_id.is_none() {
            if before.status == NotificationStatus::Cancelled {
                // Withdrawn while it waited for its next attempt, and here it is all the same.
                after.withdrawn = after.withdrawn.or(Some(Withdrawal::NotNotified));
            }
            // The callback proves that the message was accepted, even if the response was lost.
            correction = accepted(&mut uow, &mut after, &report.sid).await?;
        }
        apply_progress(&mut after, progress, uow.now);
    }
    if (Notification { version: before.version, ..after.clone() }) == before {
        return Ok(None);
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
    uow.commit().await?;
    Ok(DeliveryReport::new(&after, progress.failure()).filter(|report| has_changed || report.is_failure()))
}

/// The row that a callback is about.
struct FoundAttempt {
    before: Notification,
    /// Whether this attempt has failed already, or a later one was made: then only a delivery counts.
    is_over: bool,
}

async fn find(app: &App, report: &StatusReport) -> Result<Option<FoundAttempt>, AttemptError> {
    let message = async || app.table.get::<MessageRow>(&Key::message(&report.sid)).await;
    let (id, attempt, mut known) = match report.reference {
        Some((id, attempt)) => (id, Some(attempt), None),
        None => match message().await? {
            Some(row) => (row.notification, None, Some(row)),
            None => return Ok(None),
        },
    };
    let Some(before) = app.table.get::<Notification>(&Key::notification(id)).await? else { return Ok(None) };
    let is_over = match (&before.external_id, attempt) {
        (_, Some(attempt)) if attempt > before.attempts => return Ok(None),
        (_, Some(attempt)) if attempt < before.attempts => true,
        (Some(sid), _) if *sid == report.sid => false,
        // Another message of the same attempt isn't ours.
        (Some(_), Some(_)) => return Ok(None),
        (Some(_), None) => true,
        (None, _) => {
            if known.is_none() {
                known = message().await?;
            }
            known.is_some_and(|row| row.undelivered)
        }
    };
    Ok(Some(FoundAttempt { before, is_over }))
}

/// Applies a failure: the message is sent again, or gets the reported status for good.
fn apply_reported_failure(
    uow: &mut UnitOfWork<'_>,
    row: &mut Notification,
    report: &StatusReport,
    (failure, status): (&SendRejection, NotificationStatus),
) {
    let accepted_as = row.external_id.clone();
    apply_failure(row, failure, (FailureSource::Report, status), uow.now);
    if row.status == status {
        row.external_id = Some(report.sid.clone());
        row.sent_at = row.sent_at.or(Some(uow.now));
    }
    // It was accepted without our knowledge, or is replaced by another message.
    if accepted_as.is_none() || row.external_id.is_none() {
        let message = MessageRow { undelivered: true, ..MessageRow::accepted(&report.sid, row.id) };
        uow.transaction.overwrite(Purpose::Append, &message);
    }
}

fn apply_progress(row: &mut Notification, progress: &DeliveryProgress, now: Instant) {
    if progress.is_delivery() {
        row.delivered_at = row.delivered_at.or(Some(now));
        row.error_code = None;
        row.error_message = None;
        row.lease_until = None;
    }
    if *progress == DeliveryProgress::Read {
        row.read_at = row.read_at.or(Some(now));
    }
    if rank(progress.status()) > rank(row.status) {
        row.status = progress.status();
    }
    if row.status != NotificationStatus::Sent {
        // The final state is known: no check for a missing delivery.
        row.next_at = None;
    }
}
