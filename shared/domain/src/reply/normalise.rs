//! Normalises a text: folds its characters and splits it into clauses of tokens.
//!
//! A token is a run of letters and digits, or one symbol (an emoji, `?`, `+`). "¡SÍÍÍ! 👍🏽" gives `si`, `👍`.
//! Punctuation is dropped, but separates clauses, because "no, voy" isn't "no voy". The question mark stays a
//! token, and no vocabulary contains it, so a question is never a command. The same holds for strikethrough:
//! "~confirmo~" withdraws the word.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::MAX_CHARS;

/// The shortest run of one letter that counts as emphasis ("siii"). Words of Spanish, Portuguese and English
/// have two equal letters in a row, never three.
const MIN_EMPHASIS_RUN: usize = 3;

/// The non-empty clauses of a text with their tokens. `None` if the text is longer than [`MAX_CHARS`].
pub(super) fn clauses(text: &str) -> Option<Vec<Vec<String>>> {
    if text.chars().nth(MAX_CHARS).is_some() {
        return None;
    }
    let mut clauses = Vec::new();
    let mut tokens = Vec::new();
    let mut word: Vec<char> = Vec::new();
    for c in text.nfkd().flat_map(char::to_lowercase).filter(|c| !is_invisible(*c)) {
        if c.is_alphanumeric() {
            word.push(c);
            continue;
        }
        if is_apostrophe(c) {
            continue; // "can't" and "cant" are one word
        }
        push_word(&mut word, &mut tokens);
        if ends_clause(c) {
            clauses.push(std::mem::take(&mut tokens));
        } else if !separates_words(c) {
            tokens.push(c.to_string());
        }
    }
    push_word(&mut word, &mut tokens);
    clauses.push(tokens);
    clauses.retain(|clause| !clause.is_empty());
    Some(clauses)
}

/// Adds the word to the tokens, with emphasis removed. Digits stay, because "111" is not 1. The letter m stays,
/// because "ummm" is a hesitation and "um" is a number in Portuguese.
fn push_word(word: &mut Vec<char>, tokens: &mut Vec<String>) {
    if word.is_empty() {
        return;
    }
    let squeezed = word.chunk_by(|a, b| a == b).flat_map(|run| match run {
        [c, ..] if run.len() >= MIN_EMPHASIS_RUN && c.is_alphabetic() && *c != 'm' => run.iter().take(1),
        _ => run.iter().take(run.len()),
    });
    tokens.push(squeezed.collect());
    word.clear();
}

/// Characters that only change the look of others: accents, variation selectors and the keycap (all of them
/// combining marks), joiners, skin tones, direction marks.
fn is_invisible(c: char) -> bool {
    is_combining_mark(c) && !is_strikethrough(c)
        || matches!(c,
            '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{1F3FB}'..='\u{1F3FF}')
}

/// Marks that strike out a letter, and the prohibition sign.
fn is_strikethrough(c: char) -> bool {
    matches!(c, '\u{334}'..='\u{338}' | '\u{20E0}')
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2018}' | '\u{2019}')
}

/// Blanks, quotation marks, and WhatsApp's markup for bold, italic and monospace.
fn separates_words(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '"' | '“' | '”' | '«' | '»' | '*' | '_' | '`')
}

/// Punctuation at which a clause ends: no phrase continues after it.
#[rustfmt::skip]
fn ends_clause(c: char) -> bool {
    matches!(c,
        '\n' | '\r' | '.' | ',' | ';' | ':' | '!' | '¡' | '(' | ')' | '[' | ']' | '-' | '‐' | '‑' | '–'
        | '—' | '/' | '|' | '•' | '·')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(text: &str) -> String {
        clauses(text).unwrap().concat().join(" ")
    }

    #[test]
    fn texts_are_folded() {
        for (text, expected) in [
            ("¡SÍÍÍ!  👍🏽", "si 👍"),
            ("siiiii", "si"),
            ("S\u{ED}", "si"),
            ("si\u{301}", "si"),
            ("Opción 2.", "opcion 2"),
            ("２", "2"),
            ("2\u{FE0F}\u{20E3}", "2"),
            ("②", "2"),
            ("✔\u{FE0F}", "✔"),
            ("\u{200E}*Confirmo*\u{200B}", "confirmo"),
            ("𝐂𝐨𝐧𝐟𝐢𝐫𝐦𝐨", "confirmo"),
            ("can’t / can't", "cant cant"),
            ("Não", "nao"),
            ("¿cancelar?", "¿ cancelar ?"),
            ("111", "111"),
            ("10:30", "10 30"),
            ("½", "1 ⁄ 2"),
            ("1ra", "1ra"),
            (" \n\t ", ""),
            ("İ", "i"),
            ("ummm", "ummm"),
            ("~si~", "~ si ~"),
            ("s\u{336}i\u{336}", "s \u{336} i \u{336}"),
        ] {
            assert_eq!(joined(text), expected, "{text}");
        }
    }

    #[test]
    fn punctuation_separates_clauses() {
        for (text, expected) in [
            ("No, voy.", &["no", "voy"][..]),
            ("no voy", &["no voy"]),
            ("no *voy*", &["no voy"]),
            ("No\nvoy", &["no", "voy"]),
            ("no (voy)", &["no", "voy"]),
            ("... !", &[]),
        ] {
            let clauses: Vec<String> = clauses(text).unwrap().iter().map(|clause| clause.join(" ")).collect();
            assert_eq!(clauses, expected, "{text}");
        }
    }

    #[test]
    fn a_too_long_text_is_not_interpreted() {
        assert!(clauses(&"a ".repeat(MAX_CHARS / 2)).is_some());
        assert!(clauses(&"a".repeat(MAX_CHARS + 1)).is_none());
    }
}
