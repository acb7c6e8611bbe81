//! One spelling for what people type: folds a text and cuts it into tokens.
//!
//! A token is a run of letters and digits, or one symbol (an emoji, `?`, `+`). "¡SÍÍÍ! 👍🏽" gives
//! `si`, `👍`. Punctuation that carries no meaning parts words and goes; the question mark stays,
//! and as no vocabulary knows it, a question is never a command.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::MAX_CHARS;

/// The shortest run of one letter that counts as emphasis ("siii"). Spanish, Portuguese and English
/// write two in a row, never three.
const EMPHASIS: usize = 3;

/// The tokens of a text, or `None` if it is longer than [`MAX_CHARS`].
pub(super) fn tokens(text: &str) -> Option<Vec<String>> {
    if text.chars().nth(MAX_CHARS).is_some() {
        return None;
    }
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
        if !is_separator(c) {
            tokens.push(c.to_string());
        }
    }
    close(&mut word, &mut tokens);
    Some(tokens)
}

/// Ends the word, without its emphasis. Digits are left as they are: "111" is not 1.
fn close(word: &mut Vec<char>, tokens: &mut Vec<String>) {
    if word.is_empty() {
        return;
    }
    let squeezed = word.chunk_by(|a, b| a == b).flat_map(|run| match run {
        [c, ..] if run.len() >= EMPHASIS && c.is_alphabetic() => run.iter().take(1),
        _ => run.iter().take(run.len()),
    });
    tokens.push(squeezed.collect());
    word.clear();
}

/// What changes the look of a character, or nothing at all: accents, variation selectors and the
/// keycap (all of them marks), joiners, skin tones, directions.
fn is_invisible(c: char) -> bool {
    is_combining_mark(c)
        || matches!(c,
            '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{1F3FB}'..='\u{1F3FF}')
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2018}' | '\u{2019}')
}

fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(
            c,
            '.' | ','
                | ';'
                | ':'
                | '!'
                | '¡'
                | '"'
                | '('
                | ')'
                | '['
                | ']'
                | '*'
                | '_'
                | '~'
                | '-'
                | '‐'
                | '‑'
                | '–'
                | '—'
                | '/'
                | '|'
                | '“'
                | '”'
                | '«'
                | '»'
                | '•'
                | '·'
                | '`'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(text: &str) -> String {
        tokens(text).unwrap().join(" ")
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
        ] {
            assert_eq!(joined(text), expected, "{text}");
        }
    }

    #[test]
    fn too_long_is_nothing() {
        assert!(tokens(&"a ".repeat(MAX_CHARS / 2)).is_some());
        assert!(tokens(&"a".repeat(MAX_CHARS + 1)).is_none());
    }
}
