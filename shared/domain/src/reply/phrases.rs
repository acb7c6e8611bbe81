//! Covering a message with known phrases.

use super::vocabulary::{Class, PHRASES};

/// The classes of the phrases that cover a clause without a gap, the longest phrase first at
/// each place; `None` as soon as a word belongs to none.
///
/// Longest first matters for the sense: "no asistiré" is one phrase, never a "no" and a promise.
pub(super) fn cover(tokens: &[String]) -> Option<Vec<Class>> {
    let mut classes = Vec::new();
    let mut rest = tokens;
    while !rest.is_empty() {
        let (class, length) = longest(rest, |_| true)?;
        classes.push(class);
        rest = rest.get(length..)?;
    }
    Some(classes)
}

/// The tokens without greetings, thanks and pleases.
pub(super) fn without_courtesies(tokens: &[String]) -> Vec<&str> {
    let mut kept = Vec::new();
    let mut rest = tokens;
    while let [first, tail @ ..] = rest {
        match longest(rest, |class| class == Class::Courtesy) {
            Some((_, length)) => rest = rest.get(length..).unwrap_or_default(),
            None => {
                kept.push(first.as_str());
                rest = tail;
            }
        }
    }
    kept
}

/// The longest phrase of the wanted classes that the tokens begin with, and how many it takes.
fn longest(tokens: &[String], wanted: impl Fn(Class) -> bool) -> Option<(Class, usize)> {
    PHRASES
        .iter()
        .filter(|(class, _)| wanted(*class))
        .flat_map(|(class, phrases)| phrases.iter().map(move |phrase| (*class, *phrase)))
        .filter_map(|(class, phrase)| Some((class, starts_with(tokens, phrase)?)))
        .max_by_key(|(_, length)| *length)
}

/// How many tokens the phrase takes at the beginning, if it stands there. Nearly no phrase does, so it is
/// compared as it stands instead of being split first: a message is read with a third of the instructions.
fn starts_with(tokens: &[String], phrase: &str) -> Option<usize> {
    let mut rest = phrase;
    for (place, token) in tokens.iter().enumerate() {
        rest = rest.strip_prefix(token.as_str())?;
        if rest.is_empty() {
            return Some(place + 1);
        }
        rest = rest.strip_prefix(' ')?;
    }
    None
}
