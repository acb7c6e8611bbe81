//! Parses a choice from a numbered list: "2", "2️⃣", "la 2", "opción dos", "la segunda", "segunda opción".

use super::{
    phrases,
    vocabulary::{ARTICLES, CHOICE_LEADS, CHOICE_TAILS, NUMBERS, ORDINAL_LEADS, ORDINALS, TAILED_LEADS},
};

/// The number from 1 to 9 that the whole message consists of. `None` for two numbers, a time or a date.
pub(super) fn read(tokens: &[String]) -> Option<u8> {
    let kept = phrases::without_courtesies(tokens);
    let (last, lead) = kept.split_last()?;
    let lead_text = lead.join(" ");
    if let Some((before, lead)) = lead.split_last().filter(|_| CHOICE_TAILS.contains(last)) {
        return ordinal(before).filter(|_| lead.is_empty() || TAILED_LEADS.contains(&lead.join(" ").as_str()));
    }
    let has_lead = CHOICE_LEADS.contains(&lead_text.as_str());
    let article = ARTICLES.iter().find(|(_, word)| word == last && (has_lead || tokens.len() == 1));
    if let Some((number, _)) = article {
        return Some(*number);
    }
    let cardinal = number(last).filter(|_| lead.is_empty() || has_lead);
    // Never without a lead: "segunda" is also Monday in Portuguese.
    cardinal.or_else(|| ordinal(last).filter(|_| ORDINAL_LEADS.contains(&lead_text.as_str())))
}

/// Removes and returns the leading number of a line that was copied from a list: "1 Sí, cancelar".
pub(super) fn take_leading(clauses: &mut [Vec<String>]) -> Option<u8> {
    let first = clauses.first_mut()?;
    let number = number(first.first()?)?;
    first.remove(0);
    Some(number)
}

fn number(word: &str) -> Option<u8> {
    NUMBERS.iter().find(|(_, words)| words.contains(&word)).map(|(number, _)| *number)
}

fn ordinal(word: &str) -> Option<u8> {
    ORDINALS.iter().find(|(_, words)| words.contains(&word)).map(|(number, _)| *number)
}
