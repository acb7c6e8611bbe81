//! Tests of Twilio's status callbacks: in any order, repeated, about unknown messages, and with a forged signature.

use crate::clinic_setup::{ClinicSetup, id, text};
use crate::sending::{let_time_pass, notification_row, outbox, send_reminder};
use local::fake_twilio::{FailMode, SentMessage};
use serde_json::json;
use testkit::test_app::PUBLIC_URL;

const DUE: &str = "2025-12-13T09:00:00-03:00";

/// Sends a signed status callback about a message.
pub(crate) async fn report_status(setup: &ClinicSetup, message: &SentMessage, status: &str, code: Option<u32>) {
    let form = setup.app.twilio().unwrap().status_form(&message.sid, status, code).unwrap();
    let path = message.status_callback.as_ref().unwrap().strip_prefix(PUBLIC_URL).unwrap();
    let answer = setup.app.post_signed(path, &form).await.unwrap().expect_status(200).unwrap();
    assert!(answer.header("content-type").starts_with("text/xml"));
}

#[tokio::test]
async fn reports_come_in_any_order_and_twice() {
    let setup = ClinicSetup::new().await;
    let orders = [
        ["sent", "delivered", "read"],
        ["sent", "read", "delivered"],
        ["delivered", "sent", "read"],
        ["delivered", "read", "sent"],
        ["read", "sent", "delivered"],
        ["read", "delivered", "sent"],
    ];
    for (number, order) in orders.iter().enumerate() {
        let appointment = id(&setup.book(["09:00", "09:30", "10:00", "10:30", "11:00", "11:30"][number]).await);
        let_time_pass(&setup);
        let answer = send_reminder(&setup, &appointment, json!({})).await;
        let message = outbox(&setup).pop().unwrap();
        for status in order.iter().flat_map(|status| [status, status]) {
            report_status(&setup, &message, status, None).await;
        }
        let row = notification_row(&setup, &answer).await;
        assert_eq!(text(&row, "status"), "read", "{order:?}");
        assert!(row["delivered_at"].is_string() && row["read_at"].is_string(), "{order:?}");
        assert_eq!(setup.appointment(&appointment).await["reminder"]["status"], "read");
    }
}

#[tokio::test]
async fn a_failure_is_shown_with_its_code() {
    let setup = ClinicSetup::new().await;
    let (first, second) = (id(&setup.book("10:00").await), id(&setup.book("11:00").await));
    let undelivered = send_reminder(&setup, &first, json!({})).await;
    let message = outbox(&setup).pop().unwrap();
    report_status(&setup, &message, "undelivered", Some(63024)).await;
    report_status(&setup, &message, "sent", None).await;
    let shown = notification_row(&setup, &undelivered).await;
    assert_eq!((text(&shown, "status"), &shown["error_code"]), ("undelivered".into(), &json!(63024)));
    assert!(!text(&shown, "error_message").is_empty());

    let_time_pass(&setup);
    let delivered = send_reminder(&setup, &second, json!({})).await;
    let message = outbox(&setup).pop().unwrap();
    report_status(&setup, &message, "delivered", None).await;
    report_status(&setup, &message, "failed", Some(63016)).await;
    let shown = notification_row(&setup, &delivered).await;
    assert_eq!(text(&shown, "status"), "delivered", "a delivered message stays delivered");
    assert_eq!((&shown["error_code"], &shown["error_message"]), (&json!(null), &json!(null)));
}

/// K24.
#[tokio::test]
async fn a_message_that_arrives_after_all_needs_no_attention() {
    for status in ["failed", "undelivered"] {
        let setup = ClinicSetup::new().await;
        let (first, second) = (id(&setup.book("10:00").await), id(&setup.book("11:00").await));
        for appointment in [&first, &second] {
            let_time_pass(&setup);
            let answer = send_reminder(&setup, appointment, json!({})).await;
            let message = outbox(&setup).pop().unwrap();
            report_status(&setup, &message, status, Some(63024)).await;
            assert_eq!(setup.appointment(appointment).await["needs_attention"], true);
            if appointment == &second {
                // Something else about it needs attention by now.
                let ask = json!({ "action": "request_reschedule" });
                setup.act(appointment, &ask).await.expect_status(200).unwrap();
            }
            report_status(&setup, &message, "delivered", None).await;
            let shown = notification_row(&setup, &answer).await;
            assert_eq!((text(&shown, "status"), &shown["error_code"]), ("delivered".into(), &json!(null)));
            assert_eq!(shown["error_message"], json!(null));
            let needs_attention = &setup.appointment(appointment).await["needs_attention"];
            assert_eq!(needs_attention, appointment == &second, "{status}");
        }
    }
}

#[tokio::test]
async fn a_report_resolves_a_lost_answer() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    setup.app.twilio().unwrap().fail(FailMode::TimeoutAfterAccept, None, 1);
    let open = send_reminder(&setup, &appointment, json!({})).await.expect_status(202).unwrap();
    let message = outbox(&setup).remove(0);
    report_status(&setup, &message, "delivered", None).await;
    let settled = notification_row(&setup, &open).await;
    assert_eq!((text(&settled, "status"), text(&settled, "external_id")), ("delivered".into(), message.sid));
    setup.run_job_at(DUE).await;
    assert_eq!(outbox(&setup).len(), 1);
}

#[tokio::test]
async fn a_report_about_an_unknown_message_changes_nothing() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    let answer = send_reminder(&setup, &appointment, json!({})).await;
    let message = outbox(&setup).remove(0);
    let before = notification_row(&setup, &answer).await;
    let mut form = setup.app.twilio().unwrap().status_form(&message.sid, "read", None).unwrap();
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
        setup.app.post_signed(path, &form).await.unwrap().expect_status(200).unwrap();
    }
    assert_eq!(notification_row(&setup, &answer).await, before);
}

#[tokio::test]
async fn a_forged_report_changes_nothing() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    let answer = send_reminder(&setup, &appointment, json!({})).await;
    let message = outbox(&setup).remove(0);
    let form = setup.app.twilio().unwrap().status_form(&message.sid, "read", None).unwrap();
    let url = message.status_callback.unwrap();
    let path = url.strip_prefix(PUBLIC_URL).unwrap();
    let good = setup.app.twilio().unwrap().sign(&url, &form);
    let other = setup.app.twilio().unwrap().sign(&format!("{url}0"), &form);
    for signature in ["", "AAAA", &other] {
        let refused = setup.app.form(path, &form, signature).await.unwrap().expect_status(403).unwrap();
        assert_eq!(
            (refused.code(), refused.header("content-type")),
            ("permission_denied".into(), "application/problem+json".into())
        );
    }
    let mut more = form.clone();
    more.push(("ErrorCode".into(), "63016".into()));
    assert_eq!(setup.app.form(path, &more, &good).await.unwrap().status, 403);
    assert_eq!(text(&notification_row(&setup, &answer).await, "status"), "sent");
    setup.app.form(path, &form, &good).await.unwrap().expect_status(200).unwrap();
    assert_eq!(text(&notification_row(&setup, &answer).await, "status"), "read");
}
