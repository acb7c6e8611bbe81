//! What do Twilio's status callbacks make of a message? They come in any order, twice, for nothing of
//! ours, and from people who aren't Twilio.

use crate::sending::{outbox, row, send};
use crate::world::{World, id, text};
use local::fake_twilio::{FailMode, SentMessage};
use serde_json::json;
use testkit::test_app::PUBLIC_URL;

const DUE: &str = "2025-12-13T09:00:00-03:00";

/// Twilio reports what became of a message.
async fn report(world: &World, message: &SentMessage, status: &str, code: Option<u32>) {
    let form = world.app.twilio().unwrap().status_form(&message.sid, status, code).unwrap();
    let path = message.status_callback.as_ref().unwrap().strip_prefix(PUBLIC_URL).unwrap();
    let answer = world.app.signed(path, &form).await.unwrap().expect_status(200).unwrap();
    assert!(answer.header("content-type").starts_with("text/xml"));
}

#[tokio::test]
async fn reports_come_in_any_order_and_twice() {
    let world = World::new().await;
    let orders = [
        ["sent", "delivered", "read"],
        ["sent", "read", "delivered"],
        ["delivered", "sent", "read"],
        ["delivered", "read", "sent"],
        ["read", "sent", "delivered"],
        ["read", "delivered", "sent"],
    ];
    for (number, order) in orders.iter().enumerate() {
        let appointment = id(&world.book(["09:00", "09:30", "10:00", "10:30", "11:00", "11:30"][number]).await);
        let answer = send(&world, &appointment, json!({})).await;
        let message = outbox(&world).pop().unwrap();
        for status in order.iter().flat_map(|status| [status, status]) {
            report(&world, &message, status, None).await;
        }
        let row = row(&world, &answer).await;
        assert_eq!(text(&row, "status"), "read", "{order:?}");
        assert!(row["delivered_at"].is_string() && row["read_at"].is_string(), "{order:?}");
        assert_eq!(world.appointment(&appointment).await["reminder"]["status"], "read");
    }
}

#[tokio::test]
async fn a_failure_is_shown_with_its_code() {
    let world = World::new().await;
    let (first, second) = (id(&world.book("10:00").await), id(&world.book("11:00").await));
    let undelivered = send(&world, &first, json!({})).await;
    let message = outbox(&world).pop().unwrap();
    report(&world, &message, "undelivered", Some(63024)).await;
    report(&world, &message, "sent", None).await;
    let shown = row(&world, &undelivered).await;
    assert_eq!((text(&shown, "status"), &shown["error_code"]), ("undelivered".into(), &json!(63024)));
    assert!(!text(&shown, "error_message").is_empty());

    let delivered = send(&world, &second, json!({})).await;
    let message = outbox(&world).pop().unwrap();
    report(&world, &message, "delivered", None).await;
    report(&world, &message, "failed", Some(63016)).await;
    assert_eq!(text(&row(&world, &delivered).await, "status"), "delivered", "it was on the phone");
}

#[tokio::test]
async fn a_report_settles_a_lost_answer() {
    let world = World::new().await;
    let appointment = id(&world.book("10:00").await);
    world.app.twilio().unwrap().fail(FailMode::TimeoutAfterAccept, None, 1);
    let open = send(&world, &appointment, json!({})).await.expect_status(202).unwrap();
    let message = outbox(&world).remove(0);
    report(&world, &message, "delivered", None).await;
    let settled = row(&world, &open).await;
    assert_eq!((text(&settled, "status"), text(&settled, "external_id")), ("delivered".into(), message.sid));
    world.tick(DUE).await;
    assert_eq!(outbox(&world).len(), 1);
}

#[tokio::test]
async fn a_report_about_nothing_of_ours_changes_nothing() {
    let world = World::new().await;
    let appointment = id(&world.book("10:00").await);
    let answer = send(&world, &appointment, json!({})).await;
    let message = outbox(&world).remove(0);
    let before = row(&world, &answer).await;
    let mut form = world.app.twilio().unwrap().status_form(&message.sid, "read", None).unwrap();
    for (_, value) in form.iter_mut().filter(|(name, _)| name == "MessageSid" || name == "SmsSid") {
        *value = "SM00000000000000000000000000000000".into();
    }
    let known = message.status_callback.unwrap();
    for path in [
        "/api/notifications/whatsapp/status/",
        "/api/notifications/whatsapp/status/?n=nothing",
        "/api/notifications/whatsapp/status/?n=019b2f3e-7a10-7cc1-9d7e-0242ac120002.1",
        known.strip_prefix(PUBLIC_URL).unwrap(),
    ] {
        world.app.signed(path, &form).await.unwrap().expect_status(200).unwrap();
    }
    assert_eq!(row(&world, &answer).await, before);
}

#[tokio::test]
async fn a_forged_report_changes_nothing() {
    let world = World::new().await;
    let appointment = id(&world.book("10:00").await);
    let answer = send(&world, &appointment, json!({})).await;
    let message = outbox(&world).remove(0);
    let form = world.app.twilio().unwrap().status_form(&message.sid, "read", None).unwrap();
    let url = message.status_callback.unwrap();
    let path = url.strip_prefix(PUBLIC_URL).unwrap();
    let good = world.app.twilio().unwrap().sign(&url, &form);
    let other = world.app.twilio().unwrap().sign(&format!("{url}0"), &form);
    for signature in ["", "AAAA", &other] {
        let refused = world.app.form(path, &form, signature).await.unwrap().expect_status(403).unwrap();
        assert_eq!(
            (refused.code(), refused.header("content-type")),
            ("permission_denied".into(), "application/problem+json".into())
        );
    }
    let mut more = form.clone();
    more.push(("ErrorCode".into(), "63016".into()));
    assert_eq!(world.app.form(path, &more, &good).await.unwrap().status, 403);
    assert_eq!(text(&row(&world, &answer).await, "status"), "sent");
    world.app.form(path, &form, &good).await.unwrap().expect_status(200).unwrap();
    assert_eq!(text(&row(&world, &answer).await, "status"), "read");
}
