//! What has to be true of a table, whoever wrote it. It reads all of it, writes nothing, and names each
//! invariant that fails.
//!
//! The rows are collected once ([`rows`]), then pure functions look at them, one file for each family
//! of invariants:
//!
//! | Invariant | File |
//! |---|---|
//! | nobody is booked twice | [`overlap`] |
//! | the agendas hold exactly the appointments that take time | [`agenda`] |
//! | overbooked appointments are counted, and within the limit | [`overbooking`] |
//! | every change has its row of history and of audit | [`history`] |
//! | appointments that replace each other, and holds, have their pointers | [`links`] |
//! | outcomes of requests point at what they made | [`outcomes`] |
//! | appointments have their reminders, and those their pointers | [`notifications`] |
//! | no message of Twilio's belongs to two of ours | [`messages`] |
//! | the numbers of contacts lead to their patients | [`contacts`] |
//!
//! Kinds of rows that it doesn't know are left alone, so an older one can check a newer table. On a
//! table that is being written to it can find what is only half seen; [`check_twice`] looks again.

pub mod agenda;
pub mod contacts;
pub mod history;
pub mod links;
pub mod messages;
pub mod notifications;
pub mod outcomes;
pub mod overbooking;
pub mod overlap;
pub mod report;
pub mod rows;
pub mod scan;
#[cfg(test)]
mod tests;

use report::{Finding, Findings, Invariant, Report};
use rows::Rows;
use scan::ScanError;
use store::Table;

/// Checks a table.
///
/// # Errors
/// [`ScanError`].
pub async fn check_table(table: &Table) -> Result<Report, ScanError> {
    Ok(check(&scan::scan(table).await?))
}

/// Checks a table that is being written to: what is found is looked for again, and counts if it is
/// still there.
///
/// # Errors
/// [`ScanError`].
pub async fn check_twice(table: &Table) -> Result<Report, ScanError> {
    let first = check_table(table).await?;
    if first.is_clean() {
        return Ok(first);
    }
    let mut second = check_table(table).await?;
    second.findings.retain(|finding| first.findings.contains(finding));
    Ok(second)
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
        messages::check,
        contacts::check,
    ];
    let mut findings: Vec<Finding> = families.iter().flat_map(|check| check(rows)).collect();
    findings.sort_unstable();
    Report { rows: rows.count, appointments: rows.appointments.len(), findings }
}

/// Rows that can't be read, or stand under another key than their own.
fn readable(rows: &Rows) -> Vec<Finding> {
    let mut found = Findings::of(Invariant::Rows);
    for (kind, why) in &rows.unreadable {
        found.fault(format!("a row of kind {kind}"), *why);
    }
    found.done()
}
