//! What does the reception desk see and send? The send endpoint, the list of messages, and notices.

use crate::world::{PHONE, World, id, on_the_day, text};
use local::fake_twilio::{FailMode, SentMessage};
use serde_json::{Value, json};
use testkit::test_app::Answer;

const DUE: &str = "2025-12-13T09:00:00-03:00";

pub(crate) async fn send(world: &World, appointment: &str, body: Value) -> Answer {
    let path = format!("/api/notifications/whatsapp/send/{appointment}/");
    world.operator().await.post(&path, &body).await.unwrap()
}

pub(crate) async fn row(world: &World, answer: &Answer) -> Value {
    let path = format!("/api/notifications/{}/", id(&answer.body["notification"]));
    world.operator().await.get(&path).await.unwrap().expect_status(200).unwrap().body
}

pub(crate) fn outbox(world: &World) -> Vec<SentMessage> {
    world.app.outbox().unwrap()
}

#[tokio::test]
async fn a_reminder_can_be_sent_by_hand_once() {
    let world = World::new().await;
    let appointment = id(&world.book("10:00").await);
    let first = send(&world, &appointment, json!({})).await.expect_status(200).unwrap();
    let message = outbox(&world).remove(0);
    assert_eq!(first.text("message_sid"), message.sid);
    assert_eq!(message.to, format!("whatsapp:{PHONE}"));
    let now = "2025-12-01T09:00:00-03:00";
    let wanted = json!({ "id": first.body["notification"]["id"], "appointment": appointment, "patient": world.patient,
        "channel": "whatsapp", "to": PHONE, "kind": "reminder", "template": "reminder_es", "status": "sent",
        "external_id": message.sid, "attempts": 1, "error_code": null, "error_message": null, "due_at": DUE,
        "sent_at": now, "delivered_at": null, "read_at": null, "created_at": now,
        "version": first.body["notification"]["version"] });
    assert_eq!(first.body["notification"], wanted);
    assert_eq!(row(&world, &first).await, wanted);

    let again = send(&world, &appointment, json!({})).await.expect_status(409).unwrap();
    assert_eq!(again.code(), "already_sent");
    let forced = send(&world, &appointment, json!({ "force": true })).await.expect_status(200).unwrap();
    assert_eq!((outbox(&world).len(), forced.text("message_sid")), (2, outbox(&world)[1].sid.clone()));
    world.tick(DUE).await;
    assert_eq!(outbox(&world).len(), 2, "the job has nothing left to do");
}

#[tokio::test]
async fn nothing_is_sent_about_an_appointment_that_is_off_or_over() {
    let world = World::new().await;
    let (off, over) = (id(&world.book("10:00").await), id(&world.book("11:00").await));
    let cancel = json!({ "action": "cancel", "reason": "x" });
    world.act(&off, &cancel).await.expect_status(200).unwrap();
    let refused = send(&world, &off, json!({ "force": true })).await.expect_status(409).unwrap();
    assert_eq!((refused.code(), refused.text("from")), ("illegal_transition".into(), "CANCELLED".into()));
    world.app.set_now(&on_the_day("11:00")).unwrap();
    assert_eq!(send(&world, &over, json!({})).await.code(), "illegal_transition");
    let unknown = "019b2f3e-7a10-7cc1-9d7e-0242ac120002";
    assert_eq!(send(&world, unknown, json!({})).await.code(), "not_found");
    assert_eq!(send(&world, &over, json!({ "forced": true })).await.status, 400);
}

#[tokio::test]
async fn what_may_have_gone_out_is_not_sent_again_even_by_force() {
    let world = World::new().await;
    let appointment = id(&world.book("10:00").await);
    world.app.twilio().unwrap().fail(FailMode::TimeoutAfterAccept, None, 1);
    for body in [json!({}), json!({}), json!({ "force": true })] {
        let open = send(&world, &appointment, body).await.expect_status(202).unwrap();
        assert_eq!(
            (&open.body["message_sid"], &open.body["notification"]["status"]),
            (&Value::Null, &json!("unknown"))
        );
    }
    world.tick("2025-12-01T09:02:00-03:00").await;
    assert_eq!(send(&world, &appointment, json!({})).await.code(), "already_sent");
    assert_eq!(outbox(&world).len(), 1);
}

#[tokio::test]
async fn a_refused_message_can_be_sent_again() {
    let world = World::new().await;
    let appointment = id(&world.book("10:00").await);
    world.app.twilio().unwrap().fail(FailMode::Refused, Some(63024), 1);
    let failed = send(&world, &appointment, json!({})).await;
    assert_eq!(
        (row(&world, &failed).await["status"].clone(), failed.body["message_sid"].clone()),
        (json!("failed"), Value::Null)
    );
    send(&world, &appointment, json!({})).await.expect_status(200).unwrap();
    assert_eq!(outbox(&world).len(), 1);
}

#[tokio::test]
async fn a_repeated_request_sends_nothing_more() {
    let world = World::new().await;
    let appointment = id(&world.book("10:00").await);
    let path = format!("/api/notifications/whatsapp/send/{appointment}/");
    for body in [json!({}), json!({ "force": true })] {
        let client = world.operator().await.header("idempotency-key", &body.to_string()).unwrap();
        let first = client.post(&path, &body).await.unwrap().expect_status(200).unwrap();
        let again = client.post(&path, &body).await.unwrap().expect_status(200).unwrap();
        assert_eq!(
            (first.header("idempotency-replayed"), again.header("idempotency-replayed")),
            (String::new(), "true".into())
        );
        assert_eq!(first.body, again.body);
    }
    assert_eq!(outbox(&world).len(), 2);
}

#[tokio::test]
async fn messages_are_listed_by_what_is_asked() {
    let world = World::new().await;
    let sent = id(&world.book("10:00").await);
    let waiting = id(&world.book("11:00").await);
    send(&world, &sent, json!({})).await.expect_status(200).unwrap();
    let found = async |query: &str| {
        let rows = world.list(&format!("/api/notifications/?{query}")).await;
        rows.iter().map(|row| text(row, "appointment")).collect::<Vec<_>>()
    };
    assert_eq!(found("").await.len(), 2);
    assert_eq!(found(&format!("appointment={waiting}")).await, std::slice::from_ref(&waiting));
    assert_eq!(found("status=sent").await, std::slice::from_ref(&sent));
    assert_eq!(found("status=pending").await, std::slice::from_ref(&waiting));
    assert_eq!(found("status=sent,pending").await.len(), 2);
    assert_eq!(found("kind=reminder&date=2025-12-13").await.len(), 2);
    assert!(found("date=2025-12-14").await.is_empty());
    assert!(found("kind=reply").await.is_empty());
    let cancel = json!({ "action": "cancel", "reason": "x" });
    world.act(&waiting, &cancel).await.expect_status(200).unwrap();
    assert_eq!(found("kind=notice").await, [waiting]);
    let operator = world.operator().await;
    for query in ["status=lost", "kind=letter", "date=x", "appointment=x"] {
        assert_eq!(operator.get(&format!("/api/notifications/?{query}")).await.unwrap().status, 400, "{query}");
    }
}

#[tokio::test]
async fn staff_who_cancel_or_move_an_appointment_tell_the_patient() {
    let world = World::new().await;
    let (off, moved) = (id(&world.book("10:00").await), id(&world.book("11:00").await));
    let cancel = json!({ "action": "cancel", "reason": "x" });
    world.act(&off, &cancel).await.expect_status(200).unwrap();
    let wish = json!({ "action": "reschedule", "start_datetime": on_the_day("12:00") });
    world.act(&moved, &wish).await.expect_status(201).unwrap();
    world.tick("2025-12-01T09:15:00-03:00").await;
    let mut texts: Vec<String> = outbox(&world).into_iter().filter_map(|message| message.body).collect();
    texts.sort_unstable();
    assert_eq!(texts.len(), 2);
    assert!(texts[0].contains("cambió") && texts[0].contains("12:00"), "{texts:?}");
    assert!(texts[1].contains("10:00 fue cancelada"), "{texts:?}");
    world.tick("2025-12-01T10:00:00-03:00").await;
    assert_eq!(outbox(&world).len(), 2);
}
