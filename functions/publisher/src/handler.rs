//! From the stream's records to the use case.

use crate::batch::{Batch, Images};
use app::App;
use app::integration::publish;
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
pub async fn handle(app: &App, batch: LambdaEvent<Batch>) -> Result<(), Error> {
    AssertUnwindSafe(run(app, batch.payload))
        .catch_unwind()
        .await
        .unwrap_or_else(|_| Err("the publisher panicked".into()))
}

async fn run(app: &App, batch: Batch) -> Result<(), Error> {
    let mut events = Vec::new();
    let mut unreadable = 0;
    for record in batch.records {
        match event(record.dynamodb) {
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

fn event(images: Images) -> Result<Option<DomainEvent>, ReadError> {
    // A float that is no time becomes one all the same: the cast saturates, and 1970 is any moment.
    let at = Instant::from_unix(images.created_at as i64).unwrap_or_else(|| Instant::from_utc(Default::default()));
    let change = Change::between(images.old_image.into(), images.new_image.into())?;
    Ok(change.and_then(|change| publish::event(&change, at)))
}
