//! Cells that no spreadsheet takes for formulas or for other numbers.
//!
//! A cell that begins like a formula is run by spreadsheets when the file is opened, whoever wrote it
//! there; one of digits becomes a number, and a document loses its zeros in front. Such a cell, as each
//! phone number is, gets an apostrophe in front, by which it is text; reading takes it off again.

/// How formulas begin, in the spreadsheets that there are.
fn begins_formula(first: char) -> bool {
    matches!(first, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠')
}

/// Spreadsheets keep so many digits of a number.
const DIGITS: usize = 15;

/// Whether a text wouldn't survive as what it is.
fn endangered(text: &str) -> bool {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let changed = text.len() > 1 && text.starts_with('0') || text.len() > DIGITS;
    text.starts_with(|first| first == '\'' || begins_formula(first)) || (digits && changed)
}

/// A text as a cell.
#[must_use]
pub fn guarded(text: &str) -> String {
    if endangered(text) { format!("'{text}") } else { text.to_owned() }
}

/// The text in a cell.
#[must_use]
pub fn plain(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if endangered(rest) => rest,
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_each_reads_as_it_was() {
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
            let cell = guarded(text);
            assert!(!cell.starts_with(begins_formula), "{text}");
            assert_eq!(plain(&cell), text);
        }
        assert_eq!((guarded("007").as_str(), guarded("7").as_str()), ("'007", "7"));
        // What people type themselves.
        assert_eq!((plain("'Ali"), plain("+1809")), ("'Ali", "+1809"));
    }
}
