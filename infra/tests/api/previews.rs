//! Tests of dry runs of bookings and actions: what the patient would be told, before it is done. Nothing is written.

use crate::clinic_setup::{ClinicSetup, PHONE, id, on_the_day};
use crate::reminders::run_minutes_later;
use crate::replies::reminded_setup;
use crate::second_thoughts::texts;
use crate::who_may_act::write_from;
use serde_json::{Value, json};
use testkit::faulty_client::{FaultyClient, run_as_operation};
use testkit::test_app::TestClient;

const APPOINTMENTS: &str = "/api/appointments/";

async fn preview(setup: &ClinicSetup, path: &str, body: &Value, status: u16) -> Value {
    preview_by(&setup.operator().await, path, body, status).await
}

async fn preview_by(client: &TestClient<'_>, path: &str, body: &Value, status: u16) -> Value {
    client.post(&format!("{path}?dry_run=true"), body).await.unwrap().expect_status(status).unwrap().body
}

fn actions(appointment: &str) -> String {
    format!("{APPOINTMENTS}{appointment}/actions/")
}

/// Template and text of each message.
fn messages(preview: &Value) -> Vec<(String, String)> {
    let text = |message: &Value, member: &str| message[member].as_str().unwrap().to_owned();
    preview["messages"].as_array().unwrap().iter().map(|it| (text(it, "template"), text(it, "text"))).collect()
}

fn templates(preview: &Value) -> Vec<String> {
    messages(preview).into_iter().map(|(template, _)| template).collect()
}

#[tokio::test]
async fn a_preview_shows_the_very_words_that_the_patient_then_gets() {
    for (action, wanted) in [
        (json!({ "action": "cancel", "reason": "x" }), "cancelled_es"),
        (json!({ "action": "reschedule", "start_datetime": on_the_day("11:00") }), "moved_es"),
    ] {
        let setup = ClinicSetup::new().await;
        let appointment = id(&setup.book("10:00").await);
        let shown = preview(&setup, &actions(&appointment), &action, 200).await;
        let (template, text) = messages(&shown).remove(0);
        assert_eq!((template.as_str(), &shown["messages"][0]["to"]), (wanted, &json!(PHONE)));
        run_minutes_later(&setup, 2).await;
        assert!(texts(&setup).is_empty(), "a preview sends nothing");
        let done = setup.act(&appointment, &action).await;
        assert!(done.status.is_success());
        run_minutes_later(&setup, 2).await;
        assert_eq!(texts(&setup), [text]);
    }
}

#[tokio::test]
async fn a_preview_of_a_booking_names_its_messages_by_when_they_are_due() {
    let setup = ClinicSetup::new().await;
    let booking = setup.booking(&on_the_day("10:00"));
    let shown = preview(&setup, APPOINTMENTS, &booking, 200).await;
    assert_eq!((templates(&shown), &shown["appointment"]["status"]), (vec!["reminder_es".into()], &json!("PENDING")));
    let mut announced = booking.clone();
    announced["notify"] = json!(true);
    let shown = preview(&setup, APPOINTMENTS, &announced, 200).await;
    assert_eq!(templates(&shown), ["created_es", "reminder_es"]);
    let due = |at: usize| shown["messages"][at]["due_at"].as_str().unwrap().to_owned();
    assert!(due(0) < due(1), "{shown}");
    assert!(setup.list(&format!("{APPOINTMENTS}?patient={}", setup.patient)).await.is_empty());
}

#[tokio::test]
async fn nobody_is_told_where_staff_call_or_the_number_opted_out() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    let told = json!({ "action": "cancel", "reason": "x", "notify": false, "told": "by_phone" });
    assert!(templates(&preview(&setup, &actions(&appointment), &told, 200).await).is_empty());
    assert!(templates(&preview(&setup, &actions(&appointment), &json!({ "action": "confirm" }), 200).await).is_empty());
    write_from(&setup, PHONE, "BAJA").await;
    let cancel = json!({ "action": "cancel", "reason": "x" });
    assert!(templates(&preview(&setup, &actions(&appointment), &cancel, 200).await).is_empty());
}

/// The patient consents to messages, but the number is somebody else's.
#[tokio::test]
async fn nobody_is_told_at_a_wrong_number() {
    let (setup, appointment, _) = reminded_setup().await;
    let told = json!({ "action": "cancel", "reason": "x", "notify": true });
    assert_eq!(templates(&preview(&setup, &actions(&appointment), &told, 200).await), ["cancelled_es"]);
    write_from(&setup, PHONE, "Número equivocado").await;
    assert!(templates(&preview(&setup, &actions(&appointment), &told, 200).await).is_empty());
}

#[tokio::test]
async fn a_preview_is_refused_as_the_change_would_be() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    let other = setup.add_patient("Rosa", "78", "+5491155550178").await;
    let body = json!({ "patient": other, "doctor": setup.doctor, "start_datetime": on_the_day("10:00") });
    let refused = preview(&setup, APPOINTMENTS, &body, 409).await;
    assert_eq!(refused["code"], "slot_taken");
    assert!(!refused["offers"].as_array().unwrap().is_empty());
    let refused = preview(&setup, &actions(&appointment), &json!({ "action": "keep" }), 409).await;
    assert_eq!(refused["code"], "illegal_transition");
    let same = json!({ "action": "reschedule", "start_datetime": on_the_day("23:00") });
    assert_eq!(preview(&setup, &actions(&appointment), &same, 409).await["code"], "outside_availability");
    let without_reason = json!({ "action": "cancel" });
    assert_eq!(preview(&setup, &actions(&appointment), &without_reason, 400).await["code"], "validation_error");
    let stale = setup.operator().await.header("if-match", "\"99\"").unwrap();
    let path = format!("{}?dry_run=true", actions(&appointment));
    stale.post(&path, &json!({ "action": "confirm" })).await.unwrap().expect_status(412).unwrap();
}

#[tokio::test]
async fn a_preview_writes_nothing() {
    let client = FaultyClient::default();
    let setup = ClinicSetup::with_client(&client).await;
    let appointment = id(&setup.book("10:00").await);
    let moved = json!({ "action": "reschedule", "start_datetime": on_the_day("11:00") });
    let longer = json!({ "action": "reschedule", "start_datetime": on_the_day("10:00"),
        "end_datetime": on_the_day("11:00") });
    let before = setup.appointment(&appointment).await;
    let operator = setup.operator().await;
    client.record_calls();
    for (path, body) in [
        (APPOINTMENTS.to_owned(), setup.booking(&on_the_day("12:00"))),
        (actions(&appointment), json!({ "action": "cancel", "reason": "x" })),
        (actions(&appointment), json!({ "action": "confirm" })),
        (actions(&appointment), moved),
        (actions(&appointment), longer),
    ] {
        run_as_operation(1, preview_by(&operator, &path, &body, 200)).await;
        let writes = client.take_calls(1).iter().filter(|call| call.kind.writes()).count();
        assert_eq!(writes, 0, "{body}");
    }
    assert_eq!(setup.appointment(&appointment).await, before);
}
