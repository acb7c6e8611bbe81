//! Tests of reminders while Twilio is busy, refuses, fails, or accepts a message but its answer is lost.

use crate::clinic_setup::{ClinicSetup, id, on_the_day, text};
use crate::reminders::{DUE, reminder, run_minutes_later, sent_count, status_and_attempts};
use local::fake_twilio::FailMode;
use serde_json::json;

fn fail_next_send(setup: &ClinicSetup, mode: FailMode) {
    setup.app.twilio().unwrap().fail(mode, None, 1);
}

#[tokio::test]
async fn after_too_many_requests_the_reminder_is_retried() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    fail_next_send(&setup, FailMode::TooManyRequests);
    setup.run_job_at(DUE).await;
    assert_eq!(status_and_attempts(&reminder(&setup, &appointment).await), ("pending".into(), 1));
    run_minutes_later(&setup, 1).await;
    assert_eq!(sent_count(&setup), 0, "not at once");
    run_minutes_later(&setup, 2).await;
    assert_eq!(
        (sent_count(&setup), status_and_attempts(&reminder(&setup, &appointment).await)),
        (1, ("sent".into(), 2))
    );
}

#[tokio::test]
async fn a_refusal_is_final() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    fail_next_send(&setup, FailMode::Refused);
    setup.run_job_at(DUE).await;
    let row = reminder(&setup, &appointment).await;
    assert_eq!((status_and_attempts(&row), &row["error_code"]), (("failed".into(), 1), &json!(21211)));
    assert!(!text(&row, "error_message").is_empty() && !text(&row, "error_message").contains("+1202"));
    assert_eq!(setup.appointment(&appointment).await["reminder"]["status"], "failed");
    run_minutes_later(&setup, 60).await;
    assert_eq!(
        (sent_count(&setup), status_and_attempts(&reminder(&setup, &appointment).await)),
        (0, ("failed".into(), 1))
    );
}

#[tokio::test]
async fn a_lost_answer_is_looked_up_and_found() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    fail_next_send(&setup, FailMode::TimeoutAfterAccept);
    setup.run_job_at(DUE).await;
    assert_eq!(
        (sent_count(&setup), status_and_attempts(&reminder(&setup, &appointment).await)),
        (1, ("unknown".into(), 1))
    );
    run_minutes_later(&setup, 1).await;
    assert_eq!(text(&reminder(&setup, &appointment).await, "status"), "unknown", "the lease isn't over");
    run_minutes_later(&setup, 1).await;
    let row = reminder(&setup, &appointment).await;
    assert_eq!(text(&row, "external_id"), setup.app.outbox().unwrap()[0].sid);
    assert_eq!(status_and_attempts(&row), ("sent".into(), 1));
    run_minutes_later(&setup, 60).await;
    assert_eq!(sent_count(&setup), 1);
}

#[tokio::test]
async fn a_message_that_is_not_found_is_sent_again_after_15_minutes() {
    for mode in [FailMode::ServerError, FailMode::TimeoutBeforeAccept] {
        let setup = ClinicSetup::new().await;
        let appointment = id(&setup.book("10:00").await);
        fail_next_send(&setup, mode);
        setup.run_job_at(DUE).await;
        assert_eq!(status_and_attempts(&reminder(&setup, &appointment).await), ("unknown".into(), 1), "{mode:?}");
        for _ in 0..14 {
            run_minutes_later(&setup, 1).await;
            assert_eq!(sent_count(&setup), 0, "{mode:?}");
        }
        for _ in 0..5 {
            run_minutes_later(&setup, 1).await;
        }
        assert_eq!(
            (sent_count(&setup), status_and_attempts(&reminder(&setup, &appointment).await)),
            (1, ("sent".into(), 2)),
            "{mode:?}"
        );
    }
}

#[tokio::test]
async fn a_failed_message_does_not_stop_the_job() {
    let setup = ClinicSetup::new().await;
    for (number, time) in ["09:00", "10:00", "11:00"].iter().enumerate() {
        let patient = setup.add_patient("Ana", &format!("7{number}"), &format!("+1202555017{number}")).await;
        let booking = json!({ "patient": patient, "doctor": setup.doctor, "start_datetime": on_the_day(time) });
        setup.try_book(booking).await.expect_status(201).unwrap();
    }
    fail_next_send(&setup, FailMode::Refused);
    setup.run_job_at(DUE).await;
    assert_eq!(sent_count(&setup), 2);
}
