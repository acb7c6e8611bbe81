//! Converts the records of a stream event to domain events and publishes them.

use crate::batch::{Images, StreamBatch};
use app::App;
use app::integration::publish;
use domain::event::DomainEvent;
use domain::time::Instant;
use futures_util::FutureExt as _;
use lambda_runtime::{Error, LambdaEvent};
use std::panic::AssertUnwindSafe;
use store::ReadError;
use store::change::TableChange;

/// Publishes the domain events of a batch of changes.
///
/// # Errors
/// Publishing failed: Lambda sends the whole batch again. Or the handler panicked; the panic's message is left out,
/// because it may contain personal data and Lambda logs errors.
pub async fn handle(app: &App, batch: LambdaEvent<StreamBatch>) -> Result<(), Error> {
    AssertUnwindSafe(run(app, batch.payload))
        .catch_unwind()
        .await
        .unwrap_or_else(|_| Err("the publisher panicked".into()))
}

async fn run(app: &App, batch: StreamBatch) -> Result<(), Error> {
    let mut events = Vec::new();
    let mut unreadable = 0;
    for record in batch.records {
        match domain_event(record.dynamodb) {
            Ok(event) => events.extend(event),
            // Failing the batch would not help: the retries would block all later changes for a day.
            Err(error) => {
                tracing::error!(%error, "skipped an unreadable change");
                unreadable += 1;
            }
        }
    }
    let published = events.len();
    publish::publish_events(app, events).await?;
    tracing::info!(published, unreadable, "changes told");
    Ok(())
}

fn domain_event(images: Images) -> Result<Option<DomainEvent>, ReadError> {
    // An invalid float still gives a time: the cast saturates, and the epoch is the fallback.
    let at = Instant::from_unix(images.created_at as i64).unwrap_or_else(|| Instant::from_utc(Default::default()));
    let change = TableChange::between(images.old_image.into(), images.new_image.into())?;
    Ok(change.and_then(|change| publish::event_of_change(&change, at)))
}
