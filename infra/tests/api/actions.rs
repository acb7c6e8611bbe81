//! What may be done to an appointment, from where, by whom and when? The table of the contract, row by row.

use crate::world::{World, id, on_the_day, text};
use serde_json::{Value, json};
use testkit::test_app::Answer;

const ACTIONS: [&str; 10] = [
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
];

/// An action with everything that it needs.
pub(crate) fn whole(action: &str) -> Value {
    match action {
        "reschedule" => json!({ "action": action, "start_datetime": on_the_day("12:30") }),
        "cancel" | "correct" => json!({ "action": action, "reason": "así lo pidió" }),
        _ => json!({ "action": action }),
    }
}

pub(crate) async fn done(world: &World, appointment: &str, action: &str) -> Value {
    let answer = world.act(appointment, &whole(action)).await;
    assert!([200, 201].contains(&answer.status.as_u16()), "{action}: {}", answer.body);
    answer.body
}

pub(crate) async fn by_admin(world: &World, appointment: &str, action: &str) -> Answer {
    world.admin().await.post(&format!("/api/appointments/{appointment}/actions/"), &whole(action)).await.unwrap()
}

/// An appointment at 10:00 that has gone through these actions.
pub(crate) async fn appointment_after(world: &World, actions: &[&str]) -> String {
    let appointment = id(&world.book("10:00").await);
    for action in actions {
        done(world, &appointment, action).await;
    }
    appointment
}

/// Tries all that isn't `allowed`, and sees that it is refused and changes nothing.
pub(crate) async fn refuses_the_rest(world: &World, appointment: &str, from: &str, allowed: &[&str]) {
    let before = world.appointment(appointment).await;
    let history = world.list(&format!("/api/appointments/{appointment}/actions/")).await.len();
    for action in ACTIONS.into_iter().filter(|action| !allowed.contains(action)) {
        let refused = world.act(appointment, &whole(action)).await.expect_status(409).unwrap();
        assert_eq!(refused.code(), "illegal_transition", "{from} {action}");
        assert_eq!((refused.text("from").as_str(), refused.text("action").as_str()), (from, action));
        assert_eq!(refused.body["allowed"], json!(allowed), "{from}");
    }
    assert_eq!(world.appointment(appointment).await, before);
    assert_eq!(world.list(&format!("/api/appointments/{appointment}/actions/")).await.len(), history);
}

#[tokio::test]
async fn long_before_the_appointment() {
    for (way, from, allowed) in [
        (&[] as &[&str], "PENDING", ["confirm", "cancel", "request_reschedule", "reschedule"].as_slice()),
        (&["confirm"], "CONFIRMED", &["confirm", "unconfirm", "cancel", "request_reschedule", "reschedule"]),
        (&["request_reschedule"], "RESCHEDULED", &["cancel", "reschedule", "keep"]),
        (&["reschedule"], "RESCHEDULED", &[]),
        (&["cancel"], "CANCELLED", &["reopen"]),
    ] {
        let world = World::new().await;
        let appointment = appointment_after(&world, way).await;
        refuses_the_rest(&world, &appointment, from, allowed).await;
    }
}

#[tokio::test]
async fn from_an_hour_before_it_can_be_completed_and_from_the_start_missed() {
    let world = World::new().await;
    let appointment = appointment_after(&world, &[]).await;
    let early = ["confirm", "cancel", "request_reschedule", "reschedule"];
    world.app.set_now("2025-12-15T08:59:59-03:00").unwrap();
    refuses_the_rest(&world, &appointment, "PENDING", &early).await;
    world.app.set_now("2025-12-15T09:00:00-03:00").unwrap();
    let soon = ["confirm", "cancel", "request_reschedule", "reschedule", "complete"];
    refuses_the_rest(&world, &appointment, "PENDING", &soon).await;
    world.app.set_now("2025-12-15T10:00:00-03:00").unwrap();
    let now = ["confirm", "cancel", "request_reschedule", "reschedule", "complete", "no_show"];
    refuses_the_rest(&world, &appointment, "PENDING", &now).await;
    assert_eq!(text(&done(&world, &appointment, "no_show").await, "status"), "NO_SHOW");
    refuses_the_rest(&world, &appointment, "NO_SHOW", &["correct"]).await;
}

#[tokio::test]
async fn confirming_is_noted_and_repeated_without_a_trace() {
    let world = World::new().await;
    let appointment = appointment_after(&world, &[]).await;
    let confirmed = done(&world, &appointment, "confirm").await;
    assert_eq!(
        (text(&confirmed, "status"), text(&confirmed, "status_display")),
        ("CONFIRMED".into(), "Confirmada".into())
    );
    assert_eq!(text(&confirmed, "confirmed_at"), "2025-12-01T09:00:00-03:00");
    assert_eq!((text(&confirmed, "confirmed_via"), &confirmed["version"]), ("operator".into(), &json!(2)));
    assert_eq!(done(&world, &appointment, "confirm").await, confirmed);
    assert_eq!(world.list(&format!("/api/appointments/{appointment}/actions/")).await.len(), 2);
    let taken_back = done(&world, &appointment, "unconfirm").await;
    assert_eq!((text(&taken_back, "status"), &taken_back["confirmed_at"]), ("PENDING".into(), &Value::Null));
    assert_eq!(taken_back["confirmed_via"], Value::Null);
}

#[tokio::test]
async fn cancelling_has_a_reason_and_frees_the_time() {
    let world = World::new().await;
    let appointment = appointment_after(&world, &[]).await;
    for body in [
        json!({ "action": "cancel" }),
        json!({ "action": "cancel", "reason": " " }),
        json!({ "action": "cancel", "reason": "x".repeat(501) }),
    ] {
        let refused = world.act(&appointment, &body).await.expect_status(400).unwrap();
        assert!(refused.body["errors"]["reason"].is_array());
    }
    let cancelled = done(&world, &appointment, "cancel").await;
    assert_eq!(
        (text(&cancelled, "status_display"), text(&cancelled, "cancel_reason")),
        ("Cancelada".into(), "así lo pidió".into())
    );
    assert_eq!(cancelled["reminder"]["status"], "cancelled");
    world.book("10:00").await;
    let late = world.act(&appointment, &whole("reopen")).await.expect_status(409).unwrap();
    assert_eq!(late.code(), "slot_taken");
}

#[tokio::test]
async fn an_action_is_known_and_has_only_what_it_needs() {
    let world = World::new().await;
    let appointment = appointment_after(&world, &[]).await;
    for (body, field) in [
        (json!({}), "action"),
        (json!({ "action": "create" }), "action"),
        (json!({ "action": "hold_expired" }), "action"),
        (json!({ "action": "Confirm" }), "action"),
        (json!({ "action": "reschedule" }), "start_datetime"),
        (json!({ "action": "confirm", "start_datetime": on_the_day("11:00") }), "start_datetime"),
        (json!({ "action": "confirm", "room": world.room }), "room"),
        (json!({ "action": "confirm", "colour": "red" }), "colour"),
        (json!({ "action": "reschedule", "start_datetime": "2025-12-01T08:00:00-03:00" }), "start_datetime"),
        (json!({ "action": "reschedule", "start_datetime": on_the_day("11:00"), "doctor": "x" }), "doctor"),
    ] {
        let refused = world.act(&appointment, &body).await.expect_status(400).unwrap();
        assert!(refused.body["errors"][field].is_array(), "{body}: {}", refused.body);
    }
}
