//! Imports and exports CSV spreadsheets. Each line is a row, each column a field of the API, and the first line has the
//! names of the columns.
//!
//! Cells are separated by commas or semicolons. A missing column leaves its field unchanged; an empty cell clears it if
//! it is an optional text. Existing rows are matched:
//!
//! | Kind | by |
//! |---|---|
//! | patients | `id`, else type and number of the document |
//! | doctors | `id`, else `email` |
//! | schedules (availability windows) | `id`, else doctor, day and start |

pub mod cells;
mod doctors;
mod patients;
mod schedules;

use super::progress::ImportProgress;
use super::rejection::RowRejection;
use super::report::{ImportReport, RowError};
use super::specialties::Specialties;
use super::{ImportError, context};
use crate::offline_app;
use crate::options::{ExportOptions, SheetKind};
use crate::target::Target;
use app::support::unit_of_work::UnitOfWork;
use app::{App, Context};
use domain::ids::Id;
use domain::phone::Country;
use domain::violation::{Rule, Violations};
use serde::Serialize;
use serde_json::{Map, Value};
use std::io::Write as _;
use store::audit::AuditAction;

/// The type of a column's cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CellType {
    /// A text; an empty cell is an empty text.
    Text,
    /// A word; an empty cell is ignored.
    Word,
    /// `true` or `false`; an empty cell is ignored.
    Flag,
    /// A number; an empty cell is ignored.
    Number,
}

type Columns = &'static [(&'static str, CellType)];

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
}

impl SheetImport<'_> {
    /// A context with a new idempotency key, since each row is a change of its own.
    fn ctx(&self) -> Context {
        Context { idempotency_key: app::support::context::IdempotencyKey::generated(), ..self.ctx.clone() }
    }
}

/// Imports a spreadsheet.
pub async fn import(app: &App, kind: SheetKind, text: &str, report: &mut ImportReport) -> Result<(), ImportError> {
    let columns = columns(kind);
    // The reader counts lines with CRLF ends wrongly.
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let first = text.lines().next().unwrap_or_default();
    let delimiter = if first.contains(';') && !first.contains(',') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
    let broken = |error: &csv::Error| ImportError::Csv(error.position().map_or(0, csv::Position::line));
    let mut header = Vec::new();
    for cell in reader.headers().map_err(|error| broken(&error))? {
        let wanted = cell.trim();
        let known = columns.iter().find(|(column, _)| *column == wanted);
        let names = || columns.iter().map(|(column, _)| *column).collect::<Vec<_>>().join(", ");
        let known = known.filter(|known| !header.contains(known));
        header.push(known.ok_or_else(|| ImportError::Column(wanted.to_owned(), names()))?);
    }
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().map_err(|error| broken(&error))?;
    report.count(name(kind));
    let progress = ImportProgress::new(rows.len());
    progress.set_stage(name(kind));
    let mut import = SheetImport { app, ctx: context(), specialties: Specialties::default() };
    for row in rows {
        let line = row.position().map_or(0, csv::Position::line);
        let done = match members(&header, &row) {
            Err(rejection) => Err(rejection),
            // Boxed, because the futures together are too large for a thread's stack.
            Ok(members) => match kind {
                SheetKind::Patients => Box::pin(import.patient(members)).await,
                SheetKind::Doctors => Box::pin(import.doctor(members)).await,
                SheetKind::Schedules => Box::pin(import.schedule(members)).await,
            },
        };
        match done {
            Ok(RowOutcome::New) => report.record_accepted(name(kind), true),
            Ok(RowOutcome::Unchanged) => report.record_accepted(name(kind), false),
            Ok(RowOutcome::Changed) => report.count(name(kind)).changed += 1,
            Err(RowRejection::Invalid(errors)) => report.record_rejected(name(kind), format!("line {line}"), errors),
            Err(RowRejection::Fatal(error)) => return Err(error),
        }
        progress.advance(1);
    }
    Ok(())
}

/// The cells of a row as members of a request body of the API.
fn members(header: &[&(&'static str, CellType)], row: &csv::StringRecord) -> Result<Map<String, Value>, RowRejection> {
    let mut members = Map::new();
    let mut v = Violations::default();
    for ((column, cell_type), cell) in header.iter().zip(row) {
        let text = cells::unescape(cell).trim();
        let value = match cell_type {
            CellType::Text if text.is_empty() => Ok(Value::Null),
            _ if text.is_empty() => continue,
            CellType::Text | CellType::Word => Ok(Value::from(text)),
            CellType::Flag => match text.to_ascii_lowercase().as_str() {
                "true" | "1" => Ok(Value::Bool(true)),
                "false" | "0" => Ok(Value::Bool(false)),
                _ => Err(Rule::OneOf(&["true", "false"])),
            },
            CellType::Number => text.parse::<i64>().map(Value::from).map_err(|_| Rule::Type),
        };
        if let Some(value) = v.take(column, value) {
            members.insert((*column).to_owned(), value);
        }
    }
    v.finish(Some(members)).map_err(RowRejection::from)
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

/// Exports a spreadsheet into a file, or returns the text to be printed.
pub async fn export(options: &ExportOptions, target: &Target) -> Result<String, ImportError> {
    // Any country will do: no phone number is parsed.
    let country = Country::parse("CO").ok_or(ImportError::Copy)?;
    let app = offline_app::with_table(target.table().await?, Some(country));
    let text = sheet(&app, options.csv).await?;
    let Some(path) = &options.output else { return Ok(text) };
    let failed = |error| ImportError::Output(path.display().to_string(), error);
    let mut file = std::fs::OpenOptions::new();
    file.write(true).create_new(true);
    // Personal data: only readable for this user.
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    file.open(path).and_then(|mut file| file.write_all(text.as_bytes())).map_err(failed)?;
    Ok(String::new())
}

/// The spreadsheet of one kind of row. The export is recorded in the audit trail.
pub async fn sheet(app: &App, kind: SheetKind) -> Result<String, ImportError> {
    let rows = match kind {
        SheetKind::Patients => patients::rows(app).await?,
        SheetKind::Doctors => doctors::rows(app).await?,
        SheetKind::Schedules => schedules::rows(app).await?,
    };
    let ctx = Context::of_system("cargo citas export".into());
    let mut uow = UnitOfWork::new(app, &ctx);
    uow.audit((name(kind).trim_end_matches('s'), "all"), AuditAction::Export, Default::default());
    uow.commit().await.map_err(|_| ImportError::Trail)?;
    let columns = columns(kind);
    let mut text = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let failed = |_| ImportError::Csv(0);
    text.write_record(columns.iter().map(|(column, _)| *column)).map_err(failed)?;
    for row in rows {
        let cell = |(column, _): &(&str, CellType)| match row.get(*column) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => cells::escape(text),
            Some(other) => other.to_string(),
        };
        text.write_record(columns.iter().map(cell)).map_err(failed)?;
    }
    let text = text.into_inner().map_err(|_| ImportError::Csv(0))?;
    String::from_utf8(text).map_err(|_| ImportError::Csv(0))
}
