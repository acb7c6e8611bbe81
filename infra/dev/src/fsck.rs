//! `cargo dev fsck`: is everything in a table as it should be? It reads all of it, writes nothing,
//! and names each invariant that fails. The name is that of the command that checks a file system.
//!
//! The rows are collected once ([`rows`]), then pure functions look at them, one file for each family
//! of invariants:
//!
//! | Invariant | File |
//! |---|---|
//! | nobody is booked twice | [`overlap`] |
//! | the agendas hold exactly the visits that take time | [`agenda`] |
//! | overbooked visits are counted, and within the limit | [`overbooking`] |
//! | every change has its row of history and of audit | [`history`] |
//! | visits that replace each other, and holds, have their pointers | [`links`] |
//! | outcomes of requests point at what they made | [`outcomes`] |
//! | visits have their reminders, and those their pointers | [`notifications`] |
//! | the numbers of contacts lead to their patients | [`contacts`] |
//!
//! Kinds of rows that it doesn't know are left alone, so an older one can check a newer table. On a
//! table that is being written to it can find what is only half seen: then run it again.

pub mod agenda;
pub mod contacts;
pub mod history;
pub mod links;
pub mod notifications;
pub mod outcomes;
pub mod overbooking;
pub mod overlap;
pub mod report;
pub mod rows;
pub mod scan;
#[cfg(test)]
pub(crate) mod tests;

use crate::options::FsckOptions;
use platform::dynamodb::{local_table, table};
use report::{Finding, Findings, Invariant, Report};
use rows::Rows;
use store::Table;
use testkit::database::Database;

/// Why a table couldn't be checked.
#[derive(Debug, thiserror::Error)]
pub enum FsckError {
    /// There is no table of the local server's.
    #[error("there is no {0}. Name a folder with --data, or a table with --endpoint or --aws")]
    NoFile(String),
    /// The embedded table didn't start.
    #[error("the embedded table: {0}")]
    Database(#[from] testkit::database::DatabaseError),
    /// Nobody says where in AWS.
    #[error(transparent)]
    Region(#[from] platform::aws::NoRegion),
    /// The table couldn't be read.
    #[error(transparent)]
    Scan(#[from] scan::ScanError),
}

/// Checks the table that the options name.
///
/// # Errors
/// [`FsckError`].
pub async fn fsck(options: &FsckOptions) -> Result<Report, FsckError> {
    let chosen = Chosen::open(options).await?;
    let report = check_table(&chosen.table).await;
    chosen.close().await?;
    report
}

/// The table that the options name.
pub(crate) struct Chosen {
    /// The table.
    pub(crate) table: Table,
    /// Its server, where it is ours.
    database: Option<Database>,
}

impl Chosen {
    pub(crate) async fn open(options: &FsckOptions) -> Result<Self, FsckError> {
        if options.aws {
            return Ok(Self { table: table(&platform::aws::config().await?, &options.table), database: None });
        }
        if let Some(endpoint) = &options.endpoint {
            return Ok(Self { table: local_table(endpoint, &options.table), database: None });
        }
        let file = options.data.join(crate::serve::DATA);
        // Opening would make it, and a check writes nothing.
        if !file.is_file() {
            return Err(FsckError::NoFile(file.display().to_string()));
        }
        let database = Database::file(&file).await?;
        Ok(Self { table: database.table(), database: Some(database) })
    }

    pub(crate) async fn close(self) -> Result<(), FsckError> {
        match self.database {
            Some(database) => Ok(database.stop().await?),
            None => Ok(()),
        }
    }
}

/// Checks a table.
///
/// # Errors
/// [`FsckError`].
pub async fn check_table(table: &Table) -> Result<Report, FsckError> {
    Ok(check(&scan::scan(table).await?))
}

/// Checks rows that were read.
#[must_use]
pub fn check(rows: &Rows) -> Report {
    let families = [
        readable,
        overlap::check,
        agenda::check,
        overbooking::check,
        history::check,
        links::check,
        outcomes::check,
        notifications::check,
        contacts::check,
    ];
    let mut findings: Vec<Finding> = families.iter().flat_map(|check| check(rows)).collect();
    findings.sort_unstable();
    Report { rows: rows.count, visits: rows.visits.len(), findings }
}

/// Rows that can't be read, or stand under another key than their own.
fn readable(rows: &Rows) -> Vec<Finding> {
    let mut found = Findings::of(Invariant::Rows);
    for (kind, why) in &rows.unreadable {
        found.fault(format!("a row of kind {kind}"), *why);
    }
    found.done()
}
