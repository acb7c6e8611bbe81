//! `cargo lab check differential`: compares the embedded table with another DynamoDB.
//!
//! One client sends the same requests to two systems, one on each table, without faults, and every pair of answers is
//! compared. At the end both tables are checked like `cargo citas fsck` does. Works with any endpoint; the table that
//! is created there is removed again.

use super::client::{BookingClient, Receptionist};
use super::history::OperationRecord;
use crate::options::DifferentialOptions;
use local::database::Database;
use local::gateway::Format;
use local::system::random_token;
use platform::dynamodb::local_table;
use std::collections::BTreeMap;
use std::io::Write as _;
use testkit::faulty_client::FaultyClient;
use testkit::test_app::{TestApp, TestError};

/// One of the two systems, with its client.
struct ComparedSystem {
    receptionist: Receptionist,
    client: BookingClient,
    /// Ids, numbered in the order of their first appearance, since ids differ between the two systems.
    ids: BTreeMap<String, usize>,
}

impl ComparedSystem {
    async fn start(database: Database, seed: u64) -> Result<Self, TestError> {
        let app = TestApp::with_database(database, Format::Rest).await?;
        let receptionist = Receptionist::open(app, FaultyClient::default()).await?;
        Ok(Self { receptionist, client: BookingClient::new(seed, 0), ids: BTreeMap::new() })
    }

    /// Runs the next operation. Describes request and answer without ids.
    async fn run_next(&mut self) -> Result<String, TestError> {
        let done = self.client.run_next(&self.receptionist).await?;
        Ok(done.map_or_else(|| "nothing".to_owned(), |(record, _)| self.describe(&record)))
    }

    fn describe(&mut self, record: &OperationRecord) -> String {
        let answer = &record.answer;
        let (target, id) = (self.number(&record.target), self.number(&answer.id));
        let replayed = if answer.replayed { ", replayed" } else { "" };
        let (kind, name, conflicts) = (record.kind.name(), answer.name(), &answer.conflicts);
        format!("{kind} of {target}: {name} {id}{replayed} {conflicts:?}")
    }

    fn number(&mut self, id: &str) -> usize {
        let next = self.ids.len();
        *self.ids.entry(id.to_owned()).or_insert(next)
    }
}

/// Runs the same operations on both tables, and prints the result on stdout.
///
/// # Errors
/// The first answers that differ, an invariant that fails, or an error of the check itself.
pub async fn differential(options: &DifferentialOptions) -> Result<(), TestError> {
    let name = format!("citas-check-{}", random_token());
    let other = Database::at_endpoint(&options.endpoint, &name).await?;
    let compared = compare(other, options.operations, options.seed).await;
    local_table(&options.endpoint, &name).client().delete_table().table_name(&name).send().await?;
    let (appointments, rows) = compared?;
    let (operations, seed) = (options.operations, options.seed);
    writeln!(
        std::io::stdout(),
        "{operations} operations, seed {seed}: the same answers; {appointments} appointments, {rows} rows"
    )?;
    Ok(())
}

/// Compares the embedded table with another one. Returns the numbers of appointments and rows at the end.
pub async fn compare(other: Database, operations: u64, seed: u64) -> Result<(usize, usize), TestError> {
    let mut here = ComparedSystem::start(Database::memory().await?, seed).await?;
    let mut there = ComparedSystem::start(other, seed).await?;
    for number in 1..=operations {
        let (one, other) = (here.run_next().await?, there.run_next().await?);
        if one != other {
            return Err(format!("seed {seed}, operation {number}: here «{one}», there «{other}»").into());
        }
    }
    let mut ends = Vec::new();
    for system in [&here, &there] {
        let report = invariants::check_table(&system.receptionist.app.system.database.table()).await?;
        if !report.is_clean() {
            return Err(report.to_string().into());
        }
        ends.push((report.appointments, report.rows));
    }
    match ends.as_slice() {
        [one, other] if one == other => Ok(*one),
        _ => Err(format!("the tables don't hold the same number of appointments and rows: {ends:?}").into()),
    }
}
