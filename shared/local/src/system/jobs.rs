//! The functions that no request reaches: woken by Scheduler, by the table's stream, by the bus. Each has what
//! it says that it reaches, and no more, as behind the gateway.

use super::System;
use app::{App, Parts};
use lambda_runtime::{Context, Error, LambdaEvent};
use platform::reach::within;
use publisher::Batch;
use serde_json::Value;

/// They.
pub(super) struct Jobs {
    reminders: App,
    publisher: App,
    fsck: App,
}

impl Jobs {
    pub(super) fn new(parts: impl Fn() -> Parts) -> Self {
        Self {
            reminders: App::new(within::<reminders::Reached>(parts())),
            publisher: App::new(within::<publisher::Reached>(parts())),
            fsck: App::new(within::<fsck::Reached>(parts())),
        }
    }
}

impl System {
    /// Runs the scheduled job once, as Scheduler would.
    ///
    /// # Errors
    /// What the job says.
    pub async fn run_reminders(&self) -> Result<app::messaging::reminders::Summary, Error> {
        self.wake_reminders(LambdaEvent::new(serde_json::json!({}), Context::default())).await
    }

    /// Wakes the scheduled job with an event.
    ///
    /// # Errors
    /// What the job says.
    pub async fn wake_reminders(&self, event: LambdaEvent<Value>) -> Result<app::messaging::reminders::Summary, Error> {
        self.acting_as("reminders", reminders::handle(&self.jobs.reminders, event)).await
    }

    /// Hands a batch of changes to the publisher.
    ///
    /// # Errors
    /// What it says.
    pub async fn wake_publisher(&self, batch: Batch) -> Result<(), Error> {
        let event = LambdaEvent::new(batch, Context::default());
        self.acting_as("publisher", publisher::handle(&self.jobs.publisher, event)).await
    }

    /// Wakes the nightly check of the table.
    ///
    /// # Errors
    /// What it says.
    pub async fn wake_fsck(&self, event: Value) -> Result<(), Error> {
        let event = LambdaEvent::new(event, Context::default());
        self.acting_as("fsck", fsck::handle(&self.jobs.fsck, event)).await
    }
}
