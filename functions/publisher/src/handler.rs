//! From the stream's records to the use case.

use app::App;
use app::publish;
use aws_lambda_events::event::dynamodb::{Event, StreamRecord};
use domain::event::DomainEvent;
use domain::time::Instant;
use futures_util::FutureExt as _;
use lambda_runtime::{Error, LambdaEvent};
use std::panic::AssertUnwindSafe;
use store::ReadError;
use store::change::Change;

/// Publishes what a batch of changes has to tell.
///
/// # Errors
/// What the bus says: the whole batch comes again. A panic is an error without its message: that may hold
/// anything, and Lambda keeps errors in logs.
pub async fn handle(app: &App, batch: LambdaEvent<Event>) -> Result<(), Error> {
    AssertUnwindSafe(run(app, batch.payload))
        .catch_unwind()
        .await
        .unwrap_or_else(|_| Err("the publisher panicked".into()))
}

async fn run(app: &App, batch: Event) -> Result<(), Error> {
    let mut events = Vec::new();
    let mut unreadable = 0;
    for record in batch.records {
        match event(record.change) {
            Ok(event) => events.extend(event),
            // Coming again would not help, and would hold up all that is behind it for a day.
            Err(error) => {
                tracing::error!(%error, "a change is not told");
                unreadable += 1;
            }
        }
    }
    let published = events.len();
    publish::publish(app, events).await?;
    tracing::info!(published, unreadable, "changes told");
    Ok(())
}

fn event(record: StreamRecord) -> Result<Option<DomainEvent>, ReadError> {
    let at = Instant::from_utc(record.approximate_creation_date_time);
    let change = Change::between(record.old_image.into(), record.new_image.into())?;
    Ok(change.and_then(|change| publish::event(&change, at)))
}
