//! `cargo citas import`: moving in, from the Django service that citas replaces ([`django`]) or from
//! spreadsheets ([`sheets`]).
//!
//! Everything goes through the API's own checks and the app's own transactions, so what is imported is as
//! good as what was typed in. A row that doesn't fit is refused, and said why ([`report`]); the rest comes.
//! A second run changes nothing.
//!
//! | To learn about | read |
//! |---|---|
//! | the dump | [`dump`] |
//! | the ids that old rows get | [`old_ids`] |
//! | the dry run | [`dry_run`] |
//! | what is said of a refused row | [`refusal`] |

pub mod django;
pub mod dry_run;
pub mod dump;
pub mod old_ids;
pub mod progress;
pub mod refusal;
pub mod report;
pub mod sheets;
pub mod specialties;

use crate::offline_app;
use crate::options::{ImportOptions, Sheet};
use crate::target::{Target, TargetError};
use app::{App, AppError, Context};
use report::Report;
use std::path::Path;
use store::counter::Counter;
use store::{Key, Table};

/// Why an import didn't take place, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file can't be read.
    #[error("{0} can't be read: {1}")]
    File(String, std::io::Error),
    /// The file can't be written.
    #[error("{0} can't be written: {1}")]
    Output(String, std::io::Error),
    /// What isn't noted mustn't be shown.
    #[error("the audit trail couldn't be written, so nothing is exported")]
    Trail,
    /// It isn't a table as spreadsheets write one.
    #[error("line {0} isn't CSV")]
    Csv(u64),
    /// Nobody knows what a column is.
    #[error("there is no column {0:?}: known are {1}")]
    Column(String, String),
    /// It isn't a dump.
    #[error("that isn't what `manage.py dumpdata` writes: {0}")]
    Dump(String),
    /// Nobody could sign in afterwards.
    #[error("there is no active ADMIN in this table. Make one first, with `cargo citas admin create`")]
    NoAdmin,
    /// Local times would mean nothing.
    #[error("the old clinics have no time zone: say which, as --timezone America/Santo_Domingo")]
    NoTimezone,
    /// There is no table.
    #[error(transparent)]
    Table(#[from] TargetError),
    /// This program can't make a scratch table.
    #[error("a dry run needs a scratch table: run it as `cargo dev citas import --dry-run`, with the same options")]
    NoScratch,
    /// The scratch table could not be made.
    #[error("the scratch table: {0}")]
    Scratch(String),
    /// The table couldn't be copied.
    #[error("the table couldn't be copied for the dry run")]
    Copy,
    /// The table couldn't be read.
    #[error(transparent)]
    Read(#[from] store::ReadError),
    /// The app.
    #[error("{0}. What was imported so far stays; run it again")]
    App(AppError),
}

/// Imports what the options say.
///
/// # Errors
/// [`ImportError`].
pub async fn import(options: &ImportOptions, target: &Target) -> Result<Report, ImportError> {
    let table = target.table().await?;
    if !options.dry_run {
        return into(table, options).await;
    }
    let scratch = target.scratch.as_ref().ok_or(ImportError::NoScratch)?;
    let scratch = scratch.create().await.map_err(ImportError::Scratch)?;
    dry_run::copy(&table, &scratch).await?;
    let report = into(scratch, options).await?;
    Ok(Report { dry_run: true, ..report })
}

async fn into(table: Table, options: &ImportOptions) -> Result<Report, ImportError> {
    let app = offline_app::on(table, Some(options.country));
    let mut report = Report::default();
    if let Some(file) = &options.from_django {
        let zone = options.timezone.ok_or(ImportError::NoTimezone)?;
        report = django::import(&app, &read(file)?, zone).await?;
    }
    for Sheet { kind, file } in &options.csv {
        sheets::import(&app, *kind, &read(file)?, &mut report).await?;
    }
    Ok(report)
}

pub(crate) fn read(path: &Path) -> Result<String, ImportError> {
    std::fs::read_to_string(path).map_err(|error| ImportError::File(path.display().to_string(), error))
}

/// Refuses a table that nobody could sign in to: users come without passwords.
///
/// # Errors
/// [`ImportError::NoAdmin`].
pub async fn expect_admin(app: &App) -> Result<(), ImportError> {
    let admins = app.table.get::<Counter>(&Key::admins()).await?;
    if admins.is_some_and(|counter| counter.count > 0) { Ok(()) } else { Err(ImportError::NoAdmin) }
}

/// Who imports, in the audit trail.
pub(crate) fn context() -> Context {
    Context::of_system("cargo citas import".into())
}
