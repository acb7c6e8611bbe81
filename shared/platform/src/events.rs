//! Publishes domain events: [`EventBridge`] puts them on the deployment's bus, whose rules route the reminder job's own
//! events to its workers and the others to subscribers. [`NoEvents`] is for a deployment without a bus.

use crate::aws;
use app::support::ports::{EmitError, Event, EventSink};
use aws_config::SdkConfig;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::{PutEventsRequestEntry, PutEventsResultEntry};
use futures_util::future::BoxFuture;
use std::sync::OnceLock;

/// EventBridge's limit of events per call.
const BATCH: usize = 10;
/// The source of the reminder job's own events, by which rules select them.
pub const REMINDERS_SOURCE: &str = "citas.reminders";
/// The source of all other events.
pub const SOURCE: &str = "citas";

/// An EventBridge bus. The client is made at the first events.
pub struct EventBridge {
    config: SdkConfig,
    bus: String,
    client: OnceLock<Client>,
}

impl EventBridge {
    #[must_use]
    pub fn new(config: SdkConfig, bus: impl Into<String>) -> Self {
        Self { config, bus: bus.into(), client: OnceLock::new() }
    }

    /// Puts up to [`BATCH`] events. Returns the reason of each that was not accepted.
    async fn put_batch(&self, events: &[Event]) -> Vec<String> {
        let client = self.client.get_or_init(|| Client::new(&self.config));
        let entries = events.iter().map(|event| entry(event, &self.bus)).collect();
        match client.put_events().set_entries(Some(entries)).send().await {
            Ok(response) => rejected_codes(response.entries()),
            Err(error) => vec![aws::error_name(&error); events.len()],
        }
    }
}

impl EventSink for EventBridge {
    fn wakes_workers(&self) -> bool {
        true
    }

    fn emit(&self, events: Vec<Event>) -> BoxFuture<'_, Result<(), EmitError>> {
        Box::pin(async move {
            let mut reasons = Vec::new();
            for batch in events.chunks(BATCH) {
                reasons.extend(self.put_batch(batch).await);
            }
            match reasons.first() {
                None => Ok(()),
                Some(first) => Err(EmitError(format!("{} of {}, {first}", reasons.len(), events.len()))),
            }
        })
    }
}

fn entry(event: &Event, bus: &str) -> PutEventsRequestEntry {
    let source = if event.kind.starts_with("reminders.") { REMINDERS_SOURCE } else { SOURCE };
    PutEventsRequestEntry::builder()
        .event_bus_name(bus)
        .source(source)
        .detail_type(event.kind)
        .detail(&event.detail)
        .build()
}

/// The error codes of entries that were not accepted: EventBridge answers 200 for them, too.
fn rejected_codes(entries: &[PutEventsResultEntry]) -> Vec<String> {
    entries.iter().filter_map(|entry| entry.error_code()).map(str::to_owned).collect()
}

/// Drops all events.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoEvents;

impl EventSink for NoEvents {
    fn wakes_workers(&self) -> bool {
        false
    }

    fn emit(&self, _: Vec<Event>) -> BoxFuture<'_, Result<(), EmitError>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reminder_job_has_a_source_of_its_own() {
        for (kind, source) in
            [("reminders.shard", "citas.reminders"), ("appointment.booked", "citas"), ("reminders", "citas")]
        {
            let entry = entry(&Event { kind, detail: "{}".into() }, "bus");
            assert_eq!(entry.source(), Some(source));
            assert_eq!((entry.detail_type(), entry.detail()), (Some(kind), Some("{}")));
            assert_eq!(entry.event_bus_name(), Some("bus"));
        }
    }

    #[test]
    fn a_rejected_entry_is_reported() {
        let taken = PutEventsResultEntry::builder().event_id("1").build();
        let not = PutEventsResultEntry::builder().error_code("ThrottlingException").build();
        assert!(rejected_codes(std::slice::from_ref(&taken)).is_empty());
        assert_eq!(rejected_codes(&[taken, not]), ["ThrottlingException"]);
    }

    #[tokio::test]
    async fn without_a_bus_events_are_dropped() {
        NoEvents.emit(vec![Event { kind: "appointment.booked", detail: "{}".into() }]).await.unwrap();
    }
}
