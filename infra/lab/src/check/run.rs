//! A run: clients that book until they are told to pause, and the checks while they pause.

use super::answers;
use super::client::{Client, Desk};
use super::history::Record;
use super::order::{Applied, circle};
use super::refusals;
use super::trace::{Counts, Trace};
use super::versions::Versions;
use domain::lifecycle::Action;
use invariants::rows::Rows;
use local::database::{Database, TABLE_NAME};
use local::gateway::Format;
use platform::dynamodb::local_table;
use std::sync::Arc;
use std::time::{Duration, Instant};
use testkit::faulty_client::Wire;
use testkit::faulty_client::fault::FaultPlan;
use testkit::faulty_client::mutation::Sabotage;
use testkit::test_app::{TestApp, Trouble};
use tokio::task::JoinSet;

/// What is to be run.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// So many operations …
    pub operations: u64,
    /// … or for so long, whatever comes first.
    pub time: Option<Duration>,
    /// Decides what is asked for and what fails.
    pub seed: u64,
    /// How many ask at once.
    pub clients: usize,
    /// Which share of the calls to the table fails.
    pub faults: f64,
    /// After so many operations everybody pauses, and everything is checked.
    pub pause_every: u64,
    /// How the code is broken on purpose, to see that it is noticed.
    pub sabotage: Option<Sabotage>,
}

/// What a run has shown.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// What was done, and how it was answered: each client's in its order.
    pub records: Vec<Record>,
    /// What isn't as it should be. Empty is what it ought to be.
    pub found: Vec<String>,
    /// What happened to the requests to the table.
    pub counts: Counts,
    /// Rows in the table at the end.
    pub rows: usize,
    /// Appointments among them.
    pub appointments: usize,
    /// Holds that have run out.
    pub expired: usize,
    /// The time that the clients took, pauses not counted.
    pub busy: Duration,
}

/// Runs a plan until it is done, its time is over, or something is found. `progress` is told at each
/// pause.
///
/// # Errors
/// [`Trouble`] of the check's own machinery.
pub async fn run(plan: Plan, progress: impl Fn(&Outcome)) -> Result<Outcome, Trouble> {
    let began = Instant::now();
    let over = move || plan.time.is_some_and(|time| began.elapsed() >= time);
    let wire = Wire::default();
    let database = Database::memory().await?.through(&wire);
    // The checks look past the wire.
    let table = local_table(database.endpoint(), TABLE_NAME);
    let app = TestApp::with_database(database, Format::Rest).await?;
    let desk = Arc::new(Desk::open(app, wire.clone()).await?);
    wire.record();
    wire.plan(Some(FaultPlan::new(plan.seed, plan.faults)));
    wire.sabotage(plan.sabotage);
    let mut clients: Vec<Client> = (0..plan.clients).map(|number| Client::new(plan.seed, number)).collect();
    let mut outcome = Outcome::default();
    let mut versions = Versions::default();
    let mut left = plan.operations;
    while left > 0 && !over() && outcome.found.is_empty() {
        let together = left.min(plan.pause_every);
        left -= together;
        let started = Instant::now();
        let mut running = JoinSet::new();
        for (number, client) in clients.drain(..).enumerate() {
            let share = together / plan.clients as u64 + u64::from((number as u64) < together % plan.clients as u64);
            running.spawn(work(Arc::clone(&desk), client, share, over));
        }
        let mut stretch = Stretch::default();
        let mut done = running.join_all().await.into_iter().collect::<Result<Vec<_>, _>>()?;
        done.sort_by_key(|(client, _)| client.number());
        for (client, work) in done {
            clients.push(client);
            stretch.add(work);
        }
        outcome.busy += started.elapsed();
        let rows = invariants::scan::scan(&table).await?;
        outcome.found.extend(stretch.check(&rows, &mut versions));
        (outcome.rows, outcome.appointments) = (rows.count, rows.appointments.len());
        let actions = rows.actions.values().flatten();
        outcome.expired = actions.filter(|row| row.action == Action::HoldExpired).count();
        outcome.records.append(&mut stretch.records);
        outcome.counts.add(&stretch.counts);
        outcome.found.extend(answers::keys(&outcome.records, &rows));
        progress(&outcome);
    }
    Ok(outcome)
}

/// What was done between two pauses. Nothing of it is still under way.
#[derive(Debug, Default)]
struct Stretch {
    records: Vec<Record>,
    /// For each record whose time was taken, if it was told so.
    taken: Vec<Option<Vec<String>>>,
    applied: Vec<Applied>,
    counts: Counts,
}

impl Stretch {
    fn add(&mut self, work: Vec<(Record, Trace)>) {
        for (record, trace) in work {
            self.records.push(record);
            self.taken.push(trace.taken);
            self.applied.extend(trace.applied);
            self.counts.add(&trace.counts);
        }
    }

    /// Everything that isn't as it should be.
    fn check(&self, rows: &Rows, versions: &mut Versions) -> Vec<String> {
        let mut found: Vec<String> = invariants::check(rows).findings.iter().map(ToString::to_string).collect();
        found.extend(answers::check(&self.records, rows));
        for (record, taken) in self.records.iter().zip(&self.taken) {
            found.extend(refusals::untrue(record, taken.as_deref()));
        }
        found.extend(versions.follow(&self.applied));
        found.extend(versions.check(rows));
        // What was applied before a pause comes before all that is applied after it.
        let circle: Vec<&str> = circle(&self.applied).iter().map(|applied| applied.request.as_str()).collect();
        if !circle.is_empty() {
            found.push(format!("the requests {circle:?} can't have happened one after the other"));
        }
        found
    }
}

/// A client's share of the work between two pauses.
async fn work(
    desk: Arc<Desk>,
    mut client: Client,
    share: u64,
    over: impl Fn() -> bool,
) -> Result<(Client, Vec<(Record, Trace)>), Trouble> {
    let mut done = Vec::new();
    for _ in 0..share {
        if over() {
            break;
        }
        done.extend(client.act(&desk).await?);
    }
    Ok((client, done))
}
