//! Spreadsheets, in and out: a line a row, a column a field of the API, the first line says which.
//!
//! Commas or semicolons stand between cells. A column that isn't there leaves a field as it is; an empty
//! cell empties it, where it is a text that may be empty. A row is found again:
//!
//! | Of | by |
//! |---|---|
//! | patients | `id`, else type and number of the document |
//! | doctors | `id`, else `email` |
//! | schedules, which are dated windows | `id`, else doctor, day and start |

pub mod cells;
mod doctors;
mod patients;
mod schedules;

use super::progress::Progress;
use super::refusal::Refusal;
use super::report::{Complaint, Report};
use super::specialties::Specialties;
use super::{ImportError, context};
use crate::offline_app;
use crate::options::{ExportOptions, SheetKind};
use crate::target::Target;
use app::{App, Context};
use domain::ids::Id;
use domain::phone::Country;
use domain::violation::{Rule, Violations};
use serde::Serialize;
use serde_json::{Map, Value};
use std::io::Write as _;
use store::Transaction;
use store::audit::AuditAction;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    /// A text; an empty cell is an empty text.
    Text,
    /// A word; an empty cell says nothing.
    Word,
    /// `true` or `false`; an empty cell says nothing.
    Flag,
    /// A number; an empty cell says nothing.
    Number,
}

/// The columns of a sheet.
type Columns = &'static [(&'static str, Holds)];

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

/// What became of a row.
enum Fate {
    New,
    Changed,
    Known,
}

/// An import under way.
struct Import<'a> {
    app: &'a App,
    ctx: Context,
    specialties: Specialties,
}

impl Import<'_> {
    /// Who changes: each time anew, since what a context has done is done once.
    fn ctx(&self) -> Context {
        Context { once: app::support::context::Once::fresh(), ..self.ctx.clone() }
    }
}

/// Imports a spreadsheet.
///
/// # Errors
/// [`ImportError`].
pub async fn import(app: &App, kind: SheetKind, text: &str, report: &mut Report) -> Result<(), ImportError> {
    let columns = columns(kind);
    // The reader loses count of lines that end in two characters.
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
    let progress = Progress::of(rows.len());
    progress.say(name(kind));
    let mut import = Import { app, ctx: context(), specialties: Specialties::default() };
    for row in rows {
        let line = row.position().map_or(0, csv::Position::line);
        let done = match members(&header, &row) {
            Err(refusal) => Err(refusal),
            // Boxed: together they are too large for a thread's stack.
            Ok(members) => match kind {
                SheetKind::Patients => Box::pin(import.patient(members)).await,
                SheetKind::Doctors => Box::pin(import.doctor(members)).await,
                SheetKind::Schedules => Box::pin(import.schedule(members)).await,
            },
        };
        match done {
            Ok(Fate::New) => report.took(name(kind), true),
            Ok(Fate::Known) => report.took(name(kind), false),
            Ok(Fate::Changed) => report.count(name(kind)).changed += 1,
            Err(Refusal::Row(complaints)) => report.refuse(name(kind), format!("line {line}"), complaints),
            Err(Refusal::Import(error)) => return Err(error),
        }
        progress.done(1);
    }
    Ok(())
}

/// The cells of a row, as members of a body of the API.
fn members(header: &[&(&'static str, Holds)], row: &csv::StringRecord) -> Result<Map<String, Value>, Refusal> {
    let mut members = Map::new();
    let mut v = Violations::default();
    for ((column, holds), cell) in header.iter().zip(row) {
        let text = cells::plain(cell).trim();
        let value = match holds {
            Holds::Text if text.is_empty() => Ok(Value::Null),
            _ if text.is_empty() => continue,
            Holds::Text | Holds::Word => Ok(Value::from(text)),
            Holds::Flag => match text.to_ascii_lowercase().as_str() {
                "true" | "1" => Ok(Value::Bool(true)),
                "false" | "0" => Ok(Value::Bool(false)),
                _ => Err(Rule::OneOf(&["true", "false"])),
            },
            Holds::Number => text.parse::<i64>().map(Value::from).map_err(|_| Rule::Type),
        };
        if let Some(value) = v.take(column, value) {
            members.insert((*column).to_owned(), value);
        }
    }
    v.finish(Some(members)).map_err(Refusal::from)
}

/// The text of a member, which is taken out.
fn take_text(members: &mut Map<String, Value>, name: &str) -> Option<String> {
    match members.remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// The id of a row, if it says one.
fn take_id<I: Id>(members: &mut Map<String, Value>) -> Result<Option<I>, Refusal> {
    let id = take_text(members, "id").map(|text| I::read(&text)).transpose();
    id.map_err(|rule| Violations::of("id", rule).into())
}

/// A row of a spreadsheet: an id, and what the API shows under it.
fn row(id: impl std::fmt::Display, body: &impl Serialize) -> Map<String, Value> {
    let mut row = match serde_json::to_value(body) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    };
    row.insert("id".into(), Value::from(id.to_string()));
    row
}

/// A complaint about one field.
fn refuse(field: &str, reason: impl Into<String>) -> Refusal {
    Refusal::Row(vec![Complaint::wrong(field, reason)])
}

/// Exports what the options say: writes it, or answers the text to be printed.
///
/// # Errors
/// [`ImportError`].
pub async fn export(options: &ExportOptions, target: &Target) -> Result<String, ImportError> {
    // No number is read.
    let country = Country::parse("CO").ok_or(ImportError::Copy)?;
    let app = offline_app::on(target.table().await?, Some(country));
    let text = sheet(&app, options.csv).await?;
    let Some(path) = &options.output else { return Ok(text) };
    let failed = |error| ImportError::Output(path.display().to_string(), error);
    let mut file = std::fs::OpenOptions::new();
    file.write(true).create_new(true);
    // People's data: for nobody else on this machine.
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    file.open(path).and_then(|mut file| file.write_all(text.as_bytes())).map_err(failed)?;
    Ok(String::new())
}

/// A spreadsheet of what is in a table. That it was made stands in the audit trail.
///
/// # Errors
/// [`ImportError`].
pub async fn sheet(app: &App, kind: SheetKind) -> Result<String, ImportError> {
    let rows = match kind {
        SheetKind::Patients => patients::rows(app).await?,
        SheetKind::Doctors => doctors::rows(app).await?,
        SheetKind::Schedules => schedules::rows(app).await?,
    };
    let ctx = Context::of_system("cargo citas export".into());
    let mut transaction = Transaction::default();
    let thing = (name(kind).trim_end_matches('s'), "all");
    app::support::change::audit(app, &ctx, &mut transaction, app.now(), thing, AuditAction::Export, Default::default());
    app.table.transact(transaction).await.map_err(|_| ImportError::Trail)?;
    let columns = columns(kind);
    let mut text = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let failed = |_| ImportError::Csv(0);
    text.write_record(columns.iter().map(|(column, _)| *column)).map_err(failed)?;
    for row in rows {
        let cell = |(column, _): &(&str, Holds)| match row.get(*column) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => cells::guarded(text),
            Some(other) => other.to_string(),
        };
        text.write_record(columns.iter().map(cell)).map_err(failed)?;
    }
    let text = text.into_inner().map_err(|_| ImportError::Csv(0))?;
    String::from_utf8(text).map_err(|_| ImportError::Csv(0))
}
