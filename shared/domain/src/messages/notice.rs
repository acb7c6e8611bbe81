//! Notices: what staff did to a visit.

use super::dates::spelled;
use crate::language::Language;
use crate::time::{Instant, Zone};

/// What staff did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// A new visit.
    Created,
    /// It won't take place.
    Cancelled,
    /// It was moved to another time: the one the text names.
    Moved,
}

/// The notice about a visit that begins (or would have begun) at `start`.
#[must_use]
pub fn notice(notice: Notice, language: Language, clinic: &str, start: Instant, zone: Zone) -> String {
    let (date, time) = spelled(start, zone, language);
    match (notice, language) {
        (Notice::Created, Language::Es) => format!("Su cita en {clinic} quedó agendada para el {date} a las {time}."),
        (Notice::Created, Language::Pt) => format!("Sua consulta em {clinic} foi marcada para {date} às {time}."),
        (Notice::Created, Language::En) => format!("Your visit at {clinic} is booked for {date} at {time}."),
        (Notice::Cancelled, Language::Es) => format!("Su cita en {clinic} del {date} a las {time} fue cancelada."),
        (Notice::Cancelled, Language::Pt) => format!("Sua consulta em {clinic} de {date} às {time} foi cancelada."),
        (Notice::Cancelled, Language::En) => format!("Your visit at {clinic} on {date} at {time} was cancelled."),
        (Notice::Moved, Language::Es) => format!("Su cita en {clinic} cambió: ahora es el {date} a las {time}."),
        (Notice::Moved, Language::Pt) => format!("Sua consulta em {clinic} mudou: agora é em {date} às {time}."),
        (Notice::Moved, Language::En) => format!("Your visit at {clinic} has moved: it is now on {date} at {time}."),
    }
}
