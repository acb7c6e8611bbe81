//! What a patient believes about an appointment, from the messages that arrived and the phone calls.

use domain::appointment::{Appointment, Status};
use domain::messages::Template;
use domain::notification::{Notification, NotificationKind};
use domain::time::Instant;

/// The state of an appointment, as far as a patient has to know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    TakesPlace(Instant),
    Cancelled,
    /// The patient asked for another time.
    WaitsForAnotherTime,
}

impl Truth {
    /// Of the last appointment of a chain of moves.
    #[must_use]
    pub fn of(appointment: &Appointment) -> Self {
        match appointment.status {
            Status::Cancelled => Self::Cancelled,
            Status::Rescheduled => Self::WaitsForAnotherTime,
            _ => Self::TakesPlace(appointment.start),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Belief {
    /// The patient heard of no appointment.
    Nothing,
    TakesPlace(Instant),
    Cancelled,
    /// What was known isn't valid any more.
    Off,
}

impl Belief {
    /// The belief of a patient who was told the truth.
    #[must_use]
    pub fn of(truth: Truth) -> Self {
        match truth {
            Truth::TakesPlace(start) => Self::TakesPlace(start),
            Truth::Cancelled => Self::Cancelled,
            Truth::WaitsForAnotherTime => Self::Off,
        }
    }

    /// The belief after a message. `answer`: what was true when an answer in the chat was made.
    #[must_use]
    pub fn after(self, message: &Notification, answer: Option<Truth>) -> Self {
        match (message.kind, message.template) {
            (NotificationKind::Reply, _) => answer.filter(|_| names_a_state(message)).map_or(self, Self::of),
            (NotificationKind::Offer, _) => self,
            (_, Some(Template::Cancelled)) => Self::Cancelled,
            (_, Some(Template::Correction)) if self == Self::TakesPlace(message.appointment_start) => Self::Off,
            (_, Some(Template::Correction)) => self,
            (_, Some(_)) => Self::TakesPlace(message.appointment_start),
            (_, None) => Self::Off,
        }
    }

    /// Whether nothing has to be told.
    #[must_use]
    pub fn is_right(self, truth: Truth) -> bool {
        match (truth, self) {
            (Truth::WaitsForAnotherTime, _) | (_, Self::Nothing) | (Truth::Cancelled, Self::Off) => true,
            _ => self == Self::of(truth),
        }
    }
}

/// Whether an answer says what has become of the appointment, and not only that it wasn't understood.
fn names_a_state(message: &Notification) -> bool {
    let text = message.text.as_ref().map_or("", |text| text.0.as_str());
    ["está confirmada", "fue cancelada", "se mantiene", "Su cita es ahora", "ahora es el"]
        .iter()
        .any(|words| text.contains(words))
}
