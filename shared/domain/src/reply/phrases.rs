//! Matches the tokens of a message with the phrases of the vocabulary.

use super::vocabulary::{Class, PHRASES};

/// The classes of the phrases that cover a clause without a gap, with the longest match at each position.
/// `None` if a word belongs to no phrase.
///
/// The longest match matters: "no asistiré" is one phrase, not a "no" followed by a confirmation.
pub(super) fn cover(tokens: &[String]) -> Option<Vec<Class>> {
    let mut classes = Vec::new();
    let mut rest = tokens;
    while !rest.is_empty() {
        let (class, length) = longest_match(rest, |_| true)?;
        classes.push(class);
        rest = rest.get(length..)?;
    }
    Some(classes)
}

/// The tokens without greetings, thanks and "please".
pub(super) fn without_courtesies(tokens: &[String]) -> Vec<&str> {
    let mut kept = Vec::new();
    let mut rest = tokens;
    while let [first, tail @ ..] = rest {
        if let Some((_, length)) = longest_match(rest, |class| class == Class::Courtesy) {
            rest = rest.get(length..).unwrap_or_default();
        } else {
            kept.push(first.as_str());
            rest = tail;
        }
    }
    kept
}

/// The longest phrase of the wanted classes at the start of the tokens, and its number of tokens.
fn longest_match(tokens: &[String], wanted: impl Fn(Class) -> bool) -> Option<(Class, usize)> {
    PHRASES
        .iter()
        .filter(|(class, _)| wanted(*class))
        .flat_map(|(class, phrases)| phrases.iter().map(move |phrase| (*class, *phrase)))
        .filter_map(|(class, phrase)| Some((class, match_length(tokens, phrase)?)))
        .max_by_key(|(_, length)| *length)
}

/// The number of tokens of the phrase, if the tokens start with it. The phrase is compared without splitting
/// it, because most phrases don't match: that takes a third of the instructions.
fn match_length(tokens: &[String], phrase: &str) -> Option<usize> {
    let mut rest = phrase;
    for (index, token) in tokens.iter().enumerate() {
        rest = rest.strip_prefix(token.as_str())?;
        if rest.is_empty() {
            return Some(index + 1);
        }
        rest = rest.strip_prefix(' ')?;
    }
    None
}
