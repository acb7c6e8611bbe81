//! `cargo lab check differential`: does the embedded table do what another DynamoDB does?
//!
//! One client does the same things to both, nothing goes wrong on the way, and every answer is held
//! against the other's; at the end both tables are checked as `cargo citas fsck` does. Any endpoint can be
//! named. The table that is made there is removed again.

use super::client::{Client, Desk};
use super::history::Record;
use crate::options::DifferentialOptions;
use local::database::Database;
use local::gateway::Format;
use local::system::random_token;
use platform::dynamodb::local_table;
use std::collections::BTreeMap;
use std::io::Write as _;
use testkit::faulty_client::Wire;
use testkit::test_app::{TestApp, Trouble};

/// One of the two, and the client that is at work there.
struct Side {
    desk: Desk,
    client: Client,
    /// The ids in the order in which they were first seen: they are never the same on both sides.
    ids: BTreeMap<String, usize>,
}

impl Side {
    async fn open(database: Database, seed: u64) -> Result<Self, Trouble> {
        let app = TestApp::with_database(database, Format::Rest).await?;
        let desk = Desk::open(app, Wire::default()).await?;
        Ok(Self { desk, client: Client::new(seed, 0), ids: BTreeMap::new() })
    }

    /// Does the next thing, and says what was asked for and answered, without ids.
    async fn told(&mut self) -> Result<String, Trouble> {
        let done = self.client.act(&self.desk).await?;
        Ok(done.map_or_else(|| "nothing".to_owned(), |(record, _)| self.tell(&record)))
    }

    fn tell(&mut self, record: &Record) -> String {
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

/// Runs the same operations on both and tells on stdout how it went.
///
/// # Errors
/// The first answers that differ; invariants that fail; [`Trouble`] of the check's own machinery.
pub async fn differential(options: &DifferentialOptions) -> Result<(), Trouble> {
    let name = format!("citas-check-{}", random_token());
    let elsewhere = Database::elsewhere(&options.endpoint, &name).await?;
    let compared = compare(elsewhere, options.operations, options.seed).await;
    local_table(&options.endpoint, &name).client().delete_table().table_name(&name).send().await?;
    let (appointments, rows) = compared?;
    let (operations, seed) = (options.operations, options.seed);
    writeln!(
        std::io::stdout(),
        "{operations} operations, seed {seed}: the same answers; {appointments} appointments, {rows} rows"
    )?;
    Ok(())
}

/// Compares the embedded table with this one. Answers how many appointments and rows there are at the end.
///
/// # Errors
/// Those of [`differential`].
pub async fn compare(elsewhere: Database, operations: u64, seed: u64) -> Result<(usize, usize), Trouble> {
    let mut here = Side::open(Database::memory().await?, seed).await?;
    let mut there = Side::open(elsewhere, seed).await?;
    for number in 1..=operations {
        let (one, other) = (here.told().await?, there.told().await?);
        if one != other {
            return Err(format!("seed {seed}, operation {number}: here «{one}», there «{other}»").into());
        }
    }
    let mut ends = Vec::new();
    for side in [&here, &there] {
        let report = invariants::check_table(&side.desk.app.system.database.table()).await?;
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
