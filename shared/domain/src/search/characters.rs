//! Classes of characters, and the plain form of a text: what stays when case, accents and typography are ignored.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// Whether a character is invisible and only directs how others are shown: zero widths, directions, soft hyphens. Some
/// programs put them around numbers that are copied.
#[must_use]
pub fn is_format(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{600}'..='\u{605}' | '\u{6dd}'
        | '\u{70f}' | '\u{890}' | '\u{891}' | '\u{8e2}' | '\u{110bd}' | '\u{110cd}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0001}' | '\u{e0020}'..='\u{e007f}')
}

/// Whether a character is blank, or a letter that shows nothing.
#[must_use]
pub fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}')
}

#[must_use]
pub fn is_dash(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{2010}'
            ..='\u{2015}'
                | '\u{2043}'
                | '\u{207b}'
                | '\u{208b}'
                | '\u{2212}'
                | '\u{2e17}'
                | '\u{2e1a}'
                | '\u{2e3a}'
                | '\u{2e3b}'
                | '\u{2e40}'
                | '\u{2e5d}'
                | '\u{58a}'
                | '\u{5be}'
                | '\u{1400}'
                | '\u{1806}'
                | '\u{301c}'
                | '\u{3030}'
                | '\u{30a0}'
                | '\u{fe31}'
                | '\u{fe32}'
                | '\u{fe58}'
                | '\u{fe63}'
                | '\u{ff0d}'
                | '\u{10ead}'
    )
}

#[must_use]
pub fn is_dot(c: char) -> bool {
    matches!(
        c,
        '.' | '\u{b7}'
            | '\u{2022}'
            | '\u{2024}'
            | '\u{2027}'
            | '\u{2219}'
            | '\u{22c5}'
            | '\u{3002}'
            | '\u{ff0e}'
            | '\u{ff61}'
    )
}

/// Whether a character is written for an apostrophe, the glottal stop of indigenous names included.
#[must_use]
pub(super) fn is_apostrophe(c: char) -> bool {
    matches!(c,
        '\'' | '`' | '\u{b4}' | '\u{2b9}'..='\u{2bf}' | '\u{2c8}' | '\u{2ca}' | '\u{2cb}' | '\u{2018}'..='\u{201b}'
        | '\u{2032}' | '\u{2035}' | '\u{55a}' | '\u{a78b}' | '\u{a78c}' | '\u{ff07}' | '\u{ff40}')
}

/// What is typed for a letter that is a letter of its own in Unicode, not one with an accent.
fn typed_for(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' | 'ɖ' => "d",
        'ħ' => "h",
        'ı' | 'ɨ' => "i",
        'ŋ' => "n",
        'ŧ' => "t",
        'ʉ' => "u",
        'ƀ' => "b",
        'ǥ' => "g",
        _ => return None,
    })
}

/// A text in lower case, without accents, apostrophes and invisible characters; every dash is `-`, every dot `.` and
/// every blank a space. `Mª` and `Nº` are written out as `ma.` and `no.`.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            'ª' | 'º' => {
                if plain.ends_with('.') {
                    plain.pop();
                }
                plain.push_str(if c == 'ª' { "a." } else { "o." });
            }
            _ if is_format(c) || is_apostrophe(c) => {}
            _ if is_dash(c) => plain.push('-'),
            _ if is_dot(c) => plain.push('.'),
            _ if is_blank(c) => plain.push(' '),
            _ => {
                let letters = c.nfkd().flat_map(char::to_lowercase).filter(|c| !is_combining_mark(*c));
                for letter in letters.filter(|c| !is_format(*c) && !is_apostrophe(*c)) {
                    match typed_for(letter) {
                        Some(typed) => plain.push_str(typed),
                        None => plain.push(letter),
                    }
                }
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_text_has_no_case_accents_apostrophes_or_invisible_characters() {
        for (text, wanted) in [
            ("MUÑOZ Güell", "munoz guell"),
            ("Jose\u{301}", "jose"),
            ("Søren Łukasz Groß Æsa Đorđe", "soren lukasz gross aesa dorde"),
            ("O'Higgins O’Higgins O‘Higgins OʼHiggins O´Higgins O`Higgins", &["ohiggins"; 6].join(" ")),
            ("K'iche' Kꞌicheꞌ", "kiche kiche"),
            ("\u{202a}+57\u{a0}300\u{202c}\u{200b}", "+57 300"),
            ("1–2—3‑4−5", "1-2-3-4-5"),
            ("Mª M.ª Nº", "ma. ma. no."),
            ("İÇ", "ic"),
            ("１２３", "123"),
        ] {
            assert_eq!(plain(text), wanted, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn the_plain_form_of_a_plain_text_is_itself(text in ".{0,40}") {
            let once = plain(&text);
            proptest::prop_assert_eq!(plain(&once), once);
        }
    }
}
