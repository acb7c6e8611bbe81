//! Tests of sending and listing messages with the real client, including failures.

use serde_json::json;
use twilio::{Direction, ErrorClass, MessageQuery, MessageStatus};

use super::super::FailMode;
use super::{PATIENT, TEMPLATE, reminder, start, text};

fn to_patient(page_size: Option<u16>) -> MessageQuery {
    MessageQuery { to: Some(PATIENT.to_owned()), page_size, ..MessageQuery::default() }
}

#[tokio::test]
async fn keeps_accepted_messages_oldest_first() {
    let (fake, client) = start();
    let first = client.create_message(&reminder()).await.unwrap();
    let second = client.create_message(&text("¿Confirmas?")).await.unwrap();
    assert_eq!(first.status, MessageStatus::Queued);
    assert_ne!(first.sid, second.sid);
    assert_eq!(first.sid.len(), 34);

    assert_eq!(
        serde_json::to_value(fake.messages()).unwrap(),
        json!([
            {
                "sid": first.sid,
                "to": "whatsapp:+5491123456789",
                "from": "whatsapp:+14155238886",
                "body": null,
                "content_sid": TEMPLATE,
                "content_variables": {"1": "Ana", "2": "10:30"},
                "status_callback": "http://127.0.0.1:8000/status/?n=1.1",
                "date_created": "2026-03-05T12:00:00Z",
            },
            {
                "sid": second.sid,
                "to": "whatsapp:+5491123456789",
                "from": "whatsapp:+14155238886",
                "body": "¿Confirmas?",
                "content_sid": null,
                "content_variables": null,
                "status_callback": "http://127.0.0.1:8000/status/?n=1.1",
                "date_created": "2026-03-05T12:00:00Z",
            },
        ])
    );
    fake.reset();
    assert!(fake.messages().is_empty());
    let third = client.create_message(&reminder()).await.unwrap();
    assert_ne!(third.sid, first.sid, "ids go on counting");
}

#[tokio::test]
async fn lists_newest_first_in_pages_and_renders_known_templates() {
    let (fake, client) = start();
    fake.add_template(TEMPLATE, "Hola {{1}}, a las {{2}}. {{3}}");
    client.create_message(&reminder()).await.unwrap();
    for body in ["uno", "dos"] {
        client.create_message(&text(body)).await.unwrap();
    }
    let mut other = text("otra");
    other.to = "whatsapp:+5215512345678".to_owned();
    client.create_message(&other).await.unwrap();

    for page_size in [None, Some(1), Some(2)] {
        let list = client.list_messages(&to_patient(page_size)).await.unwrap();
        let bodies: Vec<_> = list.iter().map(|record| record.body.as_str()).collect();
        assert_eq!(bodies, ["dos", "uno", "Hola Ana, a las 10:30. {{3}}"]);
        assert!(list.iter().all(|r| r.direction == Direction::Outbound));
        assert_eq!(list[0].date_created.to_rfc3339(), "2026-03-05T12:00:00+00:00");
    }
    let all = client.list_messages(&MessageQuery::default()).await;
    assert_eq!(all.unwrap().len(), 4);
}

#[tokio::test]
async fn fails_as_often_as_planned() {
    let (fake, client) = start();
    for (mode, code, kind, shown, kept) in [
        (FailMode::TimeoutAfterAccept, None, "unknown", None, 1),
        (FailMode::TimeoutBeforeAccept, None, "unknown", None, 0),
        (FailMode::ServerError, None, "unknown", Some(20500), 0),
        (FailMode::TooManyRequests, None, "not_accepted", Some(20429), 0),
        (FailMode::Refused, None, "rejected", Some(21211), 0),
        (FailMode::Refused, Some(21610), "rejected", Some(21610), 0),
    ] {
        fake.reset();
        fake.fail(mode, code, 2);
        for _ in 0..2 {
            let error = client.create_message(&reminder()).await.unwrap_err();
            assert_eq!((error.kind(), error.code()), (kind, shown), "{mode:?}");
        }
        assert_eq!(fake.messages().len(), 2 * kept, "{mode:?}");
        let list = client.list_messages(&to_patient(None)).await.unwrap();
        assert_eq!(list.len(), 2 * kept, "{mode:?}");
        client.create_message(&reminder()).await.unwrap();
    }
}

#[tokio::test]
async fn planned_failures_can_be_cancelled() {
    let (fake, client) = start();
    fake.fail(FailMode::ServerError, None, 5);
    fake.fail(FailMode::None, None, 0);
    client.create_message(&reminder()).await.unwrap();
}

#[tokio::test]
async fn a_rejected_request_uses_up_no_planned_failure() {
    let (fake, client) = start();
    fake.fail(FailMode::ServerError, None, 1);
    let refused = client.create_message(&text("")).await.unwrap_err();
    assert_eq!(refused.code(), Some(21602));
    let failed = client.create_message(&reminder()).await.unwrap_err();
    assert_eq!(failed.class(), ErrorClass::Unknown);
}

#[tokio::test]
async fn stops_with_its_last_handle() {
    let (fake, client) = start();
    let clone = fake.clone();
    drop(fake);
    client.create_message(&reminder()).await.unwrap();
    assert_eq!(clone.messages().len(), 1);
}

#[test]
fn modes_have_the_names_of_the_dev_api() {
    for (name, mode) in [
        ("none", FailMode::None),
        ("timeout_after_accept", FailMode::TimeoutAfterAccept),
        ("timeout_before_accept", FailMode::TimeoutBeforeAccept),
        ("500", FailMode::ServerError),
        ("429", FailMode::TooManyRequests),
        ("400", FailMode::Refused),
    ] {
        assert_eq!(serde_json::to_value(mode).unwrap(), json!(name));
        assert_eq!(serde_json::from_value::<FailMode>(json!(name)).unwrap(), mode);
    }
}
