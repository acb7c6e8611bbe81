//! Cells that no spreadsheet takes for formulas.
//!
//! A cell that begins like a formula is run by spreadsheets when the file is opened, whoever wrote it
//! there. Such a cell, as each phone number is, gets an apostrophe in front, by which spreadsheets know
//! text; reading takes it off again.

/// How formulas begin, in the spreadsheets that there are.
fn begins_formula(first: char) -> bool {
    matches!(first, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠')
}

/// A text as a cell.
#[must_use]
pub fn guarded(text: &str) -> String {
    match text.chars().next() {
        Some(first) if first == '\'' || begins_formula(first) => format!("'{text}"),
        _ => text.to_owned(),
    }
}

/// The text in a cell.
#[must_use]
pub fn plain(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(|first| first == '\'' || begins_formula(first)) => rest,
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
        // What people type themselves.
        assert_eq!((plain("'Ali"), plain("+1809")), ("'Ali", "+1809"));
    }
}
