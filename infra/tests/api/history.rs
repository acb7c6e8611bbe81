//! Can bookings be trusted? A short run of `cargo lab check bookings`; and whether it would notice if
//! they couldn't.

use crate::programs;
use lab::check::differential::compare;
use lab::check::history::tally;
use lab::check::operation::Kind;
use lab::check::run::{Outcome, Plan, run};
use local::database::Database;
use testkit::faulty_client::Wire;
use testkit::faulty_client::mutation::Sabotage;
use testkit::test_app::Trouble;

const PLAN: Plan =
    Plan { operations: 1200, time: None, seed: 1, clients: 16, faults: 0.15, pause_every: 600, sabotage: None };

async fn outcome(plan: Plan) -> Outcome {
    run(plan, |_| {}).await.unwrap()
}

/// One run after the other: each takes all of the machine that it can get.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_clients_on_a_table_that_fails_leave_everything_as_it_should_be() {
    let mut all = Outcome::default();
    for seed in [1, 2] {
        let mut outcome = outcome(Plan { seed, ..PLAN }).await;
        assert!(outcome.found.is_empty(), "seed {seed}\n{outcome}");
        all.records.append(&mut outcome.records);
        all.expired += outcome.expired;
        all.counts.add(&outcome.counts);
    }
    // It would be easy to find nothing where nothing happens.
    let tally = tally(&all.records);
    for (kind, answers) in [
        (Kind::Book, ["201", "409 slot_taken", "409 outside_availability"].as_slice()),
        (Kind::Overbook, &["201", "409 slot_taken"]),
        (Kind::Repeat, &["200", "201", "409 slot_taken"]),
        (Kind::Reschedule, &["201", "409 slot_taken", "409 illegal_transition"]),
        (Kind::Cancel, &["200", "409 illegal_transition", "412 precondition_failed"]),
        (Kind::RequestReschedule, &["200"]),
        (Kind::Keep, &["200", "409 illegal_transition"]),
        (Kind::Reopen, &["200", "409 slot_taken"]),
        (Kind::Confirm, &["200"]),
        (Kind::Edit, &["200"]),
        (Kind::List, &["200"]),
        (Kind::Tick, &["200"]),
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

/// What is answered, and what goes wrong: without the ids, which are never the same.
fn story(outcome: &Outcome) -> Vec<String> {
    let told = outcome.records.iter().map(|record| {
        let answer = &record.answer;
        format!("{} {} {} {:?}", record.kind.name(), answer.name(), answer.replayed, answer.conflicts)
    });
    told.chain([format!("{:?}", outcome.counts)]).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_one_client_a_seed_is_the_very_same_run() {
    let plan = Plan { operations: 250, clients: 1, seed: 7, ..PLAN };
    let first = outcome(plan).await;
    assert!(first.found.is_empty(), "{first}");
    assert_eq!(story(&first), story(&outcome(plan).await));
    assert_ne!(story(&first), story(&outcome(Plan { seed: 8, ..plan }).await));
}

/// The more are at it at once, the sooner two of them meet.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agendas_that_are_not_locked_are_noticed() {
    let sabotage = Some(Sabotage::IgnoreAgendaVersions);
    let outcome = outcome(Plan { sabotage, clients: 100, operations: 500, ..PLAN }).await;
    for complaint in ["FAULT overlap", "was written after", "can't have happened one after the other"] {
        assert!(outcome.found.iter().any(|found| found.contains(complaint)), "no {complaint}:\n{outcome}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outcomes_that_are_forgotten_are_noticed() {
    let outcome = outcome(Plan { sabotage: Some(Sabotage::ForgetOutcomes), operations: 400, ..PLAN }).await;
    assert!(outcome.found.iter().any(|found| found.contains("and was done")), "no false refusal:\n{outcome}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_tables_that_do_the_same_answer_the_same() -> Result<(), Trouble> {
    let (appointments, rows) = compare(Database::memory().await?, 60, 3).await?;
    assert!(appointments > 5 && rows > 2 * appointments, "{appointments} appointments, {rows} rows");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_does_something_else_is_noticed() -> Result<(), Trouble> {
    let wire = Wire::default();
    let other = Database::memory().await?.through(&wire);
    wire.sabotage(Some(Sabotage::ForgetOutcomes));
    let found = compare(other, 100, 3).await.map_err(|difference| difference.to_string());
    assert!(
        found.as_ref().is_err_and(|said| said.starts_with("seed 3, operation ") && said.contains("there «")),
        "{found:?}"
    );
    Ok(())
}

#[test]
fn the_command_tells_how_it_went() -> Result<(), Trouble> {
    let arguments = ["check", "bookings", "--operations", "200", "--seed", "5", "--clients", "4"];
    let output = programs::lab().args(arguments).output()?;
    let (said, progress) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{progress}");
    assert!(progress.starts_with("seed 5\n") && progress.contains("of 200 operations"), "{progress}");
    assert!(said.contains("book ") && said.contains("× 201") && said.contains("AnswerLost"), "{said}");
    Ok(())
}
