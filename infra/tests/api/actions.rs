//! Tests of the actions on an appointment: which one is allowed in which status, for which role and at what time.

use crate::clinic_setup::{ClinicSetup, id, on_the_day, text};
use serde_json::{Value, json};
use testkit::test_app::TestResponse;

const ACTIONS: [&str; 11] = [
    "confirm",
    "unconfirm",
    "cancel",
    "request_reschedule",
    "reschedule",
    "keep",
    "complete",
    "no_show",
    "correct",
    "reopen",
    "undo",
];

/// The body of an action with all the members that it requires.
pub(crate) fn action_body(action: &str) -> Value {
    match action {
        "reschedule" => json!({ "action": action, "start_datetime": on_the_day("12:30") }),
        "cancel" | "correct" => json!({ "action": action, "reason": "así lo pidió" }),
        _ => json!({ "action": action }),
    }
}

pub(crate) async fn perform(setup: &ClinicSetup, appointment: &str, action: &str) -> Value {
    let answer = setup.act(appointment, &action_body(action)).await;
    assert!([200, 201].contains(&answer.status.as_u16()), "{action}: {}", answer.body);
    answer.body
}

pub(crate) async fn perform_as_admin(setup: &ClinicSetup, appointment: &str, action: &str) -> TestResponse {
    setup.admin().await.post(&format!("/api/appointments/{appointment}/actions/"), &action_body(action)).await.unwrap()
}

/// Books an appointment at 10:00 and performs these actions on it.
pub(crate) async fn appointment_after(setup: &ClinicSetup, actions: &[&str]) -> String {
    let appointment = id(&setup.book("10:00").await);
    for action in actions {
        perform(setup, &appointment, action).await;
    }
    appointment
}

/// Asserts that every action outside of `allowed` is refused and changes nothing.
pub(crate) async fn assert_others_refused(setup: &ClinicSetup, appointment: &str, from: &str, allowed: &[&str]) {
    let before = setup.appointment(appointment).await;
    let history = setup.list(&format!("/api/appointments/{appointment}/actions/")).await.len();
    for action in ACTIONS.into_iter().filter(|action| !allowed.contains(action)) {
        let refused = setup.act(appointment, &action_body(action)).await.expect_status(409).unwrap();
        assert_eq!(refused.code(), "illegal_transition", "{from} {action}");
        assert_eq!((refused.text("from").as_str(), refused.text("action").as_str()), (from, action));
        assert_eq!(refused.body["allowed"], json!(allowed), "{from}");
    }
    assert_eq!(setup.appointment(appointment).await, before);
    assert_eq!(setup.list(&format!("/api/appointments/{appointment}/actions/")).await.len(), history);
}

#[tokio::test]
async fn each_status_allows_its_actions_long_before_the_start() {
    for (actions, from, allowed) in [
        (&[] as &[&str], "PENDING", ["confirm", "cancel", "request_reschedule", "reschedule"].as_slice()),
        (&["confirm"], "CONFIRMED", &["confirm", "unconfirm", "cancel", "request_reschedule", "reschedule"]),
        (&["request_reschedule"], "RESCHEDULED", &["cancel", "reschedule", "keep"]),
        (&["reschedule"], "RESCHEDULED", &[]),
        (&["cancel"], "CANCELLED", &["reopen"]),
    ] {
        let setup = ClinicSetup::new().await;
        let appointment = appointment_after(&setup, actions).await;
        assert_others_refused(&setup, &appointment, from, allowed).await;
    }
}

#[tokio::test]
async fn it_can_be_completed_from_an_hour_before_and_be_a_no_show_from_the_start() {
    let setup = ClinicSetup::new().await;
    let appointment = appointment_after(&setup, &[]).await;
    let early = ["confirm", "cancel", "request_reschedule", "reschedule"];
    setup.app.set_now("2025-12-15T08:59:59-03:00").unwrap();
    assert_others_refused(&setup, &appointment, "PENDING", &early).await;
    setup.app.set_now("2025-12-15T09:00:00-03:00").unwrap();
    let soon = ["confirm", "cancel", "request_reschedule", "reschedule", "complete"];
    assert_others_refused(&setup, &appointment, "PENDING", &soon).await;
    setup.app.set_now("2025-12-15T10:00:00-03:00").unwrap();
    let now = ["confirm", "cancel", "request_reschedule", "reschedule", "complete", "no_show"];
    assert_others_refused(&setup, &appointment, "PENDING", &now).await;
    assert_eq!(text(&perform(&setup, &appointment, "no_show").await, "status"), "NO_SHOW");
    assert_others_refused(&setup, &appointment, "NO_SHOW", &["correct", "undo"]).await;
}

#[tokio::test]
async fn confirming_twice_changes_nothing_the_second_time() {
    let setup = ClinicSetup::new().await;
    let appointment = appointment_after(&setup, &[]).await;
    let confirmed = perform(&setup, &appointment, "confirm").await;
    assert_eq!(
        (text(&confirmed, "status"), text(&confirmed, "status_display")),
        ("CONFIRMED".into(), "Confirmada".into())
    );
    assert_eq!(text(&confirmed, "confirmed_at"), "2025-12-01T09:00:00-03:00");
    assert_eq!((text(&confirmed, "confirmed_via"), &confirmed["version"]), ("operator".into(), &json!(2)));
    assert_eq!(perform(&setup, &appointment, "confirm").await, confirmed);
    assert_eq!(setup.list(&format!("/api/appointments/{appointment}/actions/")).await.len(), 2);
    let taken_back = perform(&setup, &appointment, "unconfirm").await;
    assert_eq!((text(&taken_back, "status"), &taken_back["confirmed_at"]), ("PENDING".into(), &Value::Null));
    assert_eq!(taken_back["confirmed_via"], Value::Null);
}

#[tokio::test]
async fn cancelling_has_a_reason_and_frees_the_time() {
    let setup = ClinicSetup::new().await;
    let appointment = appointment_after(&setup, &[]).await;
    for body in [
        json!({ "action": "cancel" }),
        json!({ "action": "cancel", "reason": " " }),
        json!({ "action": "cancel", "reason": "x".repeat(501) }),
    ] {
        let refused = setup.act(&appointment, &body).await.expect_status(400).unwrap();
        assert!(refused.body["errors"]["reason"].is_array());
    }
    let cancelled = perform(&setup, &appointment, "cancel").await;
    assert_eq!(
        (text(&cancelled, "status_display"), text(&cancelled, "cancel_reason")),
        ("Cancelada".into(), "así lo pidió".into())
    );
    assert_eq!(cancelled["reminder"]["status"], "cancelled");
    setup.book("10:00").await;
    let late = setup.act(&appointment, &action_body("reopen")).await.expect_status(409).unwrap();
    assert_eq!(late.code(), "slot_taken");
}

#[tokio::test]
async fn an_unknown_action_or_a_member_that_it_does_not_take_is_refused() {
    let setup = ClinicSetup::new().await;
    let appointment = appointment_after(&setup, &[]).await;
    for (body, field) in [
        (json!({}), "action"),
        (json!({ "action": "create" }), "action"),
        (json!({ "action": "hold_expired" }), "action"),
        (json!({ "action": "Confirm" }), "action"),
        (json!({ "action": "reschedule" }), "start_datetime"),
        (json!({ "action": "confirm", "start_datetime": on_the_day("11:00") }), "start_datetime"),
        (json!({ "action": "confirm", "room": setup.room }), "room"),
        (json!({ "action": "confirm", "colour": "red" }), "colour"),
        (json!({ "action": "reschedule", "start_datetime": "2025-12-01T08:00:00-03:00" }), "start_datetime"),
        (json!({ "action": "reschedule", "start_datetime": on_the_day("11:00"), "doctor": "x" }), "doctor"),
    ] {
        let refused = setup.act(&appointment, &body).await.expect_status(400).unwrap();
        assert!(refused.body["errors"][field].is_array(), "{body}: {}", refused.body);
    }
}
