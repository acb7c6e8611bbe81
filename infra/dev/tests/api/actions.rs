//! What may be done to a visit, from where, by whom and when? The table of the contract, row by row.

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
fn whole(action: &str) -> Value {
    match action {
        "reschedule" => json!({ "action": action, "start_datetime": on_the_day("12:30") }),
        "cancel" | "correct" => json!({ "action": action, "reason": "así lo pidió" }),
        _ => json!({ "action": action }),
    }
}

async fn done(world: &World, visit: &str, action: &str) -> Value {
    let answer = world.act(visit, &whole(action)).await;
    assert!([200, 201].contains(&answer.status.as_u16()), "{action}: {}", answer.body);
    answer.body
}

async fn by_admin(world: &World, visit: &str, action: &str) -> Answer {
    world.admin().await.post(&format!("/api/appointments/{visit}/actions/"), &whole(action)).await.unwrap()
}

/// A visit at 10:00 that has gone through these actions.
async fn visit_after(world: &World, actions: &[&str]) -> String {
    let visit = id(&world.book("10:00").await);
    for action in actions {
        done(world, &visit, action).await;
    }
    visit
}

/// Tries all that isn't `allowed`, and sees that it is refused and changes nothing.
async fn refuses_the_rest(world: &World, visit: &str, from: &str, allowed: &[&str]) {
    let before = world.visit(visit).await;
    let history = world.list(&format!("/api/appointments/{visit}/actions/")).await.len();
    for action in ACTIONS.into_iter().filter(|action| !allowed.contains(action)) {
        let refused = world.act(visit, &whole(action)).await.expect_status(409).unwrap();
        assert_eq!(refused.code(), "illegal_transition", "{from} {action}");
        assert_eq!((refused.text("from").as_str(), refused.text("action").as_str()), (from, action));
        assert_eq!(refused.body["allowed"], json!(allowed), "{from}");
    }
    assert_eq!(world.visit(visit).await, before);
    assert_eq!(world.list(&format!("/api/appointments/{visit}/actions/")).await.len(), history);
}

#[tokio::test]
async fn long_before_the_visit() {
    for (way, from, allowed) in [
        (&[] as &[&str], "PENDING", ["confirm", "cancel", "request_reschedule", "reschedule"].as_slice()),
        (&["confirm"], "CONFIRMED", &["confirm", "unconfirm", "cancel", "request_reschedule", "reschedule"]),
        (&["request_reschedule"], "RESCHEDULED", &["cancel", "reschedule", "keep"]),
        (&["reschedule"], "RESCHEDULED", &[]),
        (&["cancel"], "CANCELLED", &["reopen"]),
    ] {
        let world = World::new().await;
        let visit = visit_after(&world, way).await;
        refuses_the_rest(&world, &visit, from, allowed).await;
    }
}

#[tokio::test]
async fn from_an_hour_before_it_can_be_completed_and_from_the_start_missed() {
    let world = World::new().await;
    let visit = visit_after(&world, &[]).await;
    let early = ["confirm", "cancel", "request_reschedule", "reschedule"];
    world.app.set_now("2025-12-15T08:59:59-03:00").unwrap();
    refuses_the_rest(&world, &visit, "PENDING", &early).await;
    world.app.set_now("2025-12-15T09:00:00-03:00").unwrap();
    let soon = ["confirm", "cancel", "request_reschedule", "reschedule", "complete"];
    refuses_the_rest(&world, &visit, "PENDING", &soon).await;
    world.app.set_now("2025-12-15T10:00:00-03:00").unwrap();
    let now = ["confirm", "cancel", "request_reschedule", "reschedule", "complete", "no_show"];
    refuses_the_rest(&world, &visit, "PENDING", &now).await;
    assert_eq!(text(&done(&world, &visit, "no_show").await, "status"), "NO_SHOW");
    refuses_the_rest(&world, &visit, "NO_SHOW", &["correct"]).await;
}

#[tokio::test]
async fn confirming_is_noted_and_repeated_without_a_trace() {
    let world = World::new().await;
    let visit = visit_after(&world, &[]).await;
    let confirmed = done(&world, &visit, "confirm").await;
    assert_eq!(
        (text(&confirmed, "status"), text(&confirmed, "status_display")),
        ("CONFIRMED".into(), "Confirmada".into())
    );
    assert_eq!(text(&confirmed, "confirmed_at"), "2025-12-01T09:00:00-03:00");
    assert_eq!((text(&confirmed, "confirmed_via"), &confirmed["version"]), ("operator".into(), &json!(2)));
    assert_eq!(done(&world, &visit, "confirm").await, confirmed);
    assert_eq!(world.list(&format!("/api/appointments/{visit}/actions/")).await.len(), 2);
    let taken_back = done(&world, &visit, "unconfirm").await;
    assert_eq!((text(&taken_back, "status"), &taken_back["confirmed_at"]), ("PENDING".into(), &Value::Null));
    assert_eq!(taken_back["confirmed_via"], Value::Null);
}

#[tokio::test]
async fn cancelling_has_a_reason_and_frees_the_time() {
    let world = World::new().await;
    let visit = visit_after(&world, &[]).await;
    for body in [
        json!({ "action": "cancel" }),
        json!({ "action": "cancel", "reason": " " }),
        json!({ "action": "cancel", "reason": "x".repeat(501) }),
    ] {
        let refused = world.act(&visit, &body).await.expect_status(400).unwrap();
        assert!(refused.body["errors"]["reason"].is_array());
    }
    let cancelled = done(&world, &visit, "cancel").await;
    assert_eq!(
        (text(&cancelled, "status_display"), text(&cancelled, "cancel_reason")),
        ("Cancelada".into(), "así lo pidió".into())
    );
    assert_eq!(cancelled["reminder"]["status"], "cancelled");
    world.book("10:00").await;
    let late = world.act(&visit, &whole("reopen")).await.expect_status(409).unwrap();
    assert_eq!(late.code(), "slot_taken");
}

#[tokio::test]
async fn reopening_is_for_half_an_hour_or_for_an_admin() {
    let world = World::new().await;
    let visit = visit_after(&world, &["confirm", "cancel"]).await;
    world.app.set_now("2025-12-01T12:30:00Z").unwrap();
    let open = done(&world, &visit, "reopen").await;
    assert_eq!(
        (text(&open, "status"), &open["cancel_reason"], &open["confirmed_at"]),
        ("PENDING".into(), &Value::Null, &Value::Null)
    );
    assert_eq!(open["reminder"], json!({ "due_at": "2025-12-13T09:00:00-03:00", "status": "pending" }));
    let ana = world.add_patient("Ana", "77", "+12025550177").await;
    let booking = json!({ "patient": ana, "doctor": world.doctor, "start_datetime": on_the_day("10:00") });
    assert_eq!(world.try_book(booking).await.code(), "slot_taken", "its time is taken again");

    done(&world, &visit, "cancel").await;
    world.app.set_now("2025-12-01T13:00:01Z").unwrap();
    refuses_the_rest(&world, &visit, "CANCELLED", &[]).await;
    by_admin(&world, &visit, "reopen").await.expect_status(200).unwrap();
    done(&world, &visit, "cancel").await;
    world.app.set_now("2025-12-15T10:00:00-03:00").unwrap();
    assert_eq!(by_admin(&world, &visit, "reopen").await.code(), "illegal_transition", "not after the start");
}

#[tokio::test]
async fn a_mistake_is_corrected_for_a_day_or_by_an_admin() {
    let world = World::new().await;
    let visit = visit_after(&world, &[]).await;
    world.app.set_now("2025-12-15T10:00:00-03:00").unwrap();
    done(&world, &visit, "complete").await;
    refuses_the_rest(&world, &visit, "COMPLETED", &["correct"]).await;
    let silent = world.act(&visit, &json!({ "action": "correct" })).await.expect_status(400).unwrap();
    assert!(silent.body["errors"]["reason"].is_array());
    assert_eq!(text(&done(&world, &visit, "correct").await, "status_display"), "No asistió");
    world.app.set_now("2025-12-16T10:00:00-03:00").unwrap();
    assert_eq!(text(&done(&world, &visit, "correct").await, "status_display"), "Completada");
    world.app.set_now("2025-12-17T10:00:01-03:00").unwrap();
    assert_eq!(world.act(&visit, &whole("correct")).await.code(), "illegal_transition");
    by_admin(&world, &visit, "correct").await.expect_status(200).unwrap();
}

#[tokio::test]
async fn an_action_is_known_and_has_only_what_it_needs() {
    let world = World::new().await;
    let visit = visit_after(&world, &[]).await;
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
        let refused = world.act(&visit, &body).await.expect_status(400).unwrap();
        assert!(refused.body["errors"][field].is_array(), "{body}: {}", refused.body);
    }
}

#[tokio::test]
async fn each_change_leaves_one_row_of_history_and_one_of_audit() {
    let world = World::new().await;
    let visit =
        visit_after(&world, &["confirm", "confirm", "unconfirm", "request_reschedule", "keep", "cancel", "reopen"])
            .await;
    let history = world.list(&format!("/api/appointments/{visit}/actions/")).await;
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
    let trail = world.list(&format!("/api/audit/?object_id={visit}")).await;
    assert_eq!(trail.len(), history.len());
    assert!(trail.iter().all(|row| text(row, "user") == me && !text(row, "request_id").is_empty()));
    assert_eq!(trail[0]["changes"]["status"], json!({ "old": "CANCELLED", "new": "PENDING" }));
}
