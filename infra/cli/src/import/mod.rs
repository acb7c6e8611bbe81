//! `cargo citas import`: imports data from the Django service that citas replaces ([`django`]) or from spreadsheets
//! ([`sheets`]).
//!
//! Rows pass the API's validation and the app's transactions, so imported data is as consistent as data entered through
//! the API. A row with errors is rejected and listed in the [`report`]; the other rows are imported. A second run
//! changes nothing.
//!
//! | To learn about | read |
//! |---|---|
//! | the encoding of a file | [`encoding`] |
//! | parsing the dump | [`dump`] |
//! | the ids of imported rows | [`old_ids`] |
//! | the dry run | [`dry_run`] |
//! | the errors of a rejected row | [`rejection`] |

pub mod django;
pub mod dry_run;
pub mod dump;
pub mod encoding;
pub mod old_ids;
pub mod progress;
pub mod rejection;
pub mod report;
pub mod sheets;
pub mod specialties;

use crate::offline_app;
use crate::options::{ImportOptions, Sheet};
use crate::target::{Target, TargetError};
use app::{App, AppError, Context};
use domain::violation::Violations;
use encoding::decode;
use report::ImportReport;
use serde_json::{Map, Value};
use sheets::dates::AmbiguousDates;
use sheets::parsing::ParsedSheet;
use std::path::Path;
use store::counter::Counter;
use store::{Key, Table};
use wire::{Fields, ReadContext};

/// Reads a row as the API reads a request's body.
fn draft<B: Fields + Into<D>, D>(app: &App, members: &Map<String, Value>) -> Result<D, Violations> {
    Ok(wire::read_body::<B>(members, ReadContext::of(app))?.into())
}

/// Why an import could not start or finish.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("{0} can't be read: {1}")]
    File(String, std::io::Error),
    #[error("{0} can't be written: {1}")]
    Output(String, std::io::Error),
    /// An export without an audit row is not allowed.
    #[error("the audit row could not be written, so nothing was exported")]
    Trail,
    #[error("{0}")]
    Encoding(encoding::UnknownEncoding),
    #[error("line {0} isn't CSV")]
    Csv(u64),
    #[error(transparent)]
    Sheet(#[from] wire::sheet::SheetError),
    /// Nothing of a file is imported before its dates can be read.
    #[error(
        "the date in line {} can be read with the day or the month first, and {}: name the order, as --dates dmy or --dates mdy",
        .0.line,
        if .0.contradictory { "other dates of the file contradict each other" } else { "no date of the file tells which" }
    )]
    DateOrder(AmbiguousDates),
    /// Which file an error is about.
    #[error("{0}: {1}")]
    InFile(String, Box<Self>),
    #[error("name the day of the appointments, as --date 2025-12-15")]
    NoDate,
    #[error("--date and --clinic are for --csv appointments")]
    OnlyAppointments,
    #[error("too many appointments for one file: name a --clinic")]
    NoClinic,
    #[error("{0} clinics have this name: give the id of one")]
    UnknownClinic(usize),
    #[error("{0}")]
    Export(AppError),
    #[error("the first line names no column. Known columns: {0}")]
    NoColumns(String),
    #[error("unknown column {0:?}. Known columns: {1}")]
    Column(String, String),
    #[error("the file is not output of `manage.py dumpdata`: {0}")]
    Dump(String),
    /// Imported users have no passwords, so an ADMIN has to exist to set them.
    #[error("there is no active ADMIN in this table. Create one first with `cargo citas admin create`")]
    NoAdmin,
    /// The dump has local times.
    #[error("the old clinics have no time zone: name it, as --timezone America/Santo_Domingo")]
    NoTimezone,
    #[error(transparent)]
    Table(#[from] TargetError),
    /// This program doesn't link the embedded table.
    #[error("a dry run needs a scratch table: run it as `cargo dev citas import --dry-run`, with the same options")]
    NoScratch,
    #[error("the scratch table: {0}")]
    Scratch(String),
    #[error("the table could not be copied for the dry run")]
    Copy,
    #[error(transparent)]
    Read(#[from] store::ReadError),
    #[error("{0}. What was imported so far stays; run it again")]
    App(AppError),
}

/// Imports the files that the options name.
pub async fn import(options: &ImportOptions, target: &Target) -> Result<ImportReport, ImportError> {
    let table = target.table().await?;
    if !options.dry_run {
        return import_into(table, options).await;
    }
    let scratch = target.scratch.as_ref().ok_or(ImportError::NoScratch)?;
    let scratch = scratch.create().await.map_err(ImportError::Scratch)?;
    dry_run::copy(&table, &scratch).await?;
    let report = import_into(scratch, options).await?;
    Ok(ImportReport { dry_run: true, ..report })
}

async fn import_into(table: Table, options: &ImportOptions) -> Result<ImportReport, ImportError> {
    let app = offline_app::with_table(table, Some(options.country));
    // Parsed first, so that nothing is imported where a file can't be read.
    let mut sheets = Vec::new();
    for Sheet { kind, file } in &options.csv {
        let sheet = ParsedSheet::parse(*kind, &read(file)?, options.dates).map_err(|error| in_file(file, error))?;
        sheets.push((file, sheet));
    }
    let mut report = ImportReport::default();
    if let Some(file) = &options.from_django {
        let zone = options.timezone.ok_or(ImportError::NoTimezone)?;
        let (text, encoding) = decode(&read(file)?).map_err(|error| in_file(file, ImportError::Encoding(error)))?;
        report = django::import(&app, &text, zone).await?;
        report.files.push(format!("{}: {encoding}", file.display()));
    }
    for (file, sheet) in &sheets {
        report.files.push(format!("{}: {}", file.display(), sheet.description));
        sheets::import(&app, sheet, &mut report).await?;
    }
    Ok(report)
}

fn in_file(file: &Path, error: ImportError) -> ImportError {
    ImportError::InFile(file.display().to_string(), Box::new(error))
}

fn read(path: &Path) -> Result<Vec<u8>, ImportError> {
    std::fs::read(path).map_err(|error| ImportError::File(path.display().to_string(), error))
}

/// Fails with [`ImportError::NoAdmin`] if the table has no active ADMIN: imported users have no passwords.
pub async fn expect_admin(app: &App) -> Result<(), ImportError> {
    let admins = app.table.get::<Counter>(&Key::admins()).await?;
    if admins.is_some_and(|counter| counter.count > 0) { Ok(()) } else { Err(ImportError::NoAdmin) }
}

/// The actor of an import in the audit trail.
pub(crate) fn context() -> Context {
    Context::of_system("cargo citas import".into())
}
