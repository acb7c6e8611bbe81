//! Tests of the send endpoint, the list of notifications, and notices about changes by staff.

use crate::clinic_setup::{ClinicSetup, PHONE, id, on_the_day, text};
use domain::time::TimeDelta;
use local::fake_twilio::{FailMode, SentMessage};
use serde_json::{Value, json};
use testkit::test_app::TestResponse;

const DUE: &str = "2025-12-13T09:00:00-03:00";

/// Lets so much time pass since the last message that a manual send waits for the rate limit of the number.
pub(crate) fn let_time_pass(setup: &ClinicSetup) {
    setup.app.advance(TimeDelta::seconds(1));
}

pub(crate) async fn send_reminder(setup: &ClinicSetup, appointment: &str, body: Value) -> TestResponse {
    let path = format!("/api/notifications/whatsapp/send/{appointment}/");
    setup.operator().await.post(&path, &body).await.unwrap()
}

pub(crate) async fn notification_row(setup: &ClinicSetup, answer: &TestResponse) -> Value {
    let path = format!("/api/notifications/{}/", id(&answer.body["notification"]));
    setup.operator().await.get(&path).await.unwrap().expect_status(200).unwrap().body
}

pub(crate) fn outbox(setup: &ClinicSetup) -> Vec<SentMessage> {
    setup.app.outbox().unwrap()
}

#[tokio::test]
async fn a_reminder_can_be_sent_manually_once() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    let first = send_reminder(&setup, &appointment, json!({})).await.expect_status(200).unwrap();
    let message = outbox(&setup).remove(0);
    assert_eq!(first.text("message_sid"), message.sid);
    assert_eq!(message.to, format!("whatsapp:{PHONE}"));
    let now = "2025-12-01T09:00:00-03:00";
    let wanted = json!({ "id": first.body["notification"]["id"], "appointment": appointment, "patient": setup.patient,
        "channel": "whatsapp", "to": PHONE, "kind": "reminder", "template": "reminder_es", "status": "sent",
        "external_id": message.sid, "attempts": 1, "error_code": null, "error_message": null, "due_at": DUE,
        "sent_at": now, "delivered_at": null, "read_at": null, "created_at": now,
        "text": message.body, "version": first.body["notification"]["version"] });
    assert_eq!(first.body["notification"], wanted);
    assert_eq!(notification_row(&setup, &first).await, wanted);

    let again = send_reminder(&setup, &appointment, json!({})).await.expect_status(409).unwrap();
    assert_eq!(again.code(), "already_sent");
    let_time_pass(&setup);
    let forced = send_reminder(&setup, &appointment, json!({ "force": true })).await.expect_status(200).unwrap();
    assert_eq!((outbox(&setup).len(), forced.text("message_sid")), (2, outbox(&setup)[1].sid.clone()));
    setup.run_job_at(DUE).await;
    assert_eq!(outbox(&setup).len(), 2, "the job has nothing left to do");
}

#[tokio::test]
async fn nothing_is_sent_about_a_cancelled_or_past_appointment() {
    let setup = ClinicSetup::new().await;
    let (off, over) = (id(&setup.book("10:00").await), id(&setup.book("11:00").await));
    let cancel = json!({ "action": "cancel", "reason": "x" });
    setup.act(&off, &cancel).await.expect_status(200).unwrap();
    let refused = send_reminder(&setup, &off, json!({ "force": true })).await.expect_status(409).unwrap();
    assert_eq!((refused.code(), refused.text("from")), ("illegal_transition".into(), "CANCELLED".into()));
    setup.app.set_now(&on_the_day("11:00")).unwrap();
    assert_eq!(send_reminder(&setup, &over, json!({})).await.code(), "illegal_transition");
    let unknown = "019b2f3e-7a10-7cc1-9d7e-0242ac120002";
    assert_eq!(send_reminder(&setup, unknown, json!({})).await.code(), "not_found");
    assert_eq!(send_reminder(&setup, &over, json!({ "forced": true })).await.status, 400);
}

#[tokio::test]
async fn a_message_that_may_have_been_sent_is_not_sent_again_even_by_force() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    setup.app.twilio().unwrap().fail(FailMode::TimeoutAfterAccept, None, 1);
    for body in [json!({}), json!({}), json!({ "force": true })] {
        let open = send_reminder(&setup, &appointment, body).await.expect_status(202).unwrap();
        assert_eq!(
            (&open.body["message_sid"], &open.body["notification"]["status"]),
            (&Value::Null, &json!("unknown"))
        );
    }
    setup.run_job_at("2025-12-01T09:02:00-03:00").await;
    assert_eq!(send_reminder(&setup, &appointment, json!({})).await.code(), "already_sent");
    assert_eq!(outbox(&setup).len(), 1);
}

#[tokio::test]
async fn a_refused_message_can_be_sent_again() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    setup.app.twilio().unwrap().fail(FailMode::Refused, Some(63024), 1);
    let failed = send_reminder(&setup, &appointment, json!({})).await;
    assert_eq!(
        (notification_row(&setup, &failed).await["status"].clone(), failed.body["message_sid"].clone()),
        (json!("failed"), Value::Null)
    );
    let_time_pass(&setup);
    send_reminder(&setup, &appointment, json!({})).await.expect_status(200).unwrap();
    assert_eq!(outbox(&setup).len(), 1);
}

#[tokio::test]
async fn a_repeated_request_sends_nothing_more() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    let path = format!("/api/notifications/whatsapp/send/{appointment}/");
    for body in [json!({}), json!({ "force": true })] {
        let client = setup.operator().await.header("idempotency-key", &body.to_string()).unwrap();
        let first = client.post(&path, &body).await.unwrap().expect_status(200).unwrap();
        let again = client.post(&path, &body).await.unwrap().expect_status(200).unwrap();
        assert_eq!(
            (first.header("idempotency-replayed"), again.header("idempotency-replayed")),
            (String::new(), "true".into())
        );
        assert_eq!(first.body, again.body);
        let_time_pass(&setup);
    }
    assert_eq!(outbox(&setup).len(), 2);
}

#[tokio::test]
async fn every_filter_selects_its_notifications() {
    let setup = ClinicSetup::new().await;
    let sent = id(&setup.book("10:00").await);
    let waiting = id(&setup.book("11:00").await);
    send_reminder(&setup, &sent, json!({})).await.expect_status(200).unwrap();
    let found = async |query: &str| {
        let rows = setup.list(&format!("/api/notifications/?{query}")).await;
        rows.iter().map(|row| text(row, "appointment")).collect::<Vec<_>>()
    };
    assert_eq!(found("").await.len(), 2);
    assert_eq!(found(&format!("appointment={waiting}")).await, std::slice::from_ref(&waiting));
    let other = setup.add_patient("Ana", "77", "+12025550177").await;
    for (patient, expected) in [(&setup.patient, 2), (&other, 0)] {
        assert_eq!(found(&format!("patient={patient}")).await.len(), expected);
        assert!(found(&format!("patient={other}&appointment={waiting}")).await.is_empty());
    }
    let also_sent = format!("patient={}&status=sent", setup.patient);
    assert_eq!(found(&also_sent).await, std::slice::from_ref(&sent));
    assert_eq!(found("status=sent").await, std::slice::from_ref(&sent));
    assert_eq!(found("status=pending").await, std::slice::from_ref(&waiting));
    assert_eq!(found("status=sent,pending").await.len(), 2);
    assert_eq!(found("kind=reminder&date=2025-12-13").await.len(), 2);
    assert!(found("date=2025-12-14").await.is_empty());
    assert!(found("kind=reply").await.is_empty());
    let cancel = json!({ "action": "cancel", "reason": "x" });
    setup.act(&waiting, &cancel).await.expect_status(200).unwrap();
    assert_eq!(found("kind=notice").await, [waiting]);
    let operator = setup.operator().await;
    for query in ["status=lost", "kind=letter", "date=x", "appointment=x", "patient=x"] {
        assert_eq!(operator.get(&format!("/api/notifications/?{query}")).await.unwrap().status, 400, "{query}");
    }
}

#[tokio::test]
async fn a_cancellation_or_move_by_staff_is_announced_to_the_patient() {
    let setup = ClinicSetup::new().await;
    let (off, moved) = (id(&setup.book("10:00").await), id(&setup.book("11:00").await));
    let cancel = json!({ "action": "cancel", "reason": "x" });
    setup.act(&off, &cancel).await.expect_status(200).unwrap();
    let request = json!({ "action": "reschedule", "start_datetime": on_the_day("12:00") });
    setup.act(&moved, &request).await.expect_status(201).unwrap();
    setup.run_job_at("2025-12-01T09:15:00-03:00").await;
    let mut texts: Vec<String> = outbox(&setup).into_iter().filter_map(|message| message.body).collect();
    texts.sort_unstable();
    assert_eq!(texts.len(), 2);
    assert!(texts[0].contains("cambió") && texts[0].contains("12:00"), "{texts:?}");
    assert!(texts[1].contains("10:00 fue cancelada"), "{texts:?}");
    setup.run_job_at("2025-12-01T10:00:00-03:00").await;
    assert_eq!(outbox(&setup).len(), 2);
}
