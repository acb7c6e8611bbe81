//! Domain events: what was committed is told to other systems.
//!
//! Nothing here is called by the use case that made the change. The table's stream has every committed
//! change and none that was aborted, so an event that is made of it can't be lost by a crash between the
//! write and the telling, and can't tell what never happened. It may come twice; see
//! [`domain::event`].

use crate::App;
use crate::support::ports::{Event, NotEmitted};
use domain::event::{DomainEvent, of_appointment, of_notification};
use domain::time::Instant;
use store::change::Change;

/// The event of a change that was committed at this time, if there is one.
#[must_use]
pub fn event(change: &Change, at: Instant) -> Option<DomainEvent> {
    match change {
        Change::Appointment { before, after } => of_appointment(before.as_deref(), after, at),
        Change::Notification { before, after } => of_notification(before.as_deref(), after, at),
    }
}

/// Puts events on the bus, in their order.
///
/// # Errors
/// [`NotEmitted`]: some of them may be on the bus all the same, and will be there twice when they are put
/// again.
pub async fn publish(app: &App, events: Vec<DomainEvent>) -> Result<(), NotEmitted> {
    let event = |event: DomainEvent| {
        let detail = serde_json::to_string(&event.detail).map_err(|error| NotEmitted(error.to_string()))?;
        Ok(Event { kind: event.name.text(), detail })
    };
    let events = events.into_iter().map(event).collect::<Result<Vec<_>, NotEmitted>>()?;
    if events.is_empty() { Ok(()) } else { app.events.emit(events).await }
}
