//! The answer to "Do you really want to cancel? 1 Yes, cancel · 2 Keep".
//!
//! Here a plain "sí" means the opposite of what it means to a reminder, and "no" is a full answer;
//! hence a reading of its own, used only while that question is open.

use super::{
    choice, normalise, phrases,
    vocabulary::{Class, KEEP},
};

/// What a text says to the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CancelAnswer {
    /// Cancel: "1", "sí", "sí, cancelar", "cancelar".
    Cancel,
    /// Keep the visit: "2", "no", "mantener", "no cancelar".
    Keep,
    /// Anything else. "ok", 👍 and "confirmo" are here on purpose: agreed to what? Ask again.
    Unclear,
}

/// Reads a text as an answer to the question. Pure and total.
///
/// STOP and ALTA are not looked for: ask [`super::interpret`] first, and come here unless it says
/// so.
#[must_use]
pub fn answers_cancel_question(text: &str) -> CancelAnswer {
    let Some(tokens) = normalise::tokens(text) else {
        return CancelAnswer::Unclear;
    };
    match choice::read(&tokens) {
        Some(1) => return CancelAnswer::Cancel,
        Some(2) => return CancelAnswer::Keep,
        Some(_) => return CancelAnswer::Unclear,
        None => {}
    }
    if KEEP.contains(&phrases::without_courtesies(&tokens).join(" ").as_str()) {
        return CancelAnswer::Keep;
    }
    let Some(mut classes) = phrases::cover(&tokens) else {
        return CancelAnswer::Unclear;
    };
    classes.retain(|class| !matches!(class, Class::Courtesy | Class::Subject));
    let agrees = |class: &Class| matches!(class, Class::Yes | Class::Cancel);
    if !classes.is_empty() && classes.iter().all(agrees) { CancelAnswer::Cancel } else { CancelAnswer::Unclear }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yes_no_and_everything_else() {
        for text in [
            "1",
            "1️⃣",
            "la 1",
            "Sí",
            "siii",
            "sí, cancelar",
            "Si, cancelar por favor",
            "cancelar",
            "cancela mi cita",
            "sim",
            "sim, cancelar",
            "yes",
            "yes, cancel",
            "yes please",
        ] {
            assert_eq!(answers_cancel_question(text), CancelAnswer::Cancel, "{text}");
        }
        for text in [
            "2",
            "opción 2",
            "no",
            "No, gracias",
            "NOOO",
            "mantener",
            "Mantener mi cita",
            "no cancelar",
            "no, mantener",
            "não",
            "manter",
            "keep",
            "no, keep it",
            "don't cancel",
        ] {
            assert_eq!(answers_cancel_question(text), CancelAnswer::Keep, "{text}");
        }
        for text in [
            "",
            "3",
            "ok",
            "👍",
            "✅",
            "❌",
            "vale",
            "confirmo",
            "sí confirmo",
            "sí, voy",
            "si no",
            "sí?",
            "no sé",
            "no voy",
            "no puedo ir",
            "reprogramar",
            "sí, reprogramar",
            "no, reprogramar",
            "gracias",
            "hola",
            "sí no cancelar",
            "cancelar no",
        ] {
            assert_eq!(answers_cancel_question(text), CancelAnswer::Unclear, "{text}");
        }
    }
}
