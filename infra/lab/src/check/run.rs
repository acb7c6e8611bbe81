//! Runs the bookings check: concurrent clients in batches of operations, and the checks after each batch.

use super::answers;
use super::client::{BookingClient, Receptionist};
use super::history::OperationRecord;
use super::refusals;
use super::serial_order::{AppliedTransaction, serialization_cycle};
use super::trace::{OperationTrace, RequestCounts};
use super::versions::WrittenVersions;
use domain::lifecycle::Action;
use invariants::rows::TableRows;
use local::database::{Database, TABLE_NAME};
use local::gateway::Format;
use platform::dynamodb::local_table;
use std::sync::Arc;
use std::time::{Duration, Instant};
use testkit::faulty_client::FaultyClient;
use testkit::faulty_client::fault::FaultPlan;
use testkit::faulty_client::mutation::Mutation;
use testkit::test_app::{TestApp, TestError};
use tokio::task::JoinSet;

/// Parameters of a run.
#[derive(Debug, Clone, Copy)]
pub struct BookingsPlan {
    pub operations: u64,
    /// Ends the run early.
    pub time: Option<Duration>,
    /// Decides the requests and the faults.
    pub seed: u64,
    /// Number of concurrent clients.
    pub clients: usize,
    /// The share of the calls to the table that fails, from 0 to 1.
    pub faults: f64,
    /// Operations between two checks.
    pub pause_every: u64,
    /// Breaks the code on purpose, to prove that the checks notice it.
    pub mutation: Option<Mutation>,
}

/// Result of a run.
#[derive(Debug, Clone, Default)]
pub struct BookingsReport {
    /// The history; the operations of each client are in their order.
    pub records: Vec<OperationRecord>,
    /// Violated properties; empty if all hold.
    pub found: Vec<String>,
    pub counts: RequestCounts,
    /// Rows in the table at the end.
    pub rows: usize,
    pub appointments: usize,
    /// Holds that expired.
    pub expired: usize,
    /// The time that the clients ran, without the checks.
    pub busy: Duration,
}

/// Runs until the plan is done, its time is over, or a property is violated. Calls `progress` after each batch.
pub async fn run(plan: BookingsPlan, progress: impl Fn(&BookingsReport)) -> Result<BookingsReport, TestError> {
    let began = Instant::now();
    let time_is_over = move || plan.time.is_some_and(|time| began.elapsed() >= time);
    let faulty_client = FaultyClient::default();
    let database = Database::memory().await?.through(&faulty_client);
    // The checks read the table without faults.
    let table = local_table(database.endpoint(), TABLE_NAME);
    let app = TestApp::with_database(database, Format::Rest).await?;
    let receptionist = Arc::new(Receptionist::open(app, faulty_client.clone()).await?);
    faulty_client.record_calls();
    faulty_client.plan(Some(FaultPlan::new(plan.seed, plan.faults)));
    faulty_client.set_mutation(plan.mutation);
    let mut clients: Vec<BookingClient> =
        (0..plan.clients).map(|number| BookingClient::new(plan.seed, number)).collect();
    let mut report = BookingsReport::default();
    let mut versions = WrittenVersions::default();
    let mut remaining = plan.operations;
    while remaining > 0 && !time_is_over() && report.found.is_empty() {
        let batch_size = remaining.min(plan.pause_every);
        remaining -= batch_size;
        let started = Instant::now();
        let mut running = JoinSet::new();
        for (number, client) in clients.drain(..).enumerate() {
            let share =
                batch_size / plan.clients as u64 + u64::from((number as u64) < batch_size % plan.clients as u64);
            running.spawn(run_client(Arc::clone(&receptionist), client, share, time_is_over));
        }
        let mut batch = OperationBatch::default();
        let mut done = running.join_all().await.into_iter().collect::<Result<Vec<_>, _>>()?;
        done.sort_by_key(|(client, _)| client.number());
        for (client, traced) in done {
            clients.push(client);
            batch.add(traced);
        }
        report.busy += started.elapsed();
        let rows = invariants::scan::scan(&table).await?;
        report.found.extend(batch.check(&rows, &mut versions));
        (report.rows, report.appointments) = (rows.count, rows.appointments.len());
        let actions = rows.actions.values().flatten();
        report.expired = actions.filter(|row| row.action == Action::HoldExpired).count();
        report.records.append(&mut batch.records);
        report.counts.add(&batch.counts);
        report.found.extend(answers::check_keys(&report.records, &rows));
        progress(&report);
    }
    Ok(report)
}

/// The operations between two checks; all of them are complete.
#[derive(Debug, Default)]
struct OperationBatch {
    records: Vec<OperationRecord>,
    /// For each record, the conflicts with the rows that it read.
    conflicts: Vec<Option<Vec<String>>>,
    applied: Vec<AppliedTransaction>,
    counts: RequestCounts,
}

impl OperationBatch {
    fn add(&mut self, traced: Vec<(OperationRecord, OperationTrace)>) {
        for (record, trace) in traced {
            self.records.push(record);
            self.conflicts.push(trace.conflicts);
            self.applied.extend(trace.applied);
            self.counts.add(&trace.counts);
        }
    }

    /// Violated properties.
    fn check(&self, rows: &TableRows, versions: &mut WrittenVersions) -> Vec<String> {
        let mut found: Vec<String> = invariants::check(rows).findings.iter().map(ToString::to_string).collect();
        found.extend(answers::check(&self.records, rows));
        for (record, conflicts) in self.records.iter().zip(&self.conflicts) {
            found.extend(refusals::false_refusal(record, conflicts.as_deref()));
        }
        found.extend(versions.add_transactions(&self.applied));
        found.extend(versions.check(rows));
        // A cycle can't span batches, since every transaction of a batch ends before the next batch begins.
        let cycle: Vec<&str> =
            serialization_cycle(&self.applied).iter().map(|applied| applied.request.as_str()).collect();
        if !cycle.is_empty() {
            found.push(format!("the requests {cycle:?} can't have happened one after the other"));
        }
        found
    }
}

/// Runs a client's share of a batch.
async fn run_client(
    receptionist: Arc<Receptionist>,
    mut client: BookingClient,
    share: u64,
    time_is_over: impl Fn() -> bool,
) -> Result<(BookingClient, Vec<(OperationRecord, OperationTrace)>), TestError> {
    let mut done = Vec::new();
    for _ in 0..share {
        if time_is_over() {
            break;
        }
        done.extend(client.run_next(&receptionist).await?);
    }
    Ok((client, done))
}
