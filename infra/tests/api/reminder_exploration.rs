//! Short runs of `cargo lab check reminders`: each reminder is sent exactly once under any single fault. Deliberately
//! wrong variants must be detected.

use crate::programs;
use domain::time::TimeDelta;
use lab::check::reminders::explore::{ExplorationLimits, ExplorationReport, explore_faults};
use lab::check::reminders::fault::{FaultKind, InjectedFault};
use lab::check::reminders::fixture::ReminderFixture;
use lab::check::reminders::processes::kill_at_each;
use lab::check::reminders::run::{RemindersPlan, Run, run_with_faults};
use std::path::Path;
use testkit::faulty_client::call_hook::ExternalCall;

const PLAN: RemindersPlan = RemindersPlan { appointments: 1, naive: false, resend_after: TimeDelta::minutes(15) };

async fn run_once(plan: RemindersPlan, faults: &str) -> Run {
    let faults: Vec<InjectedFault> =
        faults.split(',').filter(|text| !text.is_empty()).map(|text| text.parse().unwrap()).collect();
    let fixture = ReminderFixture::build(plan).await.unwrap();
    run_with_faults(&fixture, plan, &faults).await.unwrap()
}

async fn explore_single_faults(plan: RemindersPlan) -> ExplorationReport {
    let extent = ExplorationLimits { pairs: false, one_in: 1, seed: 1, until: None };
    explore_faults(plan, extent, 2, |_, _| {}).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_faults_nothing_is_found() {
    for appointments in [1, 2] {
        let run = run_once(RemindersPlan { appointments, ..PLAN }, "").await;
        assert_eq!(run.found, [""; 0]);
        assert!(run.calls.len() > 30, "{}", run.calls.len());
    }
}

/// Otherwise a run couldn't be repeated from its list of faults.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_faults_give_the_same_run() {
    let fixture = [ReminderFixture::build(PLAN).await.unwrap(), ReminderFixture::build(PLAN).await.unwrap()];
    let mut calls = Vec::new();
    for number in [0, 1, 0, 1] {
        let faults = ["9/freeze".parse().unwrap(), "31/crash_after".parse().unwrap()];
        let run = run_with_faults(&fixture[number], PLAN, &faults).await.unwrap();
        assert_eq!(run.injected, 2);
        calls.push(run.calls);
    }
    assert!(calls.windows(2).all(|pair| pair[0] == pair[1]), "{calls:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_any_single_fault_each_reminder_is_sent_once() {
    let found = explore_single_faults(PLAN).await;
    assert_eq!(found.failures, [], "{found}");
    // The faults must have happened, or finding nothing would mean nothing.
    assert!(found.singles > 200 && found.injected == found.singles, "{found}");
    for outcome in ["reminder delivered", "reminder cancelled", "reminder sent", "correction delivered"] {
        assert!(found.outcomes.contains_key(outcome), "no {outcome}: {found}");
    }
}

/// The findings of all runs with one fault during the send.
async fn findings_while_sending(plan: RemindersPlan) -> Vec<String> {
    let fixture = ReminderFixture::build(plan).await.unwrap();
    let plain = run_with_faults(&fixture, plan, &[]).await.unwrap();
    let at = plain.calls.iter().position(|noted| noted.call == ExternalCall::Send).unwrap();
    let mut found = Vec::new();
    for what in FaultKind::possible_at(ExternalCall::Send, true) {
        found.extend(run_with_faults(&fixture, plan, &[InjectedFault { at, kind: what }]).await.unwrap().found);
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sending_before_recording_is_detected() {
    let found = findings_while_sending(RemindersPlan { naive: true, ..PLAN }).await;
    assert!(found.iter().any(|what| what.starts_with("doubled")), "{found:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resending_too_early_is_detected() {
    let found = findings_while_sending(RemindersPlan { resend_after: TimeDelta::minutes(4), ..PLAN }).await;
    assert!(found.iter().any(|what| what.starts_with("doubled")), "{found:?}");
    assert_eq!(findings_while_sending(PLAN).await, [""; 0], "with the right wait there is nothing to be found");
}

/// Kills a real process before some of its calls; `cargo lab check reminders --processes` tries all calls.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_process_loses_and_doubles_nothing() {
    let lab = programs::lab();
    let program = Path::new(lab.get_program());
    let calls = [7, 24, 27, 30, 33];
    assert_eq!(kill_at_each(program, calls, |_| {}).await.unwrap(), calls.len());
}
