//! The texts of problems whose cause is known.

use super::{detail, localized};
use crate::problem::Code;
use app::support::error::MediaRefusal;
use domain::availability::OutsideCause;
use domain::language::Language;
use domain::lifecycle::WrongTime;

/// Why a time lies outside of the doctor's availability.
#[must_use]
pub fn outside(cause: OutsideCause, language: Language) -> &'static str {
    let text = match cause {
        OutsideCause::NoAvailability => return detail(Code::OutsideAvailability, language),
        OutsideCause::Holiday => localized(
            "La clínica no atiende ese día: es feriado.",
            "The clinic is closed on that day: it is a holiday.",
            "A clínica não atende nesse dia: é feriado.",
        ),
        OutsideCause::Block => {
            localized("Ese horario está bloqueado.", "That time is blocked.", "Esse horário está bloqueado.")
        }
        OutsideCause::RoomClosed => localized(
            "El consultorio está cerrado a esa hora.",
            "The room is closed at that time.",
            "O consultório está fechado nesse horário.",
        ),
    };
    text.get(language)
}

/// Why an action isn't possible now.
#[must_use]
pub fn wrong_time(cause: WrongTime, language: Language) -> &'static str {
    let text = match cause {
        WrongTime::TooEarly => localized(
            "Todavía es demasiado pronto para esa acción.",
            "It is still too early for that action.",
            "Ainda é cedo demais para essa ação.",
        ),
        WrongTime::TooLate => localized(
            "Ya es demasiado tarde para esa acción.",
            "It is too late for that action.",
            "Já é tarde demais para essa ação.",
        ),
    };
    text.get(language)
}

/// Why a file of a message isn't passed on.
#[must_use]
pub fn media_refused(refusal: MediaRefusal, language: Language) -> &'static str {
    let text = match refusal {
        MediaRefusal::Type => localized(
            "Solo se muestran notas de voz (ogg), imágenes (jpeg, png, webp) y PDF.",
            "Only voice notes (ogg), pictures (jpeg, png, webp) and PDFs are shown.",
            "Só são exibidas notas de voz (ogg), imagens (jpeg, png, webp) e PDF.",
        ),
        MediaRefusal::TooLong => localized(
            "El archivo es demasiado grande para mostrarlo.",
            "The file is too large to be shown.",
            "O arquivo é grande demais para ser exibido.",
        ),
    };
    text.get(language)
}
