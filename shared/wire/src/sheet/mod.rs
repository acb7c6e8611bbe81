//! Spreadsheets as CSV, for `citas export` and for the API's `format=csv`.
//!
//! UTF-8 with a byte order mark, semicolons and CRLF: Excel opens such a file with a double click where the comma is
//! the decimal mark, as in most of Latin America. Cells that a program would run or convert are marked ([`cells`]).

pub mod appointments;
pub mod cells;

/// By this Excel recognises UTF-8.
pub const BYTE_ORDER_MARK: char = '\u{feff}';
pub const DELIMITER: u8 = b';';

/// The CSV writer failed. It writes to memory, so this doesn't happen.
#[derive(Debug, thiserror::Error)]
#[error("the spreadsheet could not be written")]
pub struct SheetError;

/// The text of a spreadsheet: the names of its columns, then its rows.
///
/// # Errors
/// Those of the CSV writer.
pub fn csv<'a>(
    columns: impl IntoIterator<Item = &'a str>,
    rows: impl IntoIterator<Item = Vec<String>>,
) -> Result<String, SheetError> {
    let mut writer = csv::WriterBuilder::new()
        .delimiter(DELIMITER)
        .terminator(csv::Terminator::CRLF)
        .from_writer(BYTE_ORDER_MARK.to_string().into_bytes());
    writer.write_record(columns.into_iter().map(str::as_bytes)).map_err(|_| SheetError)?;
    for row in rows {
        writer.write_record(&row).map_err(|_| SheetError)?;
    }
    let bytes = writer.into_inner().map_err(|_| SheetError)?;
    String::from_utf8(bytes).map_err(|_| SheetError)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_has_a_byte_order_mark_semicolons_and_crlf() {
        let rows = [vec!["Núñez; \"Ana\"".to_owned(), "a\nb".to_owned()]];
        assert_eq!(csv(["name", "notes"], rows).unwrap(), "\u{feff}name;notes\r\n\"Núñez; \"\"Ana\"\"\";\"a\nb\"\r\n");
        assert_eq!(csv(["name"], []).unwrap(), "\u{feff}name\r\n");
    }
}
