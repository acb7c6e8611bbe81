//! Can a mistake be undone, by whom and for how long? And is every change in the history, once?

use crate::actions::{appointment_after, by_admin, done, refuses_the_rest, whole};
use crate::world::{World, on_the_day, text};
use serde_json::{Value, json};

#[tokio::test]
async fn reopening_is_for_half_an_hour_or_for_an_admin() {
    let world = World::new().await;
    let appointment = appointment_after(&world, &["confirm", "cancel"]).await;
    world.app.set_now("2025-12-01T12:30:00Z").unwrap();
    let open = done(&world, &appointment, "reopen").await;
    assert_eq!(
        (text(&open, "status"), &open["cancel_reason"], &open["confirmed_at"]),
        ("PENDING".into(), &Value::Null, &Value::Null)
    );
    assert_eq!(open["reminder"], json!({ "due_at": "2025-12-13T09:00:00-03:00", "status": "pending" }));
    let ana = world.add_patient("Ana", "77", "+12025550177").await;
    let booking = json!({ "patient": ana, "doctor": world.doctor, "start_datetime": on_the_day("10:00") });
    assert_eq!(world.try_book(booking).await.code(), "slot_taken", "its time is taken again");

    done(&world, &appointment, "cancel").await;
    world.app.set_now("2025-12-01T13:00:01Z").unwrap();
    refuses_the_rest(&world, &appointment, "CANCELLED", &[]).await;
    by_admin(&world, &appointment, "reopen").await.expect_status(200).unwrap();
    done(&world, &appointment, "cancel").await;
    world.app.set_now("2025-12-15T10:00:00-03:00").unwrap();
    assert_eq!(by_admin(&world, &appointment, "reopen").await.code(), "illegal_transition", "not after the start");
}

#[tokio::test]
async fn a_mistake_is_corrected_for_a_day_or_by_an_admin() {
    let world = World::new().await;
    let appointment = appointment_after(&world, &[]).await;
    world.app.set_now("2025-12-15T10:00:00-03:00").unwrap();
    done(&world, &appointment, "complete").await;
    refuses_the_rest(&world, &appointment, "COMPLETED", &["correct"]).await;
    let silent = world.act(&appointment, &json!({ "action": "correct" })).await.expect_status(400).unwrap();
    assert!(silent.body["errors"]["reason"].is_array());
    assert_eq!(text(&done(&world, &appointment, "correct").await, "status_display"), "No asistió");
    world.app.set_now("2025-12-16T10:00:00-03:00").unwrap();
    assert_eq!(text(&done(&world, &appointment, "correct").await, "status_display"), "Completada");
    world.app.set_now("2025-12-17T10:00:01-03:00").unwrap();
    assert_eq!(world.act(&appointment, &whole("correct")).await.code(), "illegal_transition");
    by_admin(&world, &appointment, "correct").await.expect_status(200).unwrap();
}

#[tokio::test]
async fn each_change_leaves_one_row_of_history_and_one_of_audit() {
    let world = World::new().await;
    let appointment = appointment_after(
        &world,
        &["confirm", "confirm", "unconfirm", "request_reschedule", "keep", "cancel", "reopen"],
    )
    .await;
    let history = world.list(&format!("/api/appointments/{appointment}/actions/")).await;
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
    let me = world.operator().await.get("/api/auth/me/").await.unwrap().id();
    let row = json!({ "id": history[5]["id"], "action": "cancel", "from_status": "CONFIRMED",
        "to_status": "CANCELLED", "actor": { "type": "user", "id": me, "name": "operator@example.com" },
        "channel": "api", "reason": "así lo pidió", "payload": {}, "created_at": "2025-12-01T09:00:00-03:00" });
    assert_eq!(history[5], row);
    let trail = world.list(&format!("/api/audit/?object_id={appointment}")).await;
    assert_eq!(trail.len(), history.len());
    assert!(trail.iter().all(|row| text(row, "user") == me && !text(row, "request_id").is_empty()));
    assert_eq!(trail[0]["changes"]["status"], json!({ "old": "CANCELLED", "new": "PENDING" }));
}
