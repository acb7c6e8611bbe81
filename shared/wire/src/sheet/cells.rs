//! Marks texts that spreadsheets would take for something else.
//!
//! A spreadsheet runs a cell that begins like a formula when the file is opened (CSV injection). It converts what looks
//! like a number, a date or a truth value: a document loses its leading zeros, `12-5` becomes a day in May, and of a
//! number of more than eleven digits only `1.23457E+12` is left when the file is saved. Such a cell, as every phone
//! number, gets a leading apostrophe, so that it stays a text; reading removes it again.

use domain::text::fold;

/// Whether a formula can begin with this character, in the common spreadsheet programs.
fn begins_formula(first: char) -> bool {
    matches!(first, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠')
}

/// The number of digits that Excel saves of a number whose format nobody has chosen.
const DIGITS: usize = 11;

/// Truth values in the languages of the programs.
const TRUTH_VALUES: [&str; 5] = ["true", "false", "verdadero", "falso", "verdadeiro"];

/// With these a month's name begins in Spanish, Portuguese and English.
const MONTHS: [&str; 21] = [
    "ene", "jan", "feb", "fev", "mar", "abr", "apr", "may", "mai", "jun", "jul", "ago", "aug", "sep", "set", "oct",
    "out", "nov", "dic", "dez", "dec",
];

/// Numbers: also with a currency, a percent sign, in parentheses, or with the minus sign behind.
fn is_converted_number(text: &str) -> bool {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if digits {
        return text.len() > DIGITS || (text.len() > 1 && text.starts_with('0'));
    }
    let number = text.strip_prefix("R$").unwrap_or(text).trim_matches(|c| "$€%()- ".contains(c));
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | 'e' | 'E' | '+' | '-');
    let has_dash_without_exponent = number.contains('-') && !number.contains(['e', 'E']);
    let begins = number.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | ','));
    begins && number.chars().all(is_part) && !has_dash_without_exponent
}

/// Days, times and fractions: short groups of digits, a month's name, `am` and `pm`.
fn is_converted_date(text: &str) -> bool {
    let folded = fold(text);
    let parts = folded.split(['-', '/', '.', ',', ':', ' ']).filter(|part| !part.is_empty());
    let is_number = |part: &str| [1, 2, 4].contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_word = |part: &str| {
        let letters = part.chars().all(char::is_alphabetic);
        letters
            && (["a", "p", "m", "am", "pm", "de"].contains(&part) || MONTHS.iter().any(|month| part.starts_with(month)))
    };
    let (mut count, mut numbers) = (0, 0);
    for part in parts {
        count += 1;
        numbers += usize::from(is_number(part));
        if !is_number(part) && !is_word(part) {
            return false;
        }
    }
    count > 1 && numbers > 0
}

/// Whether a spreadsheet would change the text.
fn needs_escape(text: &str) -> bool {
    text.starts_with(|first| first == '\'' || begins_formula(first))
        || (text.contains(|c: char| c.is_ascii_digit()) && (is_converted_number(text) || is_converted_date(text)))
        || TRUTH_VALUES.contains(&fold(text).as_str())
}

/// The cell for a text.
#[must_use]
pub fn escape(text: &str) -> String {
    if needs_escape(text) { format!("'{text}") } else { text.to_owned() }
}

/// The text in a cell.
#[must_use]
pub fn unescape(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if needs_escape(rest) => rest,
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_each_is_read_back_unchanged() {
        for text in [
            "=1+1",
            "08714663815",
            "0",
            "1",
            "2025-12-01",
            "1234567890123456",
            "'007",
            "+1809",
            "-x",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "'=1",
            "''",
            "'Ali",
            "O'Higgins",
            "",
            "plain",
            "＝1",
            "'",
            "''+1",
            "12-5",
            "'12-5",
            "falso",
        ] {
            let cell = escape(text);
            assert!(!cell.starts_with(begins_formula), "{text}");
            assert_eq!(unescape(&cell), text);
        }
        assert_eq!((escape("007").as_str(), escape("7").as_str()), ("'007", "7"));
        // Typed by hand, without an apostrophe.
        assert_eq!((unescape("'Ali"), unescape("+1809")), ("'Ali", "+1809"));
    }

    /// LibreOffice 7.4 converts most of these with Spanish (Colombia) or Portuguese (Brazil) settings; Excel the others.
    #[test]
    fn what_a_spreadsheet_would_convert_is_marked_and_other_texts_are_not() {
        for text in [
            "123456789012",
            "1E5",
            "12e10",
            "30.123.456",
            "1,5",
            "50%",
            "$20",
            "1.5E+9",
            "12-5",
            "1998-5",
            "3/4",
            "1 1/2",
            "8:30",
            "8:30 pm",
            "5 p. m.",
            "3-mar",
            "mayo 5",
            "5 de março",
            "DIC 2020",
            "VERDADERO",
            "Verdadeiro",
            "true",
            "$ 20",
            "R$ 5",
            "5 €",
            "(5)",
            "12-",
            "0001",
            "1.000",
            "1,000",
            "Ene 5",
            "3 mar",
            "5 am",
            "13/5/1980",
            "12:30",
        ] {
            assert!(needs_escape(text), "{text}");
        }
        for text in [
            "12345678901",
            "001-1234567-8",
            "12345678-5",
            "Calle 5",
            "Av. 9 de Julio 1200",
            "PASAPORTE",
            "AB123456",
            "5 B",
            "809-555-2000",
            "María",
            "Verdad",
            "(809) 555-2000",
            "#5",
            "Q1",
            "12'",
            "E5",
            "a-b",
        ] {
            assert!(!needs_escape(text), "{text}");
        }
    }
}
