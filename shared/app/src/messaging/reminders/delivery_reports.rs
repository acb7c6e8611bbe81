//! Opens and closes the circuit breaker by status callbacks. Twilio accepts a message of a paused template, or of a locked
//! account, and reports minutes later that it was not delivered. The next run of the job then holds the due messages.

use super::breaker::{COOL_DOWN, FAILURE_THRESHOLD};
use crate::App;
use crate::support::error::AppError;
use crate::support::ports::{FailureClass, SendRejection};
use crate::support::retry::AttemptError;
use domain::messages::Template;
use domain::notification::{Notification, NotificationStatus};
use domain::time::Instant;
use store::breaker::{OpenBreaker, UndeliveredCount};
use store::keys::Key;
use store::{Purpose, Transaction};

/// What a status callback says about the account, the sender and a template.
#[derive(Debug)]
pub(crate) struct DeliveryReport {
    /// Answers in a chat have none, and don't count: their failure may concern that chat alone.
    template: Option<Template>,
    result: DeliveryResult,
}

#[derive(Debug)]
enum DeliveryResult {
    /// A message that Twilio accepted at this instant was delivered.
    Delivered {
        accepted_at: Option<Instant>,
    },
    NotDelivered {
        class: FailureClass,
        code: Option<u32>,
    },
}

impl DeliveryReport {
    /// `None` if the callback says nothing.
    pub(crate) fn new(row: &Notification, failure: Option<&SendRejection>) -> Option<Self> {
        let result = match (failure, row.status) {
            (Some(failure), _) => DeliveryResult::NotDelivered { class: failure.class, code: failure.code },
            (None, NotificationStatus::Delivered) => DeliveryResult::Delivered { accepted_at: row.sent_at },
            (None, _) => return None,
        };
        Some(Self { template: row.template, result })
    }

    pub(crate) fn is_failure(&self) -> bool {
        matches!(self.result, DeliveryResult::NotDelivered { .. })
    }
}

/// Logs a failure, and counts a report for the circuit breaker.
pub(crate) async fn count_report(app: &App, report: &DeliveryReport) -> Result<(), AppError> {
    match (&report.result, report.template) {
        (DeliveryResult::NotDelivered { class, code }, template) => {
            log_failure(*class, *code);
            match template.filter(|_| *class == FailureClass::Configuration) {
                Some(template) => crate::retry!(_number => count_failure(app, template, *code)),
                None => Ok(()),
            }
        }
        (DeliveryResult::Delivered { accepted_at }, Some(template)) => {
            crate::retry!(_number => record_delivery(app, template, *accepted_at))
        }
        (DeliveryResult::Delivered { .. }, None) => Ok(()),
    }
}

/// The template makes a metric of each number in this line.
fn log_failure(class: FailureClass, code: Option<u32>) {
    let is = |of: FailureClass| u8::from(class == of);
    tracing::warn!(
        class = class.name(),
        code,
        undelivered_transient = is(FailureClass::Transient),
        undelivered_quota = is(FailureClass::Quota),
        undelivered_configuration = is(FailureClass::Configuration),
        undelivered_recipient = is(FailureClass::Recipient),
        undelivered_opted_out = is(FailureClass::OptedOut),
        "message not delivered"
    );
}

async fn read(app: &App, template: Template) -> Result<(Option<OpenBreaker>, Option<UndeliveredCount>), AttemptError> {
    let keys = [Key::breaker(), Key::undelivered_count(template)];
    let mut batch = app.table.batch(&keys).await?;
    let [breaker, count] = &keys;
    Ok((batch.take::<OpenBreaker>(breaker)?, batch.take::<UndeliveredCount>(count)?))
}

/// Counts an undelivered message. Enough of them in a row open the breaker.
async fn count_failure(app: &App, template: Template, code: Option<u32>) -> Result<(), AttemptError> {
    let now = app.now();
    let (open, before) = read(app, template).await?;
    if open.as_ref().is_some_and(|open| open.until > now) {
        // Messages that were sent before it opened don't extend it.
        return Ok(());
    }
    let version = before.as_ref().map_or(0, |before| before.version);
    let recent = before.filter(|before| now.since(before.last_at) <= UndeliveredCount::LONGEST_PAUSE);
    let count = recent.map_or(0, |before| before.count) + 1;
    let mut transaction = Transaction::default();
    if open.is_none() && count < FAILURE_THRESHOLD {
        let after = UndeliveredCount { template, count, last_at: now, version: version + 1 };
        transaction.replace(Purpose::Counter, &after, version);
    } else {
        let since = open.map_or(now, |open| open.since);
        let open = OpenBreaker { since, until: now.plus(COOL_DOWN), code, awaits_delivery_of: Some(template) };
        transaction.overwrite(Purpose::Append, &open);
        if version > 0 {
            transaction.delete_at(Purpose::Counter, Key::undelivered_count(template), version);
        }
        tracing::error!(code, "circuit breaker opened: accepted messages are not delivered");
    }
    Ok(app.table.transact(transaction).await?)
}

/// A delivery ends the count, and closes the breaker if the message was sent after it had opened.
async fn record_delivery(app: &App, template: Template, accepted_at: Option<Instant>) -> Result<(), AttemptError> {
    let (open, before) = read(app, template).await?;
    let mut transaction = Transaction::default();
    if let Some(before) = before {
        transaction.delete_at(Purpose::Counter, Key::undelivered_count(template), before.version);
    }
    let is_proof =
        |open: &OpenBreaker| open.awaits_delivery_of == Some(template) && accepted_at.is_some_and(|at| at > open.since);
    if open.as_ref().is_some_and(is_proof) {
        transaction.delete(Purpose::Append, Key::breaker());
        tracing::info!("circuit breaker closed: a message was delivered");
    }
    if transaction.is_empty() {
        return Ok(());
    }
    Ok(app.table.transact(transaction).await?)
}
