//! Tests of the appointments of which nobody recorded whether the patient came: from twelve hours after their end on they
//! are in the worklist.

use crate::clinic_setup::{ClinicSetup, id, text};
use crate::job_steps::FirstFail;
use app::appointments::unrecorded::flag_unrecorded;
use app::support::job::{JobStep, UnreadableRows};
use app::support::retry::MAX_ATTEMPTS;
use local::protocol::OperationKind;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use testkit::faulty_client::FaultyClient;

/// The job at which an appointment from 10:00 to 10:30 is not due yet, and the first one at which it is.
const BEFORE: &str = "2025-12-15T22:29:00-03:00";
const AFTER: &str = "2025-12-15T23:29:00-03:00";

async fn unrecorded(setup: &ClinicSetup) -> Vec<String> {
    let entries = setup.list("/api/worklist/").await;
    entries.iter().filter(|entry| entry["kind"] == "unrecorded").map(|entry| text(entry, "appointment")).collect()
}

#[tokio::test]
async fn an_appointment_that_nobody_recorded_comes_to_the_worklist() {
    let setup = ClinicSetup::new().await;
    let (pending, confirmed, missed) =
        (setup.book("10:00").await, setup.book("10:30").await, setup.book("11:00").await);
    setup.act(&id(&confirmed), &json!({ "action": "confirm" })).await.expect_status(200).unwrap();
    setup.run_job_at(BEFORE).await;
    setup.act(&id(&missed), &json!({ "action": "no_show" })).await.expect_status(200).unwrap();
    assert_eq!(unrecorded(&setup).await, Vec::<String>::new(), "the desk may still record it");
    setup.run_job_at(AFTER).await;
    assert_eq!(unrecorded(&setup).await, [id(&pending), id(&confirmed)]);
    let shown = setup.appointment(&id(&pending)).await;
    assert_eq!((&shown["needs_attention"], &shown["attention"][0]["kind"]), (&json!(true), &json!("unrecorded")));

    setup.act(&id(&pending), &json!({ "action": "complete" })).await.expect_status(200).unwrap();
    setup.act(&id(&confirmed), &json!({ "action": "no_show" })).await.expect_status(200).unwrap();
    assert_eq!(unrecorded(&setup).await, Vec::<String>::new());
}

/// A cancelled one, and one that waits for another time: neither was expected to take place.
#[tokio::test]
async fn an_appointment_that_was_given_up_is_not_unrecorded() {
    let setup = ClinicSetup::new().await;
    let (cancelled, waiting) = (setup.book("10:00").await, setup.book("10:30").await);
    let cancel = json!({ "action": "cancel", "reason": "Se mudó" });
    setup.act(&id(&cancelled), &cancel).await.expect_status(200).unwrap();
    let request = json!({ "action": "request_reschedule" });
    setup.act(&id(&waiting), &request).await.expect_status(200).unwrap();
    setup.run_job_at(BEFORE).await;
    setup.run_job_at(AFTER).await;
    assert_eq!(unrecorded(&setup).await, Vec::<String>::new());
}

/// Each is found once, also where the job didn't run for days; what ended long before the first search isn't.
#[tokio::test]
async fn one_that_was_taken_out_does_not_come_back() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    setup.run_job_at("2025-12-15T12:00:00-03:00").await;
    setup.run_job_at("2025-12-18T12:00:00-03:00").await;
    assert_eq!(unrecorded(&setup).await, std::slice::from_ref(&appointment), "after an outage");
    let path = format!("/api/appointments/{appointment}/");
    let done = json!({ "needs_attention": false });
    setup.operator().await.patch(&path, &done).await.unwrap().expect_status(200).unwrap();
    setup.run_job_at("2025-12-18T14:00:00-03:00").await;
    assert_eq!(unrecorded(&setup).await, Vec::<String>::new());
}

#[tokio::test]
async fn the_first_search_does_not_bring_up_years() {
    let setup = ClinicSetup::new().await;
    setup.book("10:00").await;
    setup.run_job_at("2026-03-01T12:00:00-03:00").await;
    assert_eq!(unrecorded(&setup).await, Vec::<String>::new());
}

#[tokio::test]
async fn one_that_cannot_be_flagged_stops_no_other_one() {
    let client = FaultyClient::default();
    let setup = ClinicSetup::with_client(&client).await;
    let (first, second) = (id(&setup.book("10:00").await), id(&setup.book("10:30").await));
    setup.app.set_now("2025-12-16T12:00:00Z").unwrap();
    let (app, unreadable) = (&setup.app.system.app, UnreadableRows::default());
    let step = JobStep::unlimited(&unreadable);
    client.set_call_hook(Some(Arc::new(FirstFail(OperationKind::Transact, AtomicU32::new(MAX_ATTEMPTS)))));
    flag_unrecorded(app, &step).await.unwrap_err();
    client.set_call_hook(None);
    assert_eq!(unrecorded(&setup).await, std::slice::from_ref(&second));
    flag_unrecorded(app, &step).await.unwrap();
    assert_eq!(unrecorded(&setup).await, [first, second], "the next run finds the rest");
}
