//! Short runs of `cargo lab check bookings`: no booking breaks an invariant under faults, and deliberately broken
//! variants are detected.

use crate::programs;
use lab::check::differential::compare;
use lab::check::history::tally;
use lab::check::operation::ClientOperationKind;
use lab::check::run::{BookingsPlan, BookingsReport, run};
use local::database::Database;
use testkit::faulty_client::FaultyClient;
use testkit::faulty_client::mutation::Mutation;
use testkit::test_app::TestError;

const PLAN: BookingsPlan =
    BookingsPlan { operations: 1200, time: None, seed: 1, clients: 16, faults: 0.15, pause_every: 600, mutation: None };

async fn run_plan(plan: BookingsPlan) -> BookingsReport {
    run(plan, |_| {}).await.unwrap()
}

/// The runs are sequential, because each one uses all cores.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_clients_on_a_failing_table_break_no_invariant() {
    let mut all = BookingsReport::default();
    for seed in [1, 2] {
        let mut outcome = run_plan(BookingsPlan { seed, ..PLAN }).await;
        assert!(outcome.found.is_empty(), "seed {seed}\n{outcome}");
        all.records.append(&mut outcome.records);
        all.expired += outcome.expired;
        all.counts.add(&outcome.counts);
    }
    // Every kind of answer must have occurred, or finding nothing would mean nothing.
    let tally = tally(&all.records);
    for (kind, answers) in [
        (ClientOperationKind::Book, ["201", "409 slot_taken", "409 outside_availability"].as_slice()),
        (ClientOperationKind::Overbook, &["201", "409 slot_taken", "409 overbook_limit"]),
        (ClientOperationKind::Repeat, &["200", "201", "409 slot_taken"]),
        (ClientOperationKind::Reschedule, &["200", "201", "409 slot_taken", "409 illegal_transition"]),
        (ClientOperationKind::Cancel, &["200", "409 illegal_transition", "412 precondition_failed"]),
        (ClientOperationKind::RequestReschedule, &["200"]),
        (ClientOperationKind::Keep, &["200", "409 illegal_transition"]),
        (ClientOperationKind::Reopen, &["200", "409 slot_taken"]),
        (ClientOperationKind::Confirm, &["200"]),
        (ClientOperationKind::Edit, &["200"]),
        (ClientOperationKind::List, &["200"]),
        (ClientOperationKind::Tick, &["200"]),
    ] {
        for answer in answers {
            assert!(tally[&kind].contains_key(*answer), "{} never got {answer}\n{all}", kind.name());
        }
    }
    assert!(all.records.iter().any(|record| record.answer.replayed), "{all}");
    assert!(all.expired > 0, "{all}");
    let counts = &all.counts;
    assert!(counts.conflicts > 10 && counts.retries > 50 && counts.faults.len() > 10, "{all}");
}

/// The answers of a run and the faults of its writes, without ids, which differ from run to run. A read that is given up
/// because another one failed may have been repeated before that or not, so reads aren't counted.
fn run_summary(outcome: &BookingsReport) -> Vec<String> {
    let told = outcome.records.iter().map(|record| {
        let answer = &record.answer;
        format!("{} {} {} {:?}", record.kind.name(), answer.name(), answer.replayed, answer.conflicts)
    });
    let faults = outcome.counts.faults.iter().filter(|((kind, _), _)| kind.writes());
    told.chain(faults.map(|fault| format!("{fault:?}"))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_one_client_a_seed_gives_the_same_run() {
    let plan = BookingsPlan { operations: 250, clients: 1, seed: 7, ..PLAN };
    let first = run_plan(plan).await;
    assert!(first.found.is_empty(), "{first}");
    assert_eq!(run_summary(&first), run_summary(&run_plan(plan).await));
    assert_ne!(run_summary(&first), run_summary(&run_plan(BookingsPlan { seed: 8, ..plan }).await));
}

/// With more clients two bookings conflict sooner.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_agenda_lock_is_detected() {
    let mutation = Some(Mutation::IgnoreAgendaVersions);
    let outcome = run_plan(BookingsPlan { mutation, clients: 100, operations: 500, ..PLAN }).await;
    for complaint in ["FAULT overlap", "was written after", "can't have happened one after the other"] {
        assert!(outcome.found.iter().any(|found| found.contains(complaint)), "no {complaint}:\n{outcome}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_idempotency_outcomes_are_detected() {
    let outcome = run_plan(BookingsPlan { mutation: Some(Mutation::ForgetOutcomes), operations: 400, ..PLAN }).await;
    assert!(outcome.found.iter().any(|found| found.contains("and was done")), "no false refusal:\n{outcome}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_equal_tables_answer_the_same() -> Result<(), TestError> {
    let (appointments, rows) = compare(Database::memory().await?, 60, 3).await?;
    assert!(appointments > 5 && rows > 2 * appointments, "{appointments} appointments, {rows} rows");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_with_other_behaviour_is_detected() -> Result<(), TestError> {
    let faulty_client = FaultyClient::default();
    let other = Database::memory().await?.through(&faulty_client);
    faulty_client.set_mutation(Some(Mutation::ForgetOutcomes));
    let found = compare(other, 100, 3).await.map_err(|difference| difference.to_string());
    assert!(
        found.as_ref().is_err_and(|said| said.starts_with("seed 3, operation ") && said.contains("there «")),
        "{found:?}"
    );
    Ok(())
}

#[test]
fn the_command_prints_a_summary() -> Result<(), TestError> {
    let arguments = ["check", "bookings", "--operations", "200", "--seed", "5", "--clients", "4"];
    let output = programs::lab().args(arguments).output()?;
    let (said, progress) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{progress}");
    assert!(progress.starts_with("seed 5\n") && progress.contains("of 200 operations"), "{progress}");
    assert!(said.contains("book ") && said.contains("× 201") && said.contains("AnswerLost"), "{said}");
    Ok(())
}
