//! Interprets answers to the prompt "Do you really want to cancel? 1 Yes, cancel · 2 Keep".
//!
//! Here a plain "sí" means the opposite of what it means after a reminder, and "no" is a complete answer.
//! Therefore this interpretation is separate, and only used while that prompt is open.

use super::{
    choice, normalise, phrases,
    vocabulary::{Class, NO},
};

/// An answer to the prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CancelAnswer {
    /// "1", "sí", "sí, cancelar", "cancelar".
    Cancel,
    /// Keep the appointment: "2", "no", "mantener", "no cancelar".
    Keep,
    /// Anything else. "ok", 👍 and "confirmo" are included on purpose: it is unclear what they agree to.
    Unclear,
}

/// Interprets a text as an answer to the prompt.
///
/// It doesn't detect STOP and ALTA: the caller must call [`super::interpret`] first.
#[must_use]
pub fn interpret_cancel_answer(text: &str) -> CancelAnswer {
    let Some(mut clauses) = normalise::clauses(text) else {
        return CancelAnswer::Unclear;
    };
    if let Some(number) = choice::read(&clauses.concat()) {
        return choice_answer(number);
    }
    let number = choice::take_leading(&mut clauses);
    let answer = words_answer(&clauses);
    // "2, sí": asking again is better than cancelling by mistake.
    if number.is_none_or(|number| choice_answer(number) == answer) { answer } else { CancelAnswer::Unclear }
}

fn choice_answer(number: u8) -> CancelAnswer {
    match number {
        1 => CancelAnswer::Cancel,
        2 => CancelAnswer::Keep,
        _ => CancelAnswer::Unclear,
    }
}

fn words_answer(clauses: &[Vec<String>]) -> CancelAnswer {
    let Some(parts) = clauses.iter().map(|clause| clause_part(clause)).collect::<Option<Vec<Part>>>() else {
        return CancelAnswer::Unclear;
    };
    let has = |part| parts.contains(&part);
    match (has(Part::Cancel), has(Part::Keep), has(Part::Yes), has(Part::Fine)) {
        (true, false, _, _) | (false, false, true, false) => CancelAnswer::Cancel,
        (false, true, false, _) => CancelAnswer::Keep,
        _ => CancelAnswer::Unclear,
    }
}

/// The meaning of one clause.
#[derive(PartialEq, Eq)]
enum Part {
    Courtesy,
    /// Agreement without saying to what.
    Fine,
    /// A plain yes.
    Yes,
    Cancel,
    Keep,
}

/// `None` for anything else. "Mi cita" and "quiero" count only next to an action: "sí, quiero mi cita" means
/// keeping it.
fn clause_part(clause: &[String]) -> Option<Part> {
    if NO.contains(&phrases::without_courtesies(clause).join(" ").as_str()) {
        return Some(Part::Keep);
    }
    let mut classes = phrases::cover(clause)?;
    classes.retain(|class| *class != Class::Courtesy);
    let all = |wanted: &[Class]| classes.iter().all(|class| wanted.contains(class));
    if classes.is_empty() {
        Some(Part::Courtesy)
    } else if all(&[Class::Fine]) {
        Some(Part::Fine)
    } else if all(&[Class::Yes]) {
        Some(Part::Yes)
    } else if classes.contains(&Class::Cancel) && all(&[Class::Cancel, Class::Yes, Class::Fine, Class::Subject]) {
        Some(Part::Cancel)
    } else {
        let keeps = classes.iter().any(|class| *class != Class::Subject);
        (keeps && all(&[Class::Keep, Class::NotCancel, Class::Subject])).then_some(Part::Keep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_cancel_keep_or_unclear() {
        for text in [
            "1",
            "1️⃣",
            "la 1",
            "Sí",
            "siii",
            "sí, cancelar",
            "Si, cancelar por favor",
            "1 Sí, cancelar",
            "ok, cancelar",
            "cancelar",
            "cancela mi cita",
            "sim",
            "sim, cancelar",
            "yes",
            "yes, cancel",
            "yes please",
        ] {
            assert_eq!(interpret_cancel_answer(text), CancelAnswer::Cancel, "{text}");
        }
        for text in [
            "2",
            "opción 2",
            "no",
            "No, gracias",
            "NOOO",
            "mantener",
            "Mantener mi cita",
            "2 Mantener",
            "no cancelar",
            "no, mantener",
            "não",
            "manter",
            "keep",
            "no, keep it",
            "don't cancel",
        ] {
            assert_eq!(interpret_cancel_answer(text), CancelAnswer::Keep, "{text}");
        }
        for text in [
            "",
            "3",
            "ok",
            "👍",
            "✅",
            "❌",
            "vale",
            "ok, sí",
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
            "no, cancelar",
            "no mantener",
            "sí quiero mi cita",
            "2 cancelar",
            "1 no",
        ] {
            assert_eq!(interpret_cancel_answer(text), CancelAnswer::Unclear, "{text}");
        }
    }
}
