//! Converts the cells of a row into members of a request body of the API.

use super::dates::{self, DateOrder};
use super::doubts::{doubt, is_spreadsheet_error};
use super::{CellType, Column};
use crate::import::rejection::{self, RowRejection};
use crate::import::report::RowError;
use domain::text::fold;
use domain::violation::Rule;
use serde_json::{Map, Value};
use wire::sheet::cells::unescape;

/// The cells of a row as members. An empty cell clears an optional text, and else counts as a missing column.
pub(super) fn members(
    columns: &[&'static Column],
    cells: &[String],
    order: Option<DateOrder>,
) -> Result<Map<String, Value>, RowRejection> {
    let mut members = Map::new();
    let mut errors = Vec::new();
    for ((name, cell_type), cell) in columns.iter().zip(cells) {
        match value(*cell_type, cell.trim(), order) {
            Ok(Some(value)) => {
                members.insert((*name).to_owned(), value);
            }
            Ok(None) => {}
            Err(reason) => errors.push(RowError::invalid(name, reason)),
        }
    }
    if errors.is_empty() { Ok(members) } else { Err(RowRejection::Invalid(errors)) }
}

/// The value of a cell; `None` if it is left out. The error is a text for the operator.
fn value(cell_type: CellType, cell: &str, order: Option<DateOrder>) -> Result<Option<Value>, String> {
    let text = unescape(cell).trim();
    if is_spreadsheet_error(text) {
        return Err("A spreadsheet shows an error here instead of the value.".to_owned());
    }
    let doubtful = if cell_type == CellType::Identifier { doubt(cell) } else { None };
    if let Some(reason) = doubtful {
        return Err(reason.to_owned());
    }
    match cell_type {
        CellType::Word | CellType::Flag | CellType::Number if text.is_empty() => Ok(None),
        _ if text.is_empty() => Ok(Some(Value::Null)),
        CellType::Text | CellType::Identifier | CellType::Word => Ok(Some(text.into())),
        CellType::Date => Ok(Some(dates::date(text, order)?.into())),
        CellType::Time => Ok(Some(time(text).into())),
        CellType::Flag => match flag(text) {
            Some(value) => Ok(Some(value.into())),
            None => Err("Must be true or false, as VERDADERO, sí, x, 1 or FALSO, no, 0.".to_owned()),
        },
        CellType::Number => match text.parse::<i64>() {
            Ok(number) => Ok(Some(number.into())),
            Err(_) => Err(rejection::rule_text(&Rule::Type)),
        },
    }
}

/// A truth value in the languages of the spreadsheets and of the people who fill them in.
fn flag(text: &str) -> Option<bool> {
    match fold(text).as_str() {
        "true" | "verdadero" | "verdadeiro" | "si" | "sim" | "yes" | "x" | "1" => Some(true),
        "false" | "falso" | "no" | "nao" | "0" => Some(false),
        _ => None,
    }
}

/// A time of day as the API reads it. A text that isn't one stays as it is, and the API refuses it.
fn time(text: &str) -> String {
    clock(text).unwrap_or_else(|| text.to_owned())
}

fn clock(text: &str) -> Option<String> {
    // Folding makes plain blanks of those that don't break lines.
    let folded = fold(text).replace(['.', ' '], "");
    let (clock, afternoon) = match (folded.strip_suffix("am"), folded.strip_suffix("pm")) {
        (Some(clock), _) => (clock, Some(false)),
        (None, Some(clock)) => (clock, Some(true)),
        (None, None) => (text.trim(), None),
    };
    let (hour, rest) = clock.split_once(':')?;
    let hour = Some(hour).filter(|hour| [1, 2].contains(&hour.len()))?.parse::<u32>().ok()?;
    let hour = match afternoon {
        None => hour,
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(afternoon) => hour % 12 + if afternoon { 12 } else { 0 },
    };
    Some(format!("{hour:02}:{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day_are_read_as_people_write_them() {
        for (text, expected) in [
            ("8:00", "08:00"),
            ("08:00:00", "08:00:00"),
            ("8:00 a. m.", "08:00"),
            ("8:00\u{a0}a.\u{a0}m.", "08:00"),
            ("8:30:00\u{202f}p. m.", "20:30:00"),
            ("12:15 AM", "00:15"),
            ("12:15 pm", "12:15"),
            ("1:05pm", "13:05"),
            ("24:00", "24:00"),
            // The API refuses these.
            ("13:00 a. m.", "13:00 a. m."),
            ("0:30 pm", "0:30 pm"),
            ("8.00", "8.00"),
            ("0,333333", "0,333333"),
            ("mañana", "mañana"),
        ] {
            assert_eq!(time(text), expected);
        }
    }

    #[test]
    fn truth_values_are_read_in_three_languages() {
        for text in ["VERDADERO", "Verdadeiro", "TRUE", "sí", "Si", "SIM", "x", "X", "1"] {
            assert_eq!(flag(text), Some(true), "{text}");
        }
        for text in ["FALSO", "False", "no", "não", "0"] {
            assert_eq!(flag(text), Some(false), "{text}");
        }
        for text in ["quizás", "2", "-", "s"] {
            assert_eq!(flag(text), None, "{text}");
        }
    }

    #[test]
    fn a_cell_is_read_by_the_type_of_its_column() {
        let read = |cell_type, cell: &str| value(cell_type, cell, Some(DateOrder::Dmy)).map_err(|_| "refused");
        assert_eq!(read(CellType::Identifier, "'+573001234567"), Ok(Some("+573001234567".into())));
        assert_eq!(read(CellType::Identifier, "1.23457E+09"), Err("refused"));
        assert_eq!(read(CellType::Text, "1.23457E+09"), Ok(Some("1.23457E+09".into())));
        assert_eq!(read(CellType::Text, "#¡REF!"), Err("refused"));
        assert_eq!(read(CellType::Date, "01/05/1980"), Ok(Some("1980-05-01".into())));
        assert_eq!((read(CellType::Date, ""), read(CellType::Flag, "")), (Ok(Some(Value::Null)), Ok(None)));
        assert_eq!(
            (read(CellType::Number, "30"), read(CellType::Number, "30,5")),
            (Ok(Some(30.into())), Err("refused"))
        );
    }
}
