//! How do events get out? [`EventBridge`] puts them on the deployment's bus, from where rules lead
//! them on: those of the reminder job back into the job's workers, the others to whoever wants to
//! know. [`NoEvents`] is for where there is no bus.

use crate::aws;
use app::support::ports::{Event, EventSink, NotEmitted};
use aws_config::SdkConfig;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::{PutEventsRequestEntry, PutEventsResultEntry};
use futures_util::future::BoxFuture;
use std::sync::OnceLock;

/// Most events that EventBridge takes at once.
const BATCH: usize = 10;
/// The source of the reminder job's own events. Rules tell them apart by it.
pub const REMINDERS_SOURCE: &str = "citas.reminders";
/// The source of all other events.
pub const SOURCE: &str = "citas";

/// An EventBridge bus. The client is made with the first events.
pub struct EventBridge {
    config: SdkConfig,
    bus: String,
    client: OnceLock<Client>,
}

impl EventBridge {
    /// The bus with a name.
    #[must_use]
    pub fn new(config: SdkConfig, bus: impl Into<String>) -> Self {
        Self { config, bus: bus.into(), client: OnceLock::new() }
    }

    /// Puts up to [`BATCH`] events, and says why which of them were not taken.
    async fn put(&self, events: &[Event]) -> Vec<String> {
        let client = self.client.get_or_init(|| Client::new(&self.config));
        let entries = events.iter().map(|event| entry(event, &self.bus)).collect();
        match client.put_events().set_entries(Some(entries)).send().await {
            Ok(answer) => refused(answer.entries()),
            Err(error) => vec![aws::word(&error); events.len()],
        }
    }
}

impl EventSink for EventBridge {
    fn wakes_workers(&self) -> bool {
        true
    }

    fn emit(&self, events: Vec<Event>) -> BoxFuture<'_, Result<(), NotEmitted>> {
        Box::pin(async move {
            let mut reasons = Vec::new();
            for batch in events.chunks(BATCH) {
                reasons.extend(self.put(batch).await);
            }
            match reasons.first() {
                None => Ok(()),
                Some(first) => Err(NotEmitted(format!("{} of {}, {first}", reasons.len(), events.len()))),
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

/// The reasons of those entries that were not taken: EventBridge answers 200 all the same.
fn refused(entries: &[PutEventsResultEntry]) -> Vec<String> {
    entries.iter().filter_map(|entry| entry.error_code()).map(str::to_owned).collect()
}

/// Events go nowhere.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoEvents;

impl EventSink for NoEvents {
    fn wakes_workers(&self) -> bool {
        false
    }

    fn emit(&self, _: Vec<Event>) -> BoxFuture<'_, Result<(), NotEmitted>> {
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
    fn a_refused_entry_is_noticed() {
        let taken = PutEventsResultEntry::builder().event_id("1").build();
        let not = PutEventsResultEntry::builder().error_code("ThrottlingException").build();
        assert!(refused(std::slice::from_ref(&taken)).is_empty());
        assert_eq!(refused(&[taken, not]), ["ThrottlingException"]);
    }

    #[tokio::test]
    async fn nowhere_is_fine() {
        NoEvents.emit(vec![Event { kind: "appointment.booked", detail: "{}".into() }]).await.unwrap();
    }
}
