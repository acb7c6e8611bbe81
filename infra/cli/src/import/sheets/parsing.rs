//! Splits the text of a spreadsheet into its lines and cells.
//!
//! | What | how it is known |
//! |---|---|
//! | the separator | the line `sep=;`, else the one by which the first line has the most names of columns |
//! | the end of a line | CRLF, LF or CR; in quotes it belongs to the cell |
//! | blank lines, lines of empty cells, empty cells at the end | left out |
//! | the order of day and month | see [`dates`] |

use super::dates::{self, DateOrder};
use super::{CellType, Column, columns};
use crate::import::ImportError;
use crate::import::encoding::decode;
use crate::import::report::RowError;
use crate::options::SheetKind;
use std::ops::Range;

/// The separators of cells, with their names.
const SEPARATORS: [(u8, &str); 3] = [(b';', "semicolons"), (b',', "commas"), (b'\t', "tabs")];

/// A spreadsheet that is ready to be imported.
pub struct ParsedSheet {
    pub kind: SheetKind,
    pub(super) columns: Vec<&'static Column>,
    pub(super) lines: Vec<Line>,
    pub(super) dates: Option<DateOrder>,
    /// What was detected: encoding, separator, order of dates.
    pub description: String,
}

domain::opaque!(ParsedSheet);

/// A line with a row.
pub(super) struct Line {
    pub(super) number: u64,
    /// The cells, one for each column; or why the line has no such cells.
    pub(super) cells: Result<Vec<String>, RowError>,
}

impl ParsedSheet {
    /// Parses the bytes of a file. `dates` overrides what the file's dates say about their order.
    ///
    /// # Errors
    /// [`ImportError::Encoding`], [`ImportError::Column`], [`ImportError::DateOrder`].
    pub fn parse(kind: SheetKind, bytes: &[u8], dates: Option<DateOrder>) -> Result<Self, ImportError> {
        let (text, encoding) = decode(bytes).map_err(ImportError::Encoding)?;
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let (separator, text, skipped) = separator(&text, columns(kind));
        let mut records = records(text, separator)?.into_iter();
        let header = records.next().map(|record| record.cells).unwrap_or_default();
        let columns = named_columns(&header, columns(kind))?;
        let mut lines = Vec::new();
        for record in records {
            let number = record.line + skipped;
            lines.push(Line { number, cells: record.fitted(&columns, number) });
        }
        let mut sheet = Self { kind, columns, lines, dates, description: String::new() };
        if dates.is_none() {
            sheet.dates = dates::order(sheet.cells_of(CellType::Date)).map_err(ImportError::DateOrder)?;
        }
        let name = SEPARATORS.iter().find(|(known, _)| *known == separator).map_or("", |(_, name)| name);
        sheet.description = format!("{encoding}, cells separated by {name}");
        if let Some(order) = sheet.dates {
            sheet.description += &format!(", {}", order.description());
        }
        Ok(sheet)
    }

    /// The cells of the columns of a type, each with its line.
    fn cells_of(&self, wanted: CellType) -> impl Iterator<Item = (u64, &str)> {
        self.lines.iter().flat_map(move |line| {
            let cells = line.cells.iter().flatten();
            let typed = self.columns.iter().zip(cells).filter(move |((_, cell_type), _)| *cell_type == wanted);
            typed.map(|(_, cell)| (line.number, cell.trim()))
        })
    }
}

/// The separator, the text after a line that names it, and the number of such lines.
fn separator<'a>(text: &'a str, known: &[Column]) -> (u8, &'a str, u64) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let named = first.trim_matches('"').strip_prefix("sep=").map(|name| name.as_bytes());
    // A tab at the end of the line may have been lost.
    match named {
        Some([separator, ..]) if SEPARATORS.iter().any(|(known, _)| known == separator) => {
            return (*separator, rest, 1);
        }
        Some([]) => return (b'\t', rest, 1),
        _ => {}
    }
    let header = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let names = |separator: u8| {
        let cells = header.split(char::from(separator)).map(name_of);
        cells.filter(|cell| known.iter().any(|(name, _)| name == cell)).count()
    };
    // The last of equal ones.
    let separator = SEPARATORS.iter().rev().map(|(separator, _)| *separator).max_by_key(|separator| names(*separator));
    (separator.unwrap_or(b';'), text, 0)
}

/// The name in a cell of the first line.
fn name_of(cell: &str) -> String {
    cell.trim().trim_matches('"').trim().to_ascii_lowercase()
}

/// The columns that the first line names. Empty cells at its end are none.
fn named_columns(header: &[String], known: &'static [Column]) -> Result<Vec<&'static Column>, ImportError> {
    let mut named: Vec<&'static Column> = Vec::new();
    let names = || known.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    if !header.iter().any(|cell| known.iter().any(|(name, _)| *name == name_of(cell))) {
        // Its cells may be a patient's, so they aren't shown.
        return Err(ImportError::NoColumns(names()));
    }
    let filled = header.iter().rposition(|cell| !cell.trim().is_empty()).map_or(0, |last| last + 1);
    for cell in header.iter().take(filled) {
        let wanted = name_of(cell);
        let column = known.iter().find(|(name, _)| *name == wanted).filter(|column| !named.contains(column));
        named.push(column.ok_or_else(|| ImportError::Column(cell.trim().to_owned(), names()))?);
    }
    Ok(named)
}

/// A record of the CSV reader.
struct Record {
    /// The number of its first line.
    line: u64,
    /// The number of lines that it has.
    height: u64,
    cells: Vec<String>,
    /// Whether quotation marks that aren't in pairs have made one record of several lines.
    is_misquoted: bool,
}

impl Record {
    /// The cells of the columns.
    fn fitted(self, columns: &[&'static Column], number: u64) -> Result<Vec<String>, RowError> {
        let mut cells = self.cells;
        while cells.len() > columns.len() && cells.last().is_some_and(|cell| cell.trim().is_empty()) {
            cells.pop();
        }
        let until = number + self.height.saturating_sub(1);
        if self.is_misquoted {
            let reason = format!("A quotation mark isn't closed: lines {number} to {until} are read as one.");
            return Err(RowError::invalid("cells", reason));
        }
        if cells.len() != columns.len() {
            let lines =
                if self.height > 1 { format!(" Lines {number} to {until} are read as one.") } else { String::new() };
            let reason = format!("The line has {} cells, the first line {}.{lines}", cells.len(), columns.len());
            return Err(RowError::invalid("cells", reason));
        }
        Ok(cells)
    }
}

/// The records with at least one cell that isn't empty.
fn records(text: &str, separator: u8) -> Result<Vec<Record>, ImportError> {
    let mut reader =
        csv::ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut records = Vec::new();
    let mut position = reader.position().clone();
    let mut record = csv::StringRecord::new();
    loop {
        let broken = |error: csv::Error| ImportError::Csv(error.position().map_or(0, csv::Position::line));
        if !reader.read_record(&mut record).map_err(broken)? {
            return Ok(records);
        }
        let next = reader.position().clone();
        let source = text.get(bytes(&position, &next)).unwrap_or_default();
        // The reader counts the blank lines before a record to it.
        let blank = source.bytes().take_while(|byte| *byte == b'\n').count() as u64;
        let trimmed = source.trim_matches('\n');
        let line = position.line() + blank;
        let height = 1 + trimmed.matches('\n').count() as u64;
        let is_misquoted = height > 1 && is_misquoted(trimmed, char::from(separator));
        position = next;
        if record.iter().any(|cell| !cell.trim().is_empty()) {
            records.push(Record { line, height, cells: record.iter().map(str::to_owned).collect(), is_misquoted });
        }
    }
}

/// Whether a quoted cell isn't closed, or goes on after its end. The reader accepts both.
fn is_misquoted(record: &str, separator: char) -> bool {
    #[derive(PartialEq)]
    enum CellState {
        Begin,
        Plain,
        Quoted,
        /// After a quotation mark in a quoted cell.
        Closed,
    }
    let mut state = CellState::Begin;
    for c in record.chars() {
        let ends = c == separator || c == '\n';
        state = match state {
            CellState::Quoted if c == '"' => CellState::Closed,
            CellState::Quoted => CellState::Quoted,
            CellState::Begin | CellState::Closed if c == '"' => CellState::Quoted,
            CellState::Begin | CellState::Plain | CellState::Closed if ends => CellState::Begin,
            CellState::Begin | CellState::Plain => CellState::Plain,
            CellState::Closed => return true,
        };
    }
    state == CellState::Quoted
}

fn bytes(from: &csv::Position, to: &csv::Position) -> Range<usize> {
    let at = |position: &csv::Position| usize::try_from(position.byte()).unwrap_or(usize::MAX);
    at(from)..at(to)
}

#[cfg(test)]
#[path = "parsing_tests.rs"]
mod tests;
