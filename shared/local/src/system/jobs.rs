//! The functions without routes, which Scheduler, the table's stream and the event bus invoke. Each has only the
//! capabilities that it declares, as behind the gateway.

use super::System;
use app::{App, AppParts};
use lambda_runtime::{Context, Error, LambdaEvent};
use platform::capabilities::restrict;
use publisher::StreamBatch;
use serde_json::Value;

pub(super) struct Jobs {
    reminders: App,
    publisher: App,
    fsck: App,
}

impl Jobs {
    pub(super) fn new(parts: impl Fn() -> AppParts) -> Self {
        Self {
            reminders: App::new(restrict(parts(), reminders::CAPABILITIES)),
            publisher: App::new(restrict(parts(), publisher::CAPABILITIES)),
            fsck: App::new(restrict(parts(), fsck::CAPABILITIES)),
        }
    }
}

impl System {
    /// Runs the scheduled job once, as Scheduler would.
    pub async fn run_reminders(&self) -> Result<app::messaging::reminders::Summary, Error> {
        self.wake_reminders(LambdaEvent::new(serde_json::json!({}), Context::default())).await
    }

    /// Runs the scheduled job with an event.
    pub async fn wake_reminders(&self, event: LambdaEvent<Value>) -> Result<app::messaging::reminders::Summary, Error> {
        self.run_as_function("reminders", reminders::handle(&self.jobs.reminders, event)).await
    }

    /// Invokes the publisher with a batch of changes.
    pub async fn wake_publisher(&self, batch: StreamBatch) -> Result<(), Error> {
        let event = LambdaEvent::new(batch, Context::default());
        self.run_as_function("publisher", publisher::handle(&self.jobs.publisher, event)).await
    }

    /// Runs the nightly check of the table.
    pub async fn wake_fsck(&self, event: Value) -> Result<(), Error> {
        let event = LambdaEvent::new(event, Context::default());
        self.run_as_function("fsck", fsck::handle(&self.jobs.fsck, event)).await
    }
}
