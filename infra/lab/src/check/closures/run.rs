//! One run, and the properties that hold after each of its steps.

use super::fixture::ClosuresFixture;
use super::operation::Operation;
use domain::actor::Actor;
use domain::appointment::Appointment;
use domain::lifecycle::Action;
use domain::time::TimeDelta;
use futures_util::future::try_join_all;
use invariants::check;
use invariants::closed_time::why_closed;
use invariants::rows::TableRows;
use invariants::scan::scan;
use std::collections::BTreeSet;
use std::fmt;
use testkit::test_app::TestError;

/// The most steps of a run, and the most operations at once.
const STEPS: usize = 6;
const AT_ONCE: usize = 3;
/// One operation in so many loses its connection.
const DISCONNECTED: u8 = 6;
/// An operation that loses its connection makes fewer calls than this.
const MAX_CALLS: u32 = 24;
/// Runs of the job that finish what was left.
const LAST_RUNS: usize = 3;

/// The result of several runs.
#[derive(Debug, Clone, Default)]
pub struct ClosuresReport {
    pub runs: usize,
    pub operations: usize,
    /// Steps in which a patient wrote about time that was closed all along.
    pub closed: usize,
    /// Confirmations by patients, in open time.
    pub confirmed: usize,
    /// Runs at the end of which an appointment is stranded.
    pub stranded: usize,
    /// Violated properties; empty if all hold.
    pub found: Vec<String>,
}

/// Does one run, and adds its result to the report.
pub async fn run_once(
    fixture: &ClosuresFixture,
    random: &mut fastrand::Rng,
    report: &mut ClosuresReport,
) -> Result<(), TestError> {
    fixture.reset(random.u64(..)).await?;
    let mut before = Snapshot::read(fixture).await?;
    let mut script = Vec::new();
    for step in 0..random.usize(2..=STEPS) {
        let operations: Vec<Operation> = (0..random.usize(1..=AT_ONCE)).map(|_| Operation::random(random)).collect();
        let mut running = Vec::new();
        for (place, operation) in operations.iter().enumerate() {
            let id = u64::try_from(step * AT_ONCE + place)? + 1;
            if random.u8(..DISCONNECTED) == 0 {
                fixture.interleaving.disconnect_after(id, random.u32(..MAX_CALLS));
            }
            running.push(fixture.perform(id, *operation));
        }
        try_join_all(running).await?;
        report.operations += operations.len();
        let after = Snapshot::read(fixture).await?;
        script.push(operations);
        check_step(&before, &after, script.last().map(Vec::as_slice).unwrap_or_default(), report);
        fixture.clock.advance(TimeDelta::seconds(random.i64(0..30)));
        before = after;
    }
    for _ in 0..LAST_RUNS {
        fixture.clock.advance(TimeDelta::seconds(70));
        fixture.app.system.run_reminders().await?;
    }
    let after = Snapshot::read(fixture).await?;
    check_step(&before, &after, &[Operation::RunJob], report);
    report.found.extend(check(&after.rows).faults().map(ToString::to_string));
    report.stranded += usize::from(after.rows.appointments.values().any(|appointment| appointment.stranded));
    report.runs += 1;
    if !report.found.is_empty() {
        report.found.push(format!("run {}: {script:?}", report.runs));
    }
    Ok(())
}

/// The table and the messages between two steps.
struct Snapshot {
    rows: TableRows,
    texts: Vec<String>,
}

impl Snapshot {
    async fn read(fixture: &ClosuresFixture) -> Result<Self, TestError> {
        Ok(Self { rows: scan(&fixture.table).await?, texts: fixture.texts()? })
    }
}

/// Checks what a step has done to time that was closed from its beginning to its end.
fn check_step(before: &Snapshot, after: &Snapshot, operations: &[Operation], report: &mut ClosuresReport) {
    // Between two closures of one step the time may have been open.
    if operations.iter().any(|operation| matches!(operation, Operation::Open(_))) {
        return;
    }
    let seen: BTreeSet<_> = before.rows.actions.values().flatten().map(|row| row.id).collect();
    let new_texts: Vec<&String> = after.texts.iter().skip(before.texts.len()).collect();
    for (id, appointment) in &after.rows.appointments {
        let new_actions = after.rows.actions.get(id).into_iter().flatten().filter(|row| !seen.contains(&row.id));
        let promised: Vec<Action> = new_actions
            .filter(|row| matches!(row.actor, Actor::Patient { .. }))
            .map(|row| row.action)
            .filter(|action| matches!(action, Action::Confirm | Action::Keep | Action::Create))
            .collect();
        if !is_closed(before, appointment) || !is_closed(after, appointment) {
            report.confirmed += promised.len();
            continue;
        }
        report.closed += usize::from(operations.iter().any(|operation| matches!(operation, Operation::Patient(_))));
        if !promised.is_empty() {
            report.found.push(format!("appointment {id} lies in closed time, and its patient could {promised:?}"));
        }
        let time = appointment.zone.local(appointment.start).format("%H:%M").to_string();
        for text in new_texts.iter().filter(|text| text.contains(&format!(" a las {time}")) && promises(text)) {
            report.found.push(format!("appointment {id} lies in closed time, and its patient was told: {text}"));
        }
    }
}

fn is_closed(snapshot: &Snapshot, appointment: &Appointment) -> bool {
    why_closed(&snapshot.rows, appointment).is_some()
}

/// Whether a text confirms an appointment, or reminds of one.
fn promises(text: &str) -> bool {
    ["está confirmada", "se mantiene", "le recordamos"].iter().any(|words| text.contains(words))
}

impl fmt::Display for ClosuresReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { runs, operations, closed, confirmed, stranded, found } = self;
        writeln!(f, "{runs} runs with {operations} operations; {confirmed} confirmations in open time")?;
        writeln!(
            f,
            "{closed} steps with messages about closed time; {stranded} runs ended with a stranded appointment"
        )?;
        for line in found.iter().take(20) {
            writeln!(f, "  {line}")?;
        }
        Ok(())
    }
}
