//! The answer to "Do you really want to cancel? 1 Yes, cancel · 2 Keep".
//!
//! Here a plain "sí" means the opposite of what it means to a reminder, and "no" is a full answer;
//! hence a reading of its own, used only while that question is open.

use super::{
    choice, normalise, phrases,
    vocabulary::{Class, NO},
};

/// What a text says to the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CancelAnswer {
    /// Cancel: "1", "sí", "sí, cancelar", "cancelar".
    Cancel,
    /// Keep the appointment: "2", "no", "mantener", "no cancelar".
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
    let Some(mut clauses) = normalise::clauses(text) else {
        return CancelAnswer::Unclear;
    };
    if let Some(number) = choice::read(&clauses.concat()) {
        return line(number);
    }
    let number = choice::take_leading(&mut clauses);
    let said = words(&clauses);
    // "2, sí": to be asked again is better than to lose the appointment.
    if number.is_none_or(|number| line(number) == said) { said } else { CancelAnswer::Unclear }
}

fn line(number: u8) -> CancelAnswer {
    match number {
        1 => CancelAnswer::Cancel,
        2 => CancelAnswer::Keep,
        _ => CancelAnswer::Unclear,
    }
}

fn words(clauses: &[Vec<String>]) -> CancelAnswer {
    let Some(parts) = clauses.iter().map(|clause| part(clause)).collect::<Option<Vec<Part>>>() else {
        return CancelAnswer::Unclear;
    };
    let said = |part| parts.contains(&part);
    match (said(Part::Cancel), said(Part::Keep), said(Part::Yes), said(Part::Fine)) {
        (true, false, _, _) => CancelAnswer::Cancel,
        (false, true, false, _) => CancelAnswer::Keep,
        (false, false, true, false) => CancelAnswer::Cancel,
        _ => CancelAnswer::Unclear,
    }
}

/// What a clause says.
#[derive(PartialEq, Eq)]
enum Part {
    Courtesy,
    /// Agreement, which needs somebody to say to what.
    Fine,
    /// A plain yes.
    Yes,
    Cancel,
    Keep,
}

/// `None` for anything else. "Mi cita" and "quiero" stand only next to what is to be done: who
/// answers "sí, quiero mi cita" wants to keep it.
fn part(clause: &[String]) -> Option<Part> {
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
    fn yes_no_and_everything_else() {
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
            "2 Mantener",
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
            assert_eq!(answers_cancel_question(text), CancelAnswer::Unclear, "{text}");
        }
    }
}
