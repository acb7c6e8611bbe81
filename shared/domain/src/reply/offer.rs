//! Interprets answers to an offer of slots: "1. Mon 10:00, 2. Mon 10:30, …, 7. none of these".
//!
//! Only a number chooses a line of that list: a day or an hour in words may differ from the offered ones. "Sí"
//! and "ok" don't choose any.

use super::{
    choice, normalise, phrases,
    vocabulary::{Class, NO},
};

/// Under a list of dates it may be the first of the month.
const FIRST_OF_MONTH: &str = "el primero";

/// An answer to the offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OfferAnswer {
    /// A slot, counted from 0: "2", "la 2", "opción dos".
    Choice(u8),
    /// None of them: the number after the last slot, "ninguno", "otro día".
    NoneOfThese,
    /// Keeps the current time: "mantener mi cita".
    Keep,
    /// Anything else. A bare "no" is included: it may refuse the slots or the rescheduling.
    Unclear,
}

/// Interprets a text as an answer to an offer of `offered` slots.
///
/// Numbers are read up to 9, so after nine slots "none of these" must be written in words. It doesn't detect
/// STOP and ALTA: the caller must call [`super::interpret`] first.
#[must_use]
pub fn interpret_offer_answer(text: &str, offered: u8) -> OfferAnswer {
    let Some(mut clauses) = normalise::clauses(text) else {
        return OfferAnswer::Unclear;
    };
    let tokens = clauses.concat();
    if let Some(number) = choice::read(&tokens) {
        let is_date = phrases::without_courtesies(&tokens).join(" ") == FIRST_OF_MONTH;
        return if is_date { OfferAnswer::Unclear } else { choice_answer(number, offered) };
    }
    let number = choice::take_leading(&mut clauses);
    let answer = words_answer(&clauses);
    // "7 Ninguno de estos" is a copied line; "2, otro día" is contradictory.
    if number.is_none_or(|number| choice_answer(number, offered) == answer) { answer } else { OfferAnswer::Unclear }
}

fn choice_answer(number: u8, offered: u8) -> OfferAnswer {
    match number.checked_sub(1) {
        Some(index) if index < offered => OfferAnswer::Choice(index),
        Some(index) if index == offered => OfferAnswer::NoneOfThese,
        _ => OfferAnswer::Unclear,
    }
}

/// The answer on which all clauses agree.
fn words_answer(clauses: &[Vec<String>]) -> OfferAnswer {
    let mut found = None;
    for clause in clauses {
        match (clause_part(clause), found) {
            (Some(OfferPart::Filler), _) => {}
            (Some(OfferPart::Answer(answer)), before) if before.is_none_or(|before| before == answer) => {
                found = Some(answer);
            }
            _ => return OfferAnswer::Unclear,
        }
    }
    found.unwrap_or(OfferAnswer::Unclear)
}

/// The meaning of one clause.
enum OfferPart {
    /// A courtesy, or the "no" of "no, otro día".
    Filler,
    Answer(OfferAnswer),
}

/// `None` for anything else.
fn clause_part(clause: &[String]) -> Option<OfferPart> {
    if NO.contains(&phrases::without_courtesies(clause).join(" ").as_str()) {
        return Some(OfferPart::Filler);
    }
    let mut classes = phrases::cover(clause)?;
    classes.retain(|class| *class != Class::Courtesy);
    if classes.is_empty() {
        return Some(OfferPart::Filler);
    }
    classes.retain(|class| *class != Class::Subject);
    let all = |wanted: &[Class]| !classes.is_empty() && classes.iter().all(|class| wanted.contains(class));
    if all(&[Class::NoneOfThese, Class::OtherTime]) {
        Some(OfferPart::Answer(OfferAnswer::NoneOfThese))
    } else {
        all(&[Class::Keep]).then_some(OfferPart::Answer(OfferAnswer::Keep))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_chooses_a_line() {
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
            assert_eq!(interpret_offer_answer(text, offered), expected, "{text} of {offered}");
        }
    }

    #[test]
    fn words_refuse_the_offer_or_keep_the_appointment() {
        for (expected, texts) in [
            (OfferAnswer::NoneOfThese, &["ninguno", "No, ninguno me sirve", "quiero otro día", "nenhum", "none"][..]),
            (OfferAnswer::Keep, &["mantener", "No, mantener mi cita", "dejar como está", "manter", "keep"]),
            (
                OfferAnswer::Unclear,
                &["", "no", "sí", "ok", "confirmo", "cancelar", "reprogramar", "no otro día", "ninguno, mantener"],
            ),
        ] {
            for text in texts {
                assert_eq!(interpret_offer_answer(text, 6), expected, "{text}");
            }
        }
    }
}
