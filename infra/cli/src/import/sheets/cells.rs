//! Escapes CSV cells that spreadsheets would take for formulas or numbers.
//!
//! A spreadsheet runs a cell that begins like a formula when the file is opened (CSV injection); a cell of digits
//! becomes a number, and a document number loses its leading zeros. Such a cell, as every phone number, gets a leading
//! apostrophe, which marks it as text; reading removes it again.

/// Whether a formula can begin with this character, in the common spreadsheet programs.
fn begins_formula(first: char) -> bool {
    matches!(first, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠')
}

/// The number of digits that spreadsheets keep of a number.
const DIGITS: usize = 15;

/// Whether a spreadsheet would change the text.
fn needs_escape(text: &str) -> bool {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let changed = text.len() > 1 && text.starts_with('0') || text.len() > DIGITS;
    text.starts_with(|first| first == '\'' || begins_formula(first)) || (digits && changed)
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
            "'=1",
            "''",
            "'Ali",
            "O'Higgins",
            "",
            "plain",
            "＝1",
            "'",
            "''+1",
        ] {
            let cell = escape(text);
            assert!(!cell.starts_with(begins_formula), "{text}");
            assert_eq!(unescape(&cell), text);
        }
        assert_eq!((escape("007").as_str(), escape("7").as_str()), ("'007", "7"));
        // Typed by hand, without an apostrophe.
        assert_eq!((unescape("'Ali"), unescape("+1809")), ("'Ali", "+1809"));
    }
}
