//! One spelling for what people type: folds a text and cuts it into tokens.
//!
//! A token is a run of letters and digits, or one symbol (an emoji, `?`, `+`). "¡SÍÍÍ! 👍🏽" gives
//! `si`, `👍`. Punctuation goes, but it parts clauses, as "no, voy" isn't "no voy". The question mark
//! stays, and as no vocabulary knows it, a question is never a command. So does what strikes words
//! out: "~confirmo~" takes back what it says.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::MAX_CHARS;

/// The shortest run of one letter that counts as emphasis ("siii"). Spanish, Portuguese and English
/// write two in a row, never three.
const EMPHASIS: usize = 3;

/// The clauses of a text and their tokens, or `None` if it is longer than [`MAX_CHARS`]. None is
/// empty.
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
        close(&mut word, &mut tokens);
        if ends_clause(c) {
            clauses.push(std::mem::take(&mut tokens));
        } else if !parts_words(c) {
            tokens.push(c.to_string());
        }
    }
    close(&mut word, &mut tokens);
    clauses.push(tokens);
    clauses.retain(|clause| !clause.is_empty());
    Some(clauses)
}

/// Ends the word, without its emphasis. Digits are left as they are: "111" is not 1. So is the m:
/// who says "ummm" hesitates, and "um" is a number in Portuguese.
fn close(word: &mut Vec<char>, tokens: &mut Vec<String>) {
    if word.is_empty() {
        return;
    }
    let squeezed = word.chunk_by(|a, b| a == b).flat_map(|run| match run {
        [c, ..] if run.len() >= EMPHASIS && c.is_alphabetic() && *c != 'm' => run.iter().take(1),
        _ => run.iter().take(run.len()),
    });
    tokens.push(squeezed.collect());
    word.clear();
}

/// What changes the look of a character, or nothing at all: accents, variation selectors and the
/// keycap (all of them marks), joiners, skin tones, directions.
fn is_invisible(c: char) -> bool {
    is_combining_mark(c) && !strikes_out(c)
        || matches!(c,
            '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{1F3FB}'..='\u{1F3FF}')
}

/// Marks that lie over a letter, and the sign of prohibition around one.
fn strikes_out(c: char) -> bool {
    matches!(c, '\u{334}'..='\u{338}' | '\u{20E0}')
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2018}' | '\u{2019}')
}

/// Blanks, quotation marks, and what makes words bold or italic in a chat.
fn parts_words(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '"' | '“' | '”' | '«' | '»' | '*' | '_' | '`')
}

/// Where a speaker would pause: no phrase goes on behind it.
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
    fn folds() {
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
    fn parts_clauses() {
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
    fn too_long_is_nothing() {
        assert!(clauses(&"a ".repeat(MAX_CHARS / 2)).is_some());
        assert!(clauses(&"a".repeat(MAX_CHARS + 1)).is_none());
    }
}
