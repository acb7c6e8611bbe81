//! The answer to a list of times: "1. Mon 10:00, 2. Mon 10:30, …, 7. none of these".
//!
//! A number is a line of that list, and nothing else picks one: a day or an hour in words may be
//! another than we offered. "Sí" and "ok" agree to nothing in particular.

use super::{
    choice, normalise, phrases,
    vocabulary::{Class, NO},
};

/// What a text says to the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OfferAnswer {
    /// This time, counted from 0: "2", "la 2", "opción dos".
    Choice(u8),
    /// None of them: the number behind the last, "ninguno", "otro día".
    NoneOfThese,
    /// The appointment stays where it is: "mantener mi cita".
    Keep,
    /// Anything else, such as a bare "no": no to all of them, or to moving at all?
    Unclear,
}

/// Reads a text as an answer to a list of so many times. Pure and total.
///
/// Numbers are read up to 9, so the line behind a ninth time only in words. STOP and ALTA are not
/// looked for: ask [`super::interpret`] first, and come here unless it says so.
#[must_use]
pub fn answers_offer(text: &str, offered: u8) -> OfferAnswer {
    let Some(mut clauses) = normalise::clauses(text) else {
        return OfferAnswer::Unclear;
    };
    if let Some(number) = choice::read(&clauses.concat()) {
        return line(number, offered);
    }
    let number = choice::take_leading(&mut clauses);
    let said = words(&clauses);
    // "7 Ninguno de estos" is the line copied; in "2, otro día" nobody can tell.
    if number.is_none_or(|number| line(number, offered) == said) { said } else { OfferAnswer::Unclear }
}

fn line(number: u8, offered: u8) -> OfferAnswer {
    match number.checked_sub(1) {
        Some(place) if place < offered => OfferAnswer::Choice(place),
        Some(place) if place == offered => OfferAnswer::NoneOfThese,
        _ => OfferAnswer::Unclear,
    }
}

/// What all clauses agree on.
fn words(clauses: &[Vec<String>]) -> OfferAnswer {
    let mut found = None;
    for clause in clauses {
        match (part(clause), found) {
            (Some(Part::Nothing), _) => {}
            (Some(Part::Says(answer)), before) if before.is_none_or(|before| before == answer) => found = Some(answer),
            _ => return OfferAnswer::Unclear,
        }
    }
    found.unwrap_or(OfferAnswer::Unclear)
}

/// What a clause says.
enum Part {
    /// A courtesy, or the "no" of "no, otro día": nothing by itself.
    Nothing,
    Says(OfferAnswer),
}

/// `None` for anything else.
fn part(clause: &[String]) -> Option<Part> {
    if NO.contains(&phrases::without_courtesies(clause).join(" ").as_str()) {
        return Some(Part::Nothing);
    }
    let mut classes = phrases::cover(clause)?;
    classes.retain(|class| *class != Class::Courtesy);
    if classes.is_empty() {
        return Some(Part::Nothing);
    }
    classes.retain(|class| *class != Class::Subject);
    let all = |wanted: &[Class]| !classes.is_empty() && classes.iter().all(|class| wanted.contains(class));
    if all(&[Class::NoneOfThese, Class::OtherTime]) {
        Some(Part::Says(OfferAnswer::NoneOfThese))
    } else {
        all(&[Class::Keep]).then_some(Part::Says(OfferAnswer::Keep))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_lines() {
        for (text, offered, expected) in [
            ("1", 6, OfferAnswer::Choice(0)),
            ("la 6", 6, OfferAnswer::Choice(5)),
            ("segunda opción", 6, OfferAnswer::Choice(1)),
            ("7", 6, OfferAnswer::NoneOfThese),
            ("7. Ninguno de estos", 6, OfferAnswer::NoneOfThese),
            ("8", 6, OfferAnswer::Unclear),
            ("2", 1, OfferAnswer::NoneOfThese),
            ("3", 1, OfferAnswer::Unclear),
            ("1", 0, OfferAnswer::NoneOfThese),
            ("9", u8::MAX, OfferAnswer::Choice(8)),
            ("0", 6, OfferAnswer::Unclear),
            ("2, otro día", 6, OfferAnswer::Unclear),
            ("6. Ninguno de estos", 6, OfferAnswer::Unclear),
        ] {
            assert_eq!(answers_offer(text, offered), expected, "{text} of {offered}");
        }
    }

    #[test]
    fn words_refuse_or_keep() {
        for (expected, texts) in [
            (OfferAnswer::NoneOfThese, &["ninguno", "No, ninguno me sirve", "quiero otro día", "nenhum", "none"][..]),
            (OfferAnswer::Keep, &["mantener", "No, mantener mi cita", "dejar como está", "manter", "keep"]),
            (
                OfferAnswer::Unclear,
                &["", "no", "sí", "ok", "confirmo", "cancelar", "reprogramar", "no otro día", "ninguno, mantener"],
            ),
        ] {
            for text in texts {
                assert_eq!(answers_offer(text, 6), expected, "{text}");
            }
        }
    }
}
