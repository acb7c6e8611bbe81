//! Tests of actions at the wrong time: they say whether it is too early or too late, and nothing is held that has begun.

use crate::clinic_setup::{ClinicSetup, id, on_the_day, text};
use serde_json::{Value, json};
use testkit::test_app::TestResponse;

async fn act_at(setup: &ClinicSetup, appointment: &str, action: &str, now: &str) -> TestResponse {
    setup.app.set_now(&on_the_day(now)).unwrap();
    setup.act(appointment, &json!({ "action": action, "reason": "x" })).await
}

#[tokio::test]
async fn an_action_at_the_wrong_time_says_so() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    for (action, now, cause) in [
        ("no_show", "09:59", "too_early"),
        ("complete", "08:59", "too_early"),
        ("request_reschedule", "10:30", "too_late"),
        ("request_reschedule", "12:00", "too_late"),
    ] {
        let refused = act_at(&setup, &appointment, action, now).await.expect_status(409).unwrap();
        assert_eq!(
            (refused.code().as_str(), refused.text("cause").as_str()),
            ("illegal_transition", cause),
            "{action}"
        );
        let said = if cause == "too_early" { "demasiado pronto" } else { "demasiado tarde" };
        assert!(refused.text("detail").contains(said), "{}", refused.body);
    }
    let allowed = act_at(&setup, &appointment, "no_show", "12:00").await.expect_status(200).unwrap();
    assert_eq!(allowed.text("status"), "NO_SHOW", "after a refused request it can still be recorded");
    let wrong = act_at(&setup, &appointment, "confirm", "12:00").await.expect_status(409).unwrap();
    assert_eq!((wrong.code().as_str(), wrong.body.get("cause")), ("illegal_transition", None), "no question of time");
    setup.app.set_now("2025-12-16T12:01:00-03:00").unwrap();
    let correct = setup.act(&appointment, &json!({ "action": "correct", "reason": "x" })).await;
    assert_eq!((correct.status.as_u16(), correct.text("cause").as_str()), (409, "too_late"));
}

#[tokio::test]
async fn a_request_during_an_appointment_holds_nothing() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    let asked = act_at(&setup, &appointment, "request_reschedule", "10:10").await.expect_status(200).unwrap();
    assert_eq!((asked.text("status"), &asked.body["hold_until"]), ("RESCHEDULED".into(), &Value::Null));
    assert_eq!(asked.body["needs_attention"], true);
    let ana = setup.add_patient("Ana", "77", "+12025550177").await;
    let now = json!({ "patient": ana, "doctor": setup.doctor, "start_datetime": on_the_day("10:15"),
        "end_datetime": on_the_day("10:30") });
    setup.try_book(now).await.expect_status(201).unwrap();
    let kept = setup.act(&appointment, &json!({ "action": "keep" })).await.expect_status(409).unwrap();
    assert_eq!(kept.code(), "slot_taken");
    setup.run_job_at(&on_the_day("10:30")).await;
    assert_eq!(text(&setup.appointment(&appointment).await, "status"), "RESCHEDULED");
}

/// Before the start the hold ends with the start, after a minute as after an hour.
#[tokio::test]
async fn a_request_before_an_appointment_holds_it_until_the_start() {
    for now in ["09:00", "09:59"] {
        let setup = ClinicSetup::new().await;
        let appointment = id(&setup.book("10:00").await);
        let asked = act_at(&setup, &appointment, "request_reschedule", now).await.expect_status(200).unwrap();
        assert_eq!(asked.text("hold_until"), on_the_day("10:00"), "{now}");
    }
}
