//! What Twilio says of a message after it accepted it: sent, delivered, read, failed. In any order,
//! repeated, and sometimes before the answer to the send itself.

use crate::App;
use crate::messaging::outbox::attention::{self, Person};
use crate::messaging::outbox::record::accepted;
use crate::support::attempts::Failure;
use crate::support::error::AppError;
use domain::ids::NotificationId;
use domain::notification::{Notification, NotificationStatus};
use domain::time::Instant;
use store::Transaction;
use store::keys::Key;
use store::notification::{MessageRow, save};

/// A status callback.
#[derive(Debug, Clone)]
pub struct StatusReport {
    /// Notification and attempt, from the signed address that was called.
    pub reference: Option<(NotificationId, u32)>,
    /// Twilio's id of the message.
    pub sid: String,
    /// How far it got; `None` for a status that says nothing of delivery.
    pub progress: Option<Progress>,
    /// Twilio's error.
    pub error_code: Option<u32>,
    /// What it means.
    pub error_message: Option<String>,
}

/// How far a message got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Twilio has it.
    Sent,
    /// On the phone.
    Delivered,
    /// Read.
    Read,
    /// It didn't reach the phone.
    Undelivered,
    /// It was refused for good.
    Failed,
}

impl Progress {
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

/// Later news wins, whatever the order in which they come. Failures are final but for a delivery
/// that is reported after all.
fn rank(status: NotificationStatus) -> u8 {
    match status {
        NotificationStatus::Sent => 1,
        NotificationStatus::Failed | NotificationStatus::Undelivered => 2,
        NotificationStatus::Delivered => 3,
        NotificationStatus::Read => 4,
        _ => 0,
    }
}

/// Notes a status. One for a message that isn't ours changes nothing.
///
/// # Errors
/// What reading or writing says.
pub async fn record_status(app: &App, report: &StatusReport) -> Result<(), AppError> {
    crate::attempt!(_number => try_record(app, report))
}

async fn try_record(app: &App, report: &StatusReport) -> Result<(), Failure> {
    let id = match report.reference {
        Some((id, _)) => Some(id),
        None => app.table.get::<MessageRow>(&Key::message(&report.sid)).await?.map(|row| row.notification),
    };
    let Some(id) = id else { return Ok(()) };
    let Some(before) = app.table.get::<Notification>(&Key::notification(id)).await? else { return Ok(()) };
    // A message of an attempt that was settled otherwise is not the one that the row speaks of.
    let stranger = before.external_id.as_ref().is_some_and(|sid| *sid != report.sid);
    let older = report.reference.is_some_and(|(_, attempt)| attempt != before.attempts);
    if stranger || older {
        return Ok(());
    }
    let now = app.now();
    let mut after = Notification { version: before.version + 1, ..before.clone() };
    let mut transaction = Transaction::default();
    if before.external_id.is_none() {
        // The callback proves that the message was accepted, even if the answer was lost.
        accepted(app, &mut transaction, &mut after, &report.sid, now);
    }
    advance(&mut after, report, now);
    if (Notification { version: before.version, ..after.clone() }) == before {
        return Ok(());
    }
    let lost = matches!(after.status, NotificationStatus::Undelivered | NotificationStatus::Failed);
    let person = if lost && after.status != before.status { Person::Needed } else { Person::NotNeeded };
    attention::show(app, &mut transaction, &after, person, now).await?;
    save(&mut transaction, &before, &after);
    app.table.transact(transaction).await?;
    Ok(())
}

fn advance(row: &mut Notification, report: &StatusReport, now: Instant) {
    let Some(progress) = report.progress else { return };
    let status = progress.status();
    match progress {
        Progress::Sent => {}
        Progress::Delivered => row.delivered_at = row.delivered_at.or(Some(now)),
        Progress::Read => {
            row.delivered_at = row.delivered_at.or(Some(now));
            row.read_at = row.read_at.or(Some(now));
        }
        Progress::Undelivered | Progress::Failed => {
            row.error_code = report.error_code.or(row.error_code);
            row.error_message = report.error_message.clone().or(row.error_message.take());
        }
    }
    if rank(status) > rank(row.status) {
        row.status = status;
    }
    if row.status != NotificationStatus::Sent {
        // It is known where it ended: nobody has to look again.
        row.next_at = None;
    }
}
