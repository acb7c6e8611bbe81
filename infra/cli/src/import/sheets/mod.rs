//! Imports and exports CSV spreadsheets. Each line is a row, each column a field of the API, and the first line has the
//! names of the columns.
//!
//! A missing column leaves its field unchanged; an empty cell clears it if it is an optional text. Existing rows are
//! matched:
//!
//! | Kind | by |
//! |---|---|
//! | patients | `id`, else type and number of the document |
//! | doctors | `id`, else `email` |
//! | schedules (availability windows) | `id`, else doctor, day and start |

//! No line of a file overwrites what another line of it has written: the second one is refused.
//!
//! | To learn about | read |
//! |---|---|
//! | separators, line ends, blank and ragged lines | [`parsing`] |
//! | what a cell can have | `values`, [`dates`], [`doubts`] |
//! | writing | [`export`] and [`wire::sheet`] |

pub mod dates;
mod doctors;
pub mod doubts;
pub mod export;
pub mod parsing;
mod patients;
mod schedules;
mod values;

use super::context;
use super::progress::ImportProgress;
use super::rejection::RowRejection;
use super::report::{ImportReport, RowError};
use super::specialties::Specialties;
use crate::import::ImportError;
use crate::options::SheetKind;
use app::{App, Context};
use domain::ids::Id;
use domain::violation::Violations;
use parsing::ParsedSheet;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::HashMap;
use uuid::Uuid;

/// The type of a column's cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CellType {
    /// A text; an empty cell is an empty text.
    Text,
    /// A document or a phone number: a text, which is refused if a spreadsheet has spoilt it.
    Identifier,
    /// A word; an empty cell is ignored.
    Word,
    /// A calendar date; an empty cell is an empty text.
    Date,
    /// A time of day.
    Time,
    /// A truth value; an empty cell is ignored.
    Flag,
    /// A number; an empty cell is ignored.
    Number,
}

impl CellType {
    /// Whether the cells are texts, which a spreadsheet must not convert.
    fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Identifier | Self::Word)
    }
}

type Column = (&'static str, CellType);
type Columns = &'static [Column];

fn columns(kind: SheetKind) -> Columns {
    match kind {
        SheetKind::Patients => patients::COLUMNS,
        SheetKind::Doctors => doctors::COLUMNS,
        SheetKind::Schedules => schedules::COLUMNS,
    }
}

fn name(kind: SheetKind) -> &'static str {
    match kind {
        SheetKind::Patients => "patients",
        SheetKind::Doctors => "doctors",
        SheetKind::Schedules => "schedules",
    }
}

/// The result of a row.
enum RowOutcome {
    New,
    Changed,
    Unchanged,
}

/// The state of a running import.
struct SheetImport<'a> {
    app: &'a App,
    ctx: Context,
    specialties: Specialties,
    /// The line that is imported now.
    line: u64,
    /// The records that lines of this file have, each with the first line.
    lines: HashMap<Uuid, u64>,
}

impl SheetImport<'_> {
    /// A context with a new idempotency key, since each row is a change of its own.
    fn ctx(&self) -> Context {
        Context { idempotency_key: app::support::context::IdempotencyKey::generated(), ..self.ctx.clone() }
    }

    /// Notes that the current line has a record. Returns the line that had it before.
    fn note_line(&mut self, id: impl Id) -> Option<u64> {
        let first = *self.lines.entry(id.uuid()).or_insert(self.line);
        (first != self.line).then_some(first)
    }

    /// Imports a row. The futures are boxed, because together they are too large for a thread's stack.
    async fn row(&mut self, sheet: &ParsedSheet, cells: &[String]) -> Result<RowOutcome, RowRejection> {
        let members = values::members(&sheet.columns, cells, sheet.dates)?;
        match sheet.kind {
            SheetKind::Patients => Box::pin(self.patient(members)).await,
            SheetKind::Doctors => Box::pin(self.doctor(members)).await,
            SheetKind::Schedules => Box::pin(self.schedule(members)).await,
        }
    }
}

/// The rejection of a line about a record that an earlier line has with other values.
fn repeated(field: &str, first: u64) -> RowRejection {
    rejected(field, format!("The same as in line {first}, with other values."))
}

/// Imports a spreadsheet.
pub async fn import(app: &App, sheet: &ParsedSheet, report: &mut ImportReport) -> Result<(), ImportError> {
    let kind = name(sheet.kind);
    report.count(kind);
    let progress = ImportProgress::new(sheet.lines.len());
    progress.set_stage(kind);
    let mut import =
        SheetImport { app, ctx: context(), specialties: Specialties::default(), line: 0, lines: HashMap::new() };
    for line in &sheet.lines {
        import.line = line.number;
        let done = match &line.cells {
            Ok(cells) => Box::pin(import.row(sheet, cells)).await,
            Err(error) => Err(RowRejection::Invalid(vec![error.clone()])),
        };
        match done {
            Ok(RowOutcome::New) => report.record_accepted(kind, true),
            Ok(RowOutcome::Unchanged) => report.record_accepted(kind, false),
            Ok(RowOutcome::Changed) => report.count(kind).changed += 1,
            Err(RowRejection::Invalid(errors)) => report.record_rejected(kind, format!("line {}", line.number), errors),
            Err(RowRejection::Fatal(error)) => return Err(error),
        }
        progress.advance(1);
    }
    Ok(())
}

/// Gives an identifier back its plus sign or its leading zeros, where a spreadsheet has dropped them from what is stored.
fn restore(members: &mut Map<String, Value>, field: &str, stored: Option<&str>) {
    let (Some(Value::String(text)), Some(stored)) = (members.get_mut(field), stored) else { return };
    if stored.trim_start_matches(['+', '0']) == text {
        *text = stored.to_owned();
    }
}

/// Removes a member and returns its text.
fn take_text(members: &mut Map<String, Value>, name: &str) -> Option<String> {
    match members.remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// Removes the id of a row and parses it.
fn take_id<I: Id>(members: &mut Map<String, Value>) -> Result<Option<I>, RowRejection> {
    let id = take_text(members, "id").map(|text| I::read(&text)).transpose();
    id.map_err(|rule| Violations::of("id", rule).into())
}

/// A row of a spreadsheet: the id and the members of the API's body.
fn row(id: impl std::fmt::Display, body: &impl Serialize) -> Map<String, Value> {
    let mut row = match serde_json::to_value(body) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    };
    row.insert("id".into(), Value::from(id.to_string()));
    row
}

/// A rejection with one error.
fn rejected(field: &str, reason: impl Into<String>) -> RowRejection {
    RowRejection::Invalid(vec![RowError::invalid(field, reason)])
}
