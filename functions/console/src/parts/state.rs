//! The state of an appointment: colour, sign and word, never one of them alone.

use crate::api::Appointment;
use crate::dates;
use crate::request::PageRequest;
use crate::words::{self, Word};
use domain::appointment::Status;
use maud::{Markup, html};

/// How a state is shown.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    pub class: &'static str,
    pub sign: &'static str,
    pub word: Word,
}

#[must_use]
pub fn look(appointment: &Appointment) -> Look {
    if appointment.stranded && matches!(appointment.status, Status::Pending | Status::Confirmed) {
        return Look { class: "st-to-move", sign: "⚠", word: words::STRANDED };
    }
    match appointment.status {
        Status::Pending => Look { class: "st-pending", sign: "○", word: words::PENDING },
        Status::Confirmed => Look { class: "st-confirmed", sign: "✓", word: words::CONFIRMED },
        Status::Completed => Look { class: "st-completed", sign: "–", word: words::COMPLETED },
        Status::NoShow => Look { class: "st-no-show", sign: "✕", word: words::NO_SHOW },
        Status::Rescheduled if appointment.is_to_be_moved() => {
            Look { class: "st-to-move", sign: "↻", word: words::TO_BE_MOVED }
        }
        Status::Rescheduled => Look { class: "st-cancelled struck", sign: "→", word: words::MOVED },
        Status::Cancelled => Look { class: "st-cancelled struck", sign: "✕", word: words::CANCELLED },
    }
}

/// The state as a badge.
#[must_use]
pub fn badge(request: &PageRequest, appointment: &Appointment) -> Markup {
    let look = look(appointment);
    html! {
        span class={ "badge " (look.class) } {
            span aria-hidden="true" { (look.sign) " " }
            (request.say(look.word))
            @if appointment.status == Status::Confirmed && appointment.confirmed_via.as_deref() == Some("whatsapp") {
                " · WhatsApp"
            }
            @if let Some(until) = appointment.hold_until.as_deref() {
                " · " (request.say(words::HELD_UNTIL)) " " (dates::time_of(until))
            }
        }
    }
}

/// The sign and the word of a message's state, as a messenger shows them.
#[must_use]
pub fn message(status: &str) -> Option<(&'static str, Word)> {
    Some(match status {
        "pending" => ("◷", words::MESSAGE_PENDING),
        "claimed" | "unknown" => ("?", words::MESSAGE_UNKNOWN),
        "sent" => ("✓", words::MESSAGE_SENT),
        "delivered" => ("✓✓", words::MESSAGE_DELIVERED),
        "read" => ("✓✓", words::MESSAGE_READ),
        "undelivered" | "failed" => ("✕", words::MESSAGE_FAILED),
        "expired" => ("–", words::MESSAGE_EXPIRED),
        "cancelled" => ("–", words::MESSAGE_CANCELLED),
        _ => return None,
    })
}
