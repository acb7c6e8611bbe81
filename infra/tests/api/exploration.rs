//! One reminder, never two, never none, whatever goes wrong; and whether the exploration would notice.

use crate::programs;
use domain::time::TimeDelta;
use lab::check::reminders::explore::{Extent, Found, explore};
use lab::check::reminders::mishap::{Mishap, What};
use lab::check::reminders::processes::kill_at_each;
use lab::check::reminders::stage::Stage;
use lab::check::reminders::story::{Plan, Run, play};
use std::path::Path;
use testkit::faulty_client::call_hook::Call;

const PLAN: Plan = Plan { appointments: 1, naive: false, sent_again_after: TimeDelta::minutes(15) };

async fn run(plan: Plan, mishaps: &str) -> Run {
    let mishaps: Vec<Mishap> =
        mishaps.split(',').filter(|text| !text.is_empty()).map(|text| text.parse().unwrap()).collect();
    let stage = Stage::set(plan).await.unwrap();
    play(&stage, plan, &mishaps).await.unwrap()
}

async fn singles(plan: Plan) -> Found {
    let extent = Extent { pairs: false, one_in: 1, seed: 1, until: None };
    explore(plan, extent, 2, |_, _| {}).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_mishaps_everything_is_quiet() {
    for appointments in [1, 2] {
        let run = run(Plan { appointments, ..PLAN }, "").await;
        assert_eq!(run.found, [""; 0]);
        assert!(run.calls.len() > 30, "{}", run.calls.len());
    }
}

/// Otherwise nobody could have a run again by its mishaps, and some would never happen.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_mishaps_are_the_very_same_run() {
    let stage = [Stage::set(PLAN).await.unwrap(), Stage::set(PLAN).await.unwrap()];
    let mut calls = Vec::new();
    for number in [0, 1, 0, 1] {
        let mishaps = ["9/freeze".parse().unwrap(), "31/crash_after".parse().unwrap()];
        let run = play(&stage[number], PLAN, &mishaps).await.unwrap();
        assert_eq!(run.happened, 2);
        calls.push(run.calls);
    }
    assert!(calls.windows(2).all(|pair| pair[0] == pair[1]), "{calls:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_goes_wrong_once_each_reminder_goes_out_once() {
    let found = singles(PLAN).await;
    assert_eq!(found.wrong, [], "{found}");
    // It would be easy to find nothing where nothing happens.
    assert!(found.singles > 200 && found.happened == found.singles, "{found}");
    for outcome in ["reminder delivered", "reminder cancelled", "reminder sent", "correction delivered"] {
        assert!(found.outcomes.contains_key(outcome), "no {outcome}: {found}");
    }
}

/// Whether something is found wrong where something goes wrong while a message is sent.
async fn noticed(plan: Plan) -> Vec<String> {
    let stage = Stage::set(plan).await.unwrap();
    let plain = play(&stage, plan, &[]).await.unwrap();
    let at = plain.calls.iter().position(|noted| noted.call == Call::Send).unwrap();
    let mut found = Vec::new();
    for what in What::at(Call::Send, true) {
        found.extend(play(&stage, plan, &[Mishap { at, what }]).await.unwrap().found);
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sending_first_and_noting_it_after_is_noticed() {
    let found = noticed(Plan { naive: true, ..PLAN }).await;
    assert!(found.iter().any(|what| what.starts_with("doubled")), "{found:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sending_again_too_soon_is_noticed() {
    let found = noticed(Plan { sent_again_after: TimeDelta::minutes(4), ..PLAN }).await;
    assert!(found.iter().any(|what| what.starts_with("doubled")), "{found:?}");
    assert_eq!(noticed(PLAN).await, [""; 0], "with the right wait there is nothing to be found");
}

/// A real process, killed before some of its calls; `cargo lab check reminders --processes` takes all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_is_killed_loses_and_doubles_nothing() {
    let lab = programs::lab();
    let program = Path::new(lab.get_program());
    let calls = [7, 24, 27, 30, 33];
    assert_eq!(kill_at_each(program, calls, |_| {}).await.unwrap(), calls.len());
}
