//! Tests of undoing mistakes (`reopen`, `correct`): who may do it and for how long. Every change is in the history
//! once.

use crate::actions::{action_body, appointment_after, assert_others_refused, perform, perform_as_admin};
use crate::clinic_setup::{ClinicSetup, on_the_day, text};
use serde_json::{Value, json};

#[tokio::test]
async fn an_operator_can_reopen_for_half_an_hour_and_an_admin_until_the_start() {
    let setup = ClinicSetup::new().await;
    let appointment = appointment_after(&setup, &["confirm", "cancel"]).await;
    setup.app.set_now("2025-12-01T12:30:00Z").unwrap();
    let open = perform(&setup, &appointment, "reopen").await;
    assert_eq!(
        (text(&open, "status"), &open["cancel_reason"], &open["confirmed_at"]),
        ("PENDING".into(), &Value::Null, &Value::Null)
    );
    assert_eq!(open["reminder"], json!({ "due_at": "2025-12-13T09:00:00-03:00", "status": "pending" }));
    let ana = setup.add_patient("Ana", "77", "+12025550177").await;
    let booking = json!({ "patient": ana, "doctor": setup.doctor, "start_datetime": on_the_day("10:00") });
    assert_eq!(setup.try_book(booking).await.code(), "slot_taken", "its time is taken again");

    perform(&setup, &appointment, "cancel").await;
    setup.app.set_now("2025-12-01T13:00:01Z").unwrap();
    assert_others_refused(&setup, &appointment, "CANCELLED", &[]).await;
    perform_as_admin(&setup, &appointment, "reopen").await.expect_status(200).unwrap();
    perform(&setup, &appointment, "cancel").await;
    setup.app.set_now("2025-12-15T10:00:00-03:00").unwrap();
    assert_eq!(
        perform_as_admin(&setup, &appointment, "reopen").await.code(),
        "illegal_transition",
        "not after the start"
    );
}

#[tokio::test]
async fn an_operator_can_correct_for_a_day_and_an_admin_later() {
    let setup = ClinicSetup::new().await;
    let appointment = appointment_after(&setup, &[]).await;
    setup.app.set_now("2025-12-15T10:00:00-03:00").unwrap();
    perform(&setup, &appointment, "complete").await;
    assert_others_refused(&setup, &appointment, "COMPLETED", &["correct", "undo"]).await;
    let silent = setup.act(&appointment, &json!({ "action": "correct" })).await.expect_status(400).unwrap();
    assert!(silent.body["errors"]["reason"].is_array());
    assert_eq!(text(&perform(&setup, &appointment, "correct").await, "status_display"), "No asistió");
    setup.app.set_now("2025-12-16T10:00:00-03:00").unwrap();
    assert_eq!(text(&perform(&setup, &appointment, "correct").await, "status_display"), "Completada");
    setup.app.set_now("2025-12-17T10:00:01-03:00").unwrap();
    assert_eq!(setup.act(&appointment, &action_body("correct")).await.code(), "illegal_transition");
    perform_as_admin(&setup, &appointment, "correct").await.expect_status(200).unwrap();
}

#[tokio::test]
async fn each_change_leaves_one_row_of_history_and_one_of_audit() {
    let setup = ClinicSetup::new().await;
    let appointment = appointment_after(
        &setup,
        &["confirm", "confirm", "unconfirm", "request_reschedule", "keep", "cancel", "reopen"],
    )
    .await;
    let history = setup.list(&format!("/api/appointments/{appointment}/actions/")).await;
    let did: Vec<_> =
        history.iter().map(|row| (text(row, "action"), text(row, "from_status"), text(row, "to_status"))).collect();
    let wanted = [
        ("create", "", "PENDING"),
        ("confirm", "PENDING", "CONFIRMED"),
        ("unconfirm", "CONFIRMED", "PENDING"),
        ("request_reschedule", "PENDING", "RESCHEDULED"),
        ("keep", "RESCHEDULED", "CONFIRMED"),
        ("cancel", "CONFIRMED", "CANCELLED"),
        ("reopen", "CANCELLED", "PENDING"),
    ];
    assert_eq!(did, wanted.map(|(action, from, to)| (action.into(), from.into(), to.into())));
    let me = setup.operator().await.get("/api/auth/me/").await.unwrap().id();
    let row = json!({ "id": history[5]["id"], "action": "cancel", "from_status": "CONFIRMED",
        "to_status": "CANCELLED", "actor": { "type": "user", "id": me, "name": "operator@example.com" },
        "channel": "api", "reason": "así lo pidió", "payload": {}, "created_at": "2025-12-01T09:00:00-03:00" });
    assert_eq!(history[5], row);
    let trail = setup.list(&format!("/api/audit/?object_id={appointment}")).await;
    assert_eq!(trail.len(), history.len());
    assert!(trail.iter().all(|row| text(row, "user") == me && !text(row, "request_id").is_empty()));
    assert_eq!(trail[0]["changes"]["status"], json!({ "old": "CANCELLED", "new": "PENDING" }));
}
