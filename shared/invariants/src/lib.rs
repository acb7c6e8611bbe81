//! The consistency check of the table (`fsck`): reads every row, writes nothing, and reports each violated
//! invariant.
//!
//! The rows are collected once ([`rows`]) and checked by pure functions, one module per family of invariants:
//!
//! | Invariant | Module |
//! |---|---|
//! | no double bookings | [`overlap`] |
//! | the agendas contain exactly the appointments that occupy time | [`agenda`] |
//! | the counters of overbooked appointments are right and within the limit | [`overbooking`] |
//! | every change has a history row and an audit row | [`history`] |
//! | rescheduled appointments refer to each other, and holds have pointers | [`links`] |
//! | no active appointment that isn't stranded lies in closed time | [`closed_time`] |
//! | outcomes of requests refer to existing entities | [`outcomes`] |
//! | appointments have reminders, and notifications have due pointers | [`notifications`] |
//! | no two notifications have the same Twilio message | [`messages`] |
//! | the numbers of contacts point to their patients | [`contacts`] |
//! | nothing went to a number that opted out or isn't the patient's | [`restrictions`] |
//!
//! Rows of unknown kinds are ignored, so an older version can check a newer table. On a table with concurrent
//! writes a check can report violations that only come from reading between two writes; [`check_twice`] filters
//! them.

pub mod agenda;
pub mod closed_time;
pub mod contacts;
pub mod history;
pub mod links;
pub mod messages;
pub mod notifications;
pub mod outcomes;
pub mod overbooking;
pub mod overlap;
pub mod report;
pub mod restrictions;
pub mod rows;
pub mod scan;
#[cfg(test)]
mod tests;

use report::{FindingCollector, FsckFinding, FsckReport, Invariant};
use rows::TableRows;
use scan::ScanError;
use store::Table;

pub async fn check_table(table: &Table) -> Result<FsckReport, ScanError> {
    Ok(check(&scan::scan(table).await?))
}

/// Checks a table with concurrent writes: only findings of two checks in a row are reported.
pub async fn check_twice(table: &Table) -> Result<FsckReport, ScanError> {
    let first = check_table(table).await?;
    if first.is_clean() {
        return Ok(first);
    }
    let mut second = check_table(table).await?;
    second.findings.retain(|finding| first.findings.contains(finding));
    Ok(second)
}

#[must_use]
pub fn check(rows: &TableRows) -> FsckReport {
    let families: [fn(&TableRows) -> Vec<FsckFinding>; 12] = [
        check_readable,
        overlap::check,
        agenda::check,
        overbooking::check,
        history::check,
        links::check,
        closed_time::check,
        outcomes::check,
        notifications::check,
        messages::check,
        contacts::check,
        restrictions::check,
    ];
    let mut findings: Vec<FsckFinding> = families.iter().flat_map(|check| check(rows)).collect();
    findings.sort_unstable();
    FsckReport { rows: rows.count, appointments: rows.appointments.len(), findings }
}

/// Reports rows that can't be parsed or have another key than the one their contents imply.
fn check_readable(rows: &TableRows) -> Vec<FsckFinding> {
    let mut found = FindingCollector::of(Invariant::Rows);
    for (kind, why) in &rows.unreadable {
        found.add_fault(format!("a row of kind {kind}"), *why);
    }
    found.finish()
}
