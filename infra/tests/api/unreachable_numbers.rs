//! Tests of patients that messages don't reach: their appointments are marked for attention.

use crate::clinic_setup::{ClinicSetup, id, text};
use crate::reminders::{DUE, reminder, run_minutes_later};
use local::fake_twilio::FailMode;
use serde_json::{Value, json};

async fn worklist_ids(setup: &ClinicSetup) -> Vec<String> {
    let rows = setup.list("/api/appointments/?needs_attention=true").await;
    rows.iter().map(|row| text(row, "id")).collect()
}

async fn report_status(setup: &ClinicSetup, status: &str) {
    let sid = setup.app.outbox().unwrap().remove(0).sid;
    let row = setup.list("/api/notifications/?kind=reminder").await.remove(0);
    let form = [("MessageSid", sid.as_str()), ("AccountSid", local::system::FAKE_ACCOUNT), ("MessageStatus", status)];
    let form: Vec<_> = form.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let path = format!("/api/notifications/whatsapp/status/?n={}.1", id(&row));
    setup.app.post_signed(&path, &form).await.unwrap().expect_status(200).unwrap();
}

#[tokio::test]
async fn a_message_that_is_not_delivered_within_a_day_is_marked() {
    for (status, shown) in [("sent", true), ("delivered", false), ("read", false), ("undelivered", true)] {
        let setup = ClinicSetup::new().await;
        let appointment = id(&setup.book("10:00").await);
        setup.run_job_at(DUE).await;
        report_status(&setup, status).await;
        run_minutes_later(&setup, 23 * 60).await;
        let early = status == "undelivered";
        assert_eq!(worklist_ids(&setup).await, if early { vec![appointment.clone()] } else { vec![] }, "{status}");
        run_minutes_later(&setup, 61).await;
        assert_eq!(worklist_ids(&setup).await, if shown { vec![appointment.clone()] } else { vec![] }, "{status}");
        assert_eq!(text(&reminder(&setup, &appointment).await, "status"), status);
    }
}

#[tokio::test]
async fn a_refused_or_expired_message_is_marked() {
    let setup = ClinicSetup::new().await;
    let (refused, late) = (id(&setup.book("10:00").await), id(&setup.book("11:00").await));
    setup.app.twilio().unwrap().fail(FailMode::Refused, Some(63024), 1);
    let path = format!("/api/notifications/whatsapp/send/{refused}/");
    setup.operator().await.post(&path, &json!({})).await.unwrap().expect_status(200).unwrap();
    assert_eq!(worklist_ids(&setup).await, std::slice::from_ref(&refused));
    // An outage of more than a day.
    setup.run_job_at("2025-12-14T09:00:01-03:00").await;
    assert_eq!(text(&reminder(&setup, &late).await, "status"), "expired");
    assert_eq!(worklist_ids(&setup).await, [refused, late.clone()]);
    // A checked appointment leaves the worklist, and the audit trail has the mark by the system once.
    let done = json!({ "needs_attention": false });
    let path = format!("/api/appointments/{late}/");
    setup.operator().await.patch(&path, &done).await.unwrap().expect_status(200).unwrap();
    run_minutes_later(&setup, 15).await;
    assert!(!worklist_ids(&setup).await.contains(&late));
    let trail = setup.list(&format!("/api/audit/?object_id={late}")).await;
    let marked = |row: &&Value| row["changes"]["needs_attention"]["new"] == "true";
    assert_eq!(trail.iter().filter(marked).count(), 1, "{trail:?}");
}

#[tokio::test]
async fn a_past_appointment_is_not_marked_but_an_undelivered_cancellation_is() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    setup.run_job_at(DUE).await;
    setup.act(&appointment, &json!({ "action": "cancel", "reason": "x" })).await.expect_status(200).unwrap();
    run_minutes_later(&setup, 1).await;
    run_minutes_later(&setup, 25 * 60).await;
    let rows = setup.list("/api/notifications/?kind=notice").await;
    assert_eq!(text(&rows[0], "status"), "sent");
    // Its reminder is irrelevant now, but the patient may not know about the cancellation.
    assert_eq!(worklist_ids(&setup).await, std::slice::from_ref(&appointment));
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    setup.run_job_at(DUE).await;
    run_minutes_later(&setup, 5 * 24 * 60).await;
    let attention = setup.appointment(&appointment).await["attention"].clone();
    let kinds: Vec<String> = attention.as_array().unwrap().iter().map(|reason| text(reason, "kind")).collect();
    assert_eq!(kinds, ["unrecorded"], "it is over");
}
