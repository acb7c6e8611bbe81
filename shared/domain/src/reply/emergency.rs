//! Recognises a text that may report a medical emergency, wherever in the text it does.
//!
//! This is the one reading that searches for phrases inside a text. All others need the whole text to be known, because
//! a wrong one changes an appointment. This one changes nothing: the sender reads a telephone number, and staff see
//! the message first. So if in doubt a text is an emergency. Negations ("ya no me duele el pecho") and, for events
//! that can be in the past, history ("tuve un infarto el año pasado") take it back.
//!
//! The phrases are patterns in `vocabulary/emergency.rs`; their syntax is described there.

use super::normalise;
use super::vocabulary::emergency::{
    BARE, BARE_FILLERS, EVENTS, HARMLESS, HISTORY, LIST_NEGATIONS, NEGATION_TAILS, NEGATIONS, PRESENT, TOGETHER,
    UNCONDITIONAL,
};
use std::ops::Range;

/// How many words the gap `~` of a pattern spans at most.
const MAX_GAP: usize = 4;

/// Whether a text may report a medical emergency.
#[must_use]
pub fn is_emergency(text: &str) -> bool {
    let Some(clauses) = normalise::clauses(text) else { return false };
    let clauses: Vec<Vec<&str>> =
        clauses.iter().map(|clause| clause.iter().map(String::as_str).filter(|word| is_word(word)).collect()).collect();
    let has = |pattern| clauses.iter().any(|words| has_affirmed(words, pattern));
    if TOGETHER.iter().any(|(one, other)| has(one) && has(other)) {
        return true;
    }
    let mut of_history = false;
    clauses.iter().any(|words| {
        // A clause of one or two words continues a list: "antecedentes: hipertensión, infarto".
        of_history = is_of_history(words) || (of_history && words.len() <= 2);
        is_alarming(words, of_history)
    })
}

fn is_of_history(words: &[&str]) -> bool {
    HISTORY.iter().any(|pattern| find(words, pattern).is_some()) || words.iter().any(|word| is_year(word))
}

/// Whether a clause is alarming. Phrases and negations don't reach over its end.
fn is_alarming(words: &[&str], of_history: bool) -> bool {
    without_harmless(words).into_iter().any(|part| {
        is_bare(part)
            || UNCONDITIONAL.iter().any(|pattern| find(part, pattern).is_some())
            || PRESENT.iter().any(|pattern| has_affirmed(part, pattern))
            || (!of_history && EVENTS.iter().any(|pattern| has_affirmed(part, pattern)))
    })
}

/// Question marks and other symbols are no words; the sign for "help" is one.
fn is_word(token: &str) -> bool {
    token == "🆘" || token.chars().any(char::is_alphanumeric)
}

/// Splits the words at the phrases that look like an emergency and are none.
fn without_harmless<'a>(words: &'a [&'a str]) -> Vec<&'a [&'a str]> {
    let mut parts = vec![words];
    for pattern in HARMLESS {
        parts = parts.into_iter().flat_map(|part| split_at_pattern(part, pattern)).collect();
    }
    parts
}

fn split_at_pattern<'a>(words: &'a [&'a str], pattern: &str) -> Vec<&'a [&'a str]> {
    let (mut parts, mut rest) = (Vec::new(), words);
    while let Some(found) = find(rest, pattern) {
        parts.extend(rest.get(..found.start));
        rest = rest.get(found.end.max(found.start + 1)..).unwrap_or_default();
    }
    parts.push(rest);
    parts
}

/// The whole text is the word "emergency", with courtesies.
fn is_bare(words: &[&str]) -> bool {
    words.iter().any(|word| BARE.contains(word))
        && words.iter().all(|word| BARE.contains(word) || BARE_FILLERS.contains(word))
}

/// Whether the pattern occurs where no negation precedes it.
fn has_affirmed(words: &[&str], pattern: &str) -> bool {
    let starts = 0..words.len();
    starts.filter(|start| match_at(words, *start, pattern).is_some()).any(|start| !is_negated(words, start))
}

/// Whether the words before `start` end in a negation of what follows: "no tengo …", "ya no me …". Any word that
/// isn't known to continue a negation ends it: "no aguanto el dolor en el pecho".
fn is_negated(words: &[&str], start: usize) -> bool {
    let before = words.get(..start).unwrap_or_default();
    let first = before.iter().rev().find(|word| !NEGATION_TAILS.contains(word));
    first.is_some_and(|word| NEGATIONS.contains(word))
}

/// Where the pattern first occurs.
fn find(words: &[&str], pattern: &str) -> Option<Range<usize>> {
    (0..words.len()).find_map(|start| Some(start..match_at(words, start, pattern)?))
}

/// The end of the pattern, if the words from `start` on begin with it.
fn match_at(words: &[&str], start: usize, pattern: &str) -> Option<usize> {
    let (first, rest) = pattern.split_once(' ').unwrap_or((pattern, ""));
    match first {
        "~" => match_after_gap(words, start, rest, MAX_GAP),
        "_" => match_after_gap(words, start, rest, 1),
        _ => {
            words.get(start).filter(|word| first.split('|').any(|option| is_option(word, option)))?;
            if rest.is_empty() { Some(start + 1) } else { match_at(words, start + 1, rest) }
        }
    }
}

/// The same after at most `gap` words, none of them a negation.
fn match_after_gap(words: &[&str], start: usize, pattern: &str, gap: usize) -> Option<usize> {
    for skipped in 0..=gap {
        if let Some(end) = match_at(words, start + skipped, pattern) {
            return Some(end);
        }
        if words.get(start + skipped).is_none_or(|word| NEGATIONS.contains(word) && !LIST_NEGATIONS.contains(word)) {
            return None;
        }
    }
    None
}

fn is_option(word: &str, option: &str) -> bool {
    option.strip_suffix('*').map_or(word == option, |stem| word.starts_with(stem))
}

/// A past year, as in "infarto en 2019". The current one may be meant as well, so only its two first digits count.
fn is_year(word: &str) -> bool {
    word.len() == 4
        && (word.starts_with("19") || word.starts_with("20"))
        && word.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        text.split(' ').collect()
    }

    #[test]
    fn patterns_have_alternatives_prefixes_and_gaps() {
        for (text, pattern, found) in [
            ("me duele el pecho", "duele|duelen ~ pecho", Some(1..4)),
            ("me duele pecho", "duele ~ pecho", Some(1..3)),
            ("duele a b c d pecho", "duele ~ pecho", Some(0..6)),
            ("duele a b c d e pecho", "duele ~ pecho", None),
            ("duele la mano no el pecho", "duele ~ pecho", None),
            ("una gran ambulancia", "una _ ambulancia", Some(0..3)),
            ("una muy gran ambulancia", "una _ ambulancia", None),
            ("convulsionando", "convuls*", Some(0..1)),
            ("duele", "duele ~ pecho", None),
            ("", "duele", None),
        ] {
            assert_eq!(find(&words(text), pattern), found, "{text} / {pattern}");
        }
    }

    #[test]
    fn only_a_negation_of_the_phrase_itself_takes_it_back() {
        for (text, expected) in [
            ("me duele el pecho", true),
            ("ya no me duele el pecho", false),
            ("no, me duele el pecho", true),
            ("no me siento bien me duele el pecho", true),
            ("no aguanto el dolor en el pecho", true),
            ("no tengo dolor en el pecho", false),
            ("no es dolor de cabeza es dolor de pecho", true),
            ("tuve un infarto el año pasado", false),
            ("tuve un infarto el año pasado. Ahora me duele el pecho", true),
            ("hace un mes que tengo dolor en el pecho", true),
            ("me duele el pecho y el pie", true),
            ("me duele el pecho del pie", false),
            ("no quiero morir", true),
        ] {
            assert_eq!(is_emergency(text), expected, "{text}");
        }
    }

    #[test]
    fn spelling_does_not_matter_where_a_phone_changes_it() {
        for text in
            ["NO PUEDE RESPIRAR", "No puede respirár", "*no  puede* respirarrrr!!!", "nó\u{200B} puede respirar😱"]
        {
            assert!(is_emergency(text), "{text}");
        }
    }

    #[test]
    fn the_longest_text_is_read_and_a_longer_one_is_not() {
        let long = format!("{}me duele el pecho", "hola ".repeat(300));
        assert!(is_emergency(&long));
        assert!(!is_emergency(&format!("{long}{}", " hola".repeat(300))));
    }
}
