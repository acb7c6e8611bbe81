//! Recognises that the sender isn't the patient: "número equivocado", "no soy Lucía".

use super::vocabulary::{HEDGES, NOT_NAMED, TITLES, WRONG_NUMBER};
use super::{normalise, phrases};
use crate::text::fold;

/// What a text says about whose number it came from.
#[derive(Clone, PartialEq, Eq)]
pub struct WrongNumber {
    /// The names that the sender doesn't have, folded; none, if the text names nobody.
    names: Vec<Vec<String>>,
}

crate::opaque!(WrongNumber);

impl WrongNumber {
    /// Whether the text gives names, so that it is understood only together with the patients' names.
    #[must_use]
    pub fn is_named(&self) -> bool {
        !self.names.is_empty()
    }

    /// Whether all names of the text are parts of this one.
    #[must_use]
    pub fn is_about(&self, full_name: &str) -> bool {
        let folded = fold(full_name);
        let parts: Vec<&str> = folded.split(|c: char| !c.is_alphanumeric()).collect();
        self.names.iter().flatten().all(|word| parts.contains(&word.as_str()))
    }
}

/// Only if every clause says it, without courtesies: "número equivocado, pero gracias por avisar" is unclear.
#[must_use]
pub fn read_wrong_number(text: &str) -> Option<WrongNumber> {
    let clauses = normalise::clauses(text)?;
    let mut clauses =
        clauses.iter().map(|clause| phrases::without_courtesies(clause)).filter(|clause| !clause.is_empty()).peekable();
    clauses.peek()?;
    let mut names = Vec::new();
    for clause in clauses {
        let clause = clause.join(" ");
        let clause = HEDGES.iter().find_map(|hedge| after(&clause, hedge)).unwrap_or(&clause);
        if !WRONG_NUMBER.contains(&clause) {
            names.push(name_after(clause)?);
        }
    }
    Some(WrongNumber { names })
}

/// The words of the name that the clause ends in.
fn name_after(clause: &str) -> Option<Vec<String>> {
    let prefix = NOT_NAMED.iter().filter(|prefix| after(clause, prefix).is_some()).max_by_key(|prefix| prefix.len())?;
    let words = after(clause, prefix)?.split(' ').skip_while(|word| TITLES.contains(word));
    let words: Vec<String> = words.map(str::to_owned).collect();
    (!words.is_empty()).then_some(words)
}

/// What follows a phrase at the beginning of a text.
fn after<'a>(text: &'a str, phrase: &str) -> Option<&'a str> {
    text.strip_prefix(phrase)?.strip_prefix(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    const LUCIA: &str = "Lucía María Fernández";

    #[test]
    fn a_name_counts_only_if_it_is_the_patients() {
        let about = |text: &str, name: &str| read_wrong_number(text).is_some_and(|read| read.is_about(name));
        for text in [
            "No soy Lucía",
            "no soy la señora Lucía Fernández",
            "Hola, yo no soy lucia. Gracias",
            "este no es el número de Lucía María",
            "acá no vive ninguna",
            "no conozco a Lucía",
            "número equivocado, no soy Lucía",
            "creo que este número no es de Lucía",
            "não sou Lucia",
            "I'm not Lucía",
            "I don't know Lucía Fernández",
        ] {
            let named = !text.contains("ninguna");
            assert_eq!(about(text, LUCIA), named, "{text}");
            assert!(!about(text, "Tomás Pérez"), "{text}");
        }
        for text in [
            "no soy",
            "no soy Lucía, soy la mamá",
            "no soy Lucía pero voy",
            "no soy yo",
            "no soy otra persona",
            "no soy de ahí",
            "soy Lucía",
            "no soy la",
            "no conozco la dirección",
            "I don't know",
            "¿no soy Lucía?",
            "no soy Lucía confirmo",
        ] {
            assert!(!about(text, LUCIA), "{text}");
        }
    }

    #[test]
    fn without_a_name_it_is_about_everybody() {
        for text in ["Número equivocado", "Hola, número equivocado, gracias", "SOY OTRA PERSONA!!!", "foi engano 🙏"]
        {
            let read = read_wrong_number(text).unwrap();
            assert!(!read.is_named() && read.is_about(LUCIA), "{text}");
        }
        for text in [
            "",
            "gracias",
            "¿número equivocado?",
            "no es número equivocado",
            "número equivocado? no, soy yo",
            "cambié de número, este es el nuevo",
            "confirmo, pero el número de la dirección está equivocado",
            "equivocado el día",
            "me equivoqué de número",
            "va otra persona en mi lugar",
            "número equivocado confirmo",
            "1 número equivocado",
            "se equivocaron",
            "no engano",
        ] {
            assert_eq!(read_wrong_number(text), None, "{text}");
        }
    }
}
