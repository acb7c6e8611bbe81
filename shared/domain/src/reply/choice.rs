//! A number off a list: "2", "2️⃣", "la 2", "opción dos", "la segunda".

use super::{
    phrases,
    vocabulary::{CHOICE_LEADS, NUMBERS, ORDINAL_LEADS, ORDINALS},
};

/// The number that the whole message is, 1 to 9. Two numbers, a time of day or a date are none.
pub(super) fn read(tokens: &[String]) -> Option<u8> {
    let kept = phrases::without_courtesies(tokens);
    let (last, lead) = kept.split_last()?;
    let lead = lead.join(" ");
    let lead = lead.as_str();
    if lead.is_empty() || CHOICE_LEADS.contains(&lead) {
        let number = NUMBERS.iter().find(|(_, words)| words.contains(last));
        if let Some((number, _)) = number {
            return Some(*number);
        }
    }
    let ordinal = ORDINALS.iter().find(|(_, word)| word == last);
    ordinal.filter(|_| ORDINAL_LEADS.contains(&lead)).map(|(number, _)| *number)
}
