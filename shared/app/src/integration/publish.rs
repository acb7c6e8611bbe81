//! Publishes committed changes to other systems as domain events.
//!
//! The use case that makes a change does not call this module. Events are made from the table's stream, which contains
//! every committed change and no aborted one: a crash after the write can't lose an event, and no event reports a
//! change that was not committed. An event may be delivered twice; see [`domain::event`].

use crate::App;
use crate::support::ports::{EmitError, Event};
use domain::event::{DomainEvent, appointment_event, notification_event};
use domain::time::Instant;
use store::change::TableChange;

/// Returns the event of a change that was committed at `at`, if there is one.
#[must_use]
pub fn event_of_change(change: &TableChange, at: Instant) -> Option<DomainEvent> {
    match change {
        TableChange::Appointment { before, after } => appointment_event(before.as_deref(), after, at),
        TableChange::Notification { before, after } => notification_event(before.as_deref(), after, at),
    }
}

/// Puts events on the bus, in order.
///
/// # Errors
/// [`EmitError`]. Some of the events may be on the bus already; a retry delivers those twice.
pub async fn publish_events(app: &App, events: Vec<DomainEvent>) -> Result<(), EmitError> {
    let event = |event: DomainEvent| {
        let detail = serde_json::to_string(&event.detail).map_err(|error| EmitError(error.to_string()))?;
        Ok(Event { kind: event.name.text(), detail })
    };
    let events = events.into_iter().map(event).collect::<Result<Vec<_>, EmitError>>()?;
    if events.is_empty() { Ok(()) } else { app.events.emit(events).await }
}
