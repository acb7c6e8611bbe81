//! Matches the tokens of a message with the phrases of the vocabulary.

use std::{collections::HashMap, sync::LazyLock};

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
    BY_FIRST_WORD
        .get(tokens.first()?.as_str())?
        .iter()
        .filter(|(class, _)| wanted(*class))
        .filter_map(|(class, phrase)| Some((*class, match_length(tokens, phrase)?)))
        .max_by_key(|(_, length)| *length)
}

/// The phrases by their first word: a text of a patient is matched with a handful of them instead of with all.
static BY_FIRST_WORD: LazyLock<HashMap<&str, Vec<(Class, &str)>>> = LazyLock::new(|| {
    let mut by_first_word: HashMap<&str, Vec<(Class, &str)>> = HashMap::new();
    for (class, phrases) in PHRASES {
        for phrase in *phrases {
            by_first_word.entry(phrase.split(' ').next().unwrap_or_default()).or_default().push((*class, phrase));
        }
    }
    by_first_word
});

/// The number of tokens of the phrase, if the tokens start with it.
fn match_length(tokens: &[String], phrase: &str) -> Option<usize> {
    let mut length = 0;
    for word in phrase.split(' ') {
        if tokens.get(length)? != word {
            return None;
        }
        length += 1;
    }
    Some(length)
}
