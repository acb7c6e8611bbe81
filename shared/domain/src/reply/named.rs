//! Parses a name that chooses a line of a list: "Sofía", "la de Sofía".

use super::{normalise, phrases, vocabulary::NAME_LEADS};

/// The index of the only name that the whole message consists of.
#[must_use]
pub fn interpret_name(text: &str, names: &[&str]) -> Option<usize> {
    let clauses = normalise::clauses(text)?;
    let tokens = clauses.concat();
    let said = phrases::without_courtesies(&tokens).join(" ");
    let is_named = |name: &str| {
        let name = normalise::clauses(name).map(|clauses| clauses.concat().join(" ")).unwrap_or_default();
        let lead = said.strip_suffix(name.as_str()).filter(|_| !name.is_empty());
        lead.is_some_and(|lead| {
            lead.is_empty() || lead.strip_suffix(' ').is_some_and(|lead| NAME_LEADS.contains(&lead))
        })
    };
    let mut found = names.iter().enumerate().filter(|(_, name)| is_named(name)).map(|(index, _)| index);
    found.next().filter(|_| found.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_chooses_its_line() {
        let names = ["Mateo", "Sofía", "María José"];
        for (text, index) in [
            ("Sofía", Some(1)),
            ("la de sofia por favor", Some(1)),
            ("MATEO", Some(0)),
            ("la cita de María José", Some(2)),
            ("María", None),
            ("Sofía y Mateo", None),
            ("no la de Sofía", None),
            ("", None),
        ] {
            assert_eq!(interpret_name(text, &names), index, "{text}");
        }
        assert_eq!(interpret_name("Lucía", &["Lucía", "Lucía"]), None);
    }
}
