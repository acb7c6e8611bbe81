//! Tests of recovering missed webhooks: the job looks up messages in Twilio's list within the hour, and doesn't take
//! one as the answer to a prompt that was sent after it.

use crate::clinic_setup::{ClinicSetup, id, text};
use crate::replies::{DUE, appointment_status, last_message, outbox, patient_says};
use domain::time::TimeDelta;
use local::database::Database;
use local::fake_twilio::PatientReply;
use testkit::test_app::TestApp;

/// A reminded patient in a system that looks up missed messages.
async fn reminded_setup() -> (ClinicSetup, String) {
    let enable_look_up = |config: &mut local::system::SystemConfig| {
        config.settings.insert("LOOK_UP_INBOUND".into(), "true".into());
    };
    let app = TestApp::changed(Database::memory().await.unwrap(), enable_look_up).await.unwrap();
    let setup = ClinicSetup::with_app(app).await;
    let appointment = id(&setup.book("10:00").await);
    setup.run_job_at(DUE).await;
    (setup, appointment)
}

/// The patient writes, but Twilio doesn't call the webhook.
fn lose_webhook(setup: &ClinicSetup, words: &str) {
    let reply = PatientReply { body: Some(words.into()), ..ClinicSetup::patient_reply() };
    let _ = setup.app.twilio().unwrap().inbound_form(&reply);
}

async fn run_minutes_later(setup: &ClinicSetup, minutes: i64) {
    setup.app.clock.advance(TimeDelta::minutes(minutes));
    setup.app.system.run_reminders().await.unwrap();
}

#[tokio::test]
async fn a_missed_message_is_recovered_within_the_hour_and_processed_once() {
    let (setup, appointment) = reminded_setup().await;
    run_minutes_later(&setup, 5).await;
    lose_webhook(&setup, "Confirmo");
    run_minutes_later(&setup, 30).await;
    assert_eq!(appointment_status(&setup, &appointment).await, "PENDING", "the look-up runs once an hour");
    for _ in 0..4 {
        run_minutes_later(&setup, 61).await;
        assert_eq!(appointment_status(&setup, &appointment).await, "CONFIRMED");
    }
    assert_eq!(outbox(&setup).len(), 2, "the reminder and one answer");
    assert_eq!(setup.list("/api/notifications/inbound/").await.len(), 1);
}

#[tokio::test]
async fn a_recent_message_is_left_to_its_webhook() {
    let (setup, appointment) = reminded_setup().await;
    setup.app.clock.advance(TimeDelta::minutes(70));
    lose_webhook(&setup, "Confirmo");
    run_minutes_later(&setup, 1).await;
    assert_eq!(appointment_status(&setup, &appointment).await, "PENDING");
    run_minutes_later(&setup, 61).await;
    assert_eq!(appointment_status(&setup, &appointment).await, "CONFIRMED");
}

#[tokio::test]
async fn a_recovered_message_does_not_answer_a_later_prompt() {
    let (setup, appointment) = reminded_setup().await;
    lose_webhook(&setup, "1");
    setup.app.clock.advance(TimeDelta::minutes(5));
    patient_says(&setup, "cancelar").await;
    assert!(last_message(&setup).starts_with("¿Cancelar su cita"));
    // The "1" was written before this prompt, and must not answer it.
    run_minutes_later(&setup, 61).await;
    assert_eq!(appointment_status(&setup, &appointment).await, "PENDING");
    assert_eq!(setup.list("/api/notifications/inbound/").await.len(), 2);
}

#[tokio::test]
async fn a_recovered_yes_does_not_answer_a_later_reminder() {
    let enable_look_up = |config: &mut local::system::SystemConfig| {
        config.settings.insert("LOOK_UP_INBOUND".into(), "true".into());
    };
    let setup =
        ClinicSetup::with_app(TestApp::changed(Database::memory().await.unwrap(), enable_look_up).await.unwrap()).await;
    let appointment = id(&setup.book("10:00").await);
    // The next look-up is after the reminder.
    setup.run_job_at("2025-12-13T08:30:00-03:00").await;
    lose_webhook(&setup, "ok");
    setup.run_job_at(DUE).await;
    run_minutes_later(&setup, 61).await;
    assert_eq!(appointment_status(&setup, &appointment).await, "PENDING");
}

#[tokio::test]
async fn the_chat_window_starts_when_the_message_was_written() {
    let (setup, appointment) = reminded_setup().await;
    lose_webhook(&setup, "Confirmo");
    // The job was down for longer than the chat window of 24 hours.
    run_minutes_later(&setup, 26 * 60).await;
    assert_eq!(appointment_status(&setup, &appointment).await, "CONFIRMED");
    assert_eq!(outbox(&setup).len(), 1, "an answer would be refused now");
    let answer = setup.list(&format!("/api/notifications/?appointment={appointment}&kind=reply")).await.remove(0);
    assert_eq!(text(&answer, "status"), "expired");
}

#[tokio::test]
async fn a_recovered_file_name_is_no_answer() {
    let (setup, appointment) = reminded_setup().await;
    setup.app.twilio().unwrap().add_file_without_webhook(&ClinicSetup::patient_reply().from, "confirmo.pdf");
    run_minutes_later(&setup, 61).await;
    assert_eq!(appointment_status(&setup, &appointment).await, "PENDING");
    let row = setup.list("/api/notifications/inbound/").await.remove(0);
    assert_eq!((text(&row, "intent"), text(&row, "body")), ("media".into(), "confirmo.pdf".into()));
}

#[tokio::test]
async fn a_missed_message_of_an_unknown_sender_is_seen() {
    let (setup, _) = reminded_setup().await;
    run_minutes_later(&setup, 5).await;
    let stranger = PatientReply {
        from: "+573001234567".into(),
        body: Some("Hola, quisiera un turno".into()),
        ..ClinicSetup::patient_reply()
    };
    let _ = setup.app.twilio().unwrap().inbound_form(&stranger);
    run_minutes_later(&setup, 61).await;
    let worklist = setup.list("/api/notifications/inbound/?needs_attention=true").await;
    assert_eq!(worklist.len(), 1);
    assert_eq!(worklist[0]["attention"]["kind"], "new_contact");
}
