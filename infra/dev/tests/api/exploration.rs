//! One reminder, never two, never none, whatever goes wrong; and whether the exploration would notice.

use dev::check::reminders::explore::{Extent, Found, explore};
use dev::check::reminders::mishap::Mishap;
use dev::check::reminders::stage::Stage;
use dev::check::reminders::story::{Plan, Run, play};
use domain::time::TimeDelta;

const PLAN: Plan = Plan { visits: 1, naive: false, sent_again_after: TimeDelta::minutes(15) };

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
    for visits in [1, 2] {
        let run = run(Plan { visits, ..PLAN }, "").await;
        assert_eq!(run.found, [""; 0]);
        assert!(run.calls.len() > 30, "{}", run.calls.len());
    }
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

/// Of all pairs, those that a seed chooses, for a while; `cargo dev check reminders` goes through all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_wrong_twice_is_no_excuse_either() {
    let extent = Extent { pairs: true, one_in: 1000, seed: 1, until: None };
    let found = explore(PLAN, extent, 2, |_, _| {}).await.unwrap();
    assert_eq!(found.wrong, [], "{found}");
    assert!(found.pairs > 50, "{found}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sending_first_and_noting_it_after_is_noticed() {
    let found = singles(Plan { naive: true, ..PLAN }).await;
    assert!(found.wrong.iter().any(|(_, what)| what[0].starts_with("doubled")), "{found}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sending_again_too_soon_is_noticed() {
    let found = singles(Plan { sent_again_after: TimeDelta::minutes(4), ..PLAN }).await;
    assert!(
        found.wrong.iter().any(|(mishaps, what)| mishaps.ends_with("late") && what[0].starts_with("doubled")),
        "{found}"
    );
}
