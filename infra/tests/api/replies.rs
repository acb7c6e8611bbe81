//! Tests of patients' replies: each one has the intended effect once. An unclear reply is answered with a prompt, and
//! the next one is marked for attention.

use crate::clinic_setup::{ClinicSetup, PHONE, id, text};
use futures_util::future::join_all;
use local::fake_twilio::{PatientReply, SentMessage};
use serde_json::json;
use testkit::test_app::PUBLIC_URL;

pub(crate) const DUE: &str = "2025-12-13T09:00:00-03:00";
const WEBHOOK: &str = "/api/notifications/whatsapp/webhook/";

/// An appointment at 10:00 whose reminder was sent, and that message.
pub(crate) async fn reminded_setup() -> (ClinicSetup, String, SentMessage) {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    setup.run_job_at(DUE).await;
    let message = outbox(&setup).remove(0);
    (setup, appointment, message)
}

pub(crate) fn outbox(setup: &ClinicSetup) -> Vec<SentMessage> {
    setup.app.outbox().unwrap()
}

pub(crate) fn last_message(setup: &ClinicSetup) -> String {
    outbox(setup).pop().unwrap().body.unwrap()
}

pub(crate) async fn appointment_status(setup: &ClinicSetup, appointment: &str) -> String {
    text(&setup.appointment(appointment).await, "status")
}

pub(crate) async fn patient_says(setup: &ClinicSetup, words: &str) {
    setup.patient_writes(words).await.expect_status(200).unwrap();
}

/// The payload of a button of an appointment's reminder.
pub(crate) async fn button_payload(setup: &ClinicSetup, action: &str, appointment: &str) -> String {
    let row = setup.list(&format!("/api/notifications/?appointment={appointment}&kind=reminder")).await.remove(0);
    format!("{action}:{}", id(&row))
}

#[tokio::test]
async fn replies_are_answered_by_messages_and_not_by_twiml() {
    let (setup, _, _) = reminded_setup().await;
    for reply in [
        PatientReply { body: Some("confirmo".into()), ..ClinicSetup::patient_reply() },
        PatientReply { body: Some("¿mañana llueve?".into()), ..ClinicSetup::patient_reply() },
    ] {
        let answer = setup.app.patient_writes(&reply).await.unwrap().expect_status(200).unwrap();
        assert!(answer.header("content-type").starts_with("text/xml"));
        assert!(answer.body.as_str().unwrap().contains("<Response/>"));
    }
    assert_eq!(outbox(&setup).len(), 3);
}

#[tokio::test]
async fn a_button_performs_its_action() {
    for (action, wanted) in [("confirm", "CONFIRMED"), ("reschedule", "RESCHEDULED"), ("cancel", "CANCELLED")] {
        let (setup, appointment, message) = reminded_setup().await;
        let payload = button_payload(&setup, action, &appointment).await;
        setup.patient_presses(&payload, &message.sid).await.expect_status(200).unwrap();
        assert_eq!(appointment_status(&setup, &appointment).await, wanted);
        let row = setup.list(&format!("/api/appointments/{appointment}/actions/")).await.pop().unwrap();
        assert_eq!((text(&row["actor"], "type"), text(&row["actor"], "id")), ("patient".into(), setup.patient.clone()));
        assert_eq!(text(&row, "channel"), "whatsapp");
        let trail = setup.list(&format!("/api/audit/?object_id={appointment}")).await;
        assert_eq!((trail.len(), text(&trail[0], "actor_type")), (2, "patient".into()));
    }
}

#[tokio::test]
async fn a_repeated_message_has_one_effect() {
    let (setup, appointment, _) = reminded_setup().await;
    let reply = PatientReply { body: Some("Reprogramar".into()), ..ClinicSetup::patient_reply() };
    let (form, _) = setup.app.twilio().unwrap().inbound_form(&reply);
    for answer in join_all((0..10).map(|_| setup.app.post_signed(WEBHOOK, &form))).await {
        answer.unwrap().expect_status(200).unwrap();
    }
    setup.app.post_signed(WEBHOOK, &form).await.unwrap().expect_status(200).unwrap();
    setup.app.system.run_reminders().await.unwrap();
    assert_eq!(setup.list(&format!("/api/appointments/{appointment}/actions/")).await.len(), 2);
    assert_eq!(outbox(&setup).len(), 2, "the reminder and one answer");
}

#[tokio::test]
async fn a_forged_message_changes_nothing() {
    let (setup, appointment, _) = reminded_setup().await;
    let reply = PatientReply { body: Some("Confirmo".into()), ..ClinicSetup::patient_reply() };
    let (form, _) = setup.app.twilio().unwrap().inbound_form(&reply);
    let twilio = setup.app.twilio().unwrap();
    let good = twilio.sign(&format!("{PUBLIC_URL}{WEBHOOK}"), &form);
    let elsewhere = twilio.sign(&format!("https://evil.example{WEBHOOK}"), &form);
    let mut changed = form.clone();
    for (_, value) in changed.iter_mut().filter(|(name, _)| name == "Body") {
        *value = "Cancelar".into();
    }
    for (form, signature) in [(&form, ""), (&form, "AAAA"), (&form, &elsewhere), (&changed, &good)] {
        let refused = setup.app.form(WEBHOOK, form, signature).await.unwrap().expect_status(403).unwrap();
        assert_eq!(
            (refused.code(), refused.header("content-type")),
            ("permission_denied".into(), "application/problem+json".into())
        );
    }
    setup.app.system.run_reminders().await.unwrap();
    assert_eq!((appointment_status(&setup, &appointment).await.as_str(), outbox(&setup).len()), ("PENDING", 1));
}

#[tokio::test]
async fn an_unclear_message_gets_one_prompt_then_the_clinic_takes_over() {
    let (setup, appointment, _) = reminded_setup().await;
    patient_says(&setup, "quizás vaya, no sé").await;
    assert!(last_message(&setup).contains("Responda 1 Confirmar, 2 Reprogramar o 3 Cancelar"));
    patient_says(&setup, "depende del tráfico").await;
    assert!(last_message(&setup).contains("Una persona de la clínica"));
    assert_eq!(outbox(&setup).len(), 3);
    for words in ["¿hola?", "hay alguien?"] {
        patient_says(&setup, words).await;
    }
    assert_eq!(outbox(&setup).len(), 3, "no more automatic answers");
    assert_eq!(appointment_status(&setup, &appointment).await, "PENDING");
    patient_says(&setup, "confirmo").await;
    assert_eq!(appointment_status(&setup, &appointment).await, "CONFIRMED", "a clear message still has its effect");
}

#[tokio::test]
async fn baja_and_alta_have_priority_over_an_open_prompt() {
    let (setup, appointment, _) = reminded_setup().await;
    let family = setup.add_patient("Tomás", "50111222", PHONE).await;
    let wants = async |patient: &str| {
        setup.operator().await.get(&format!("/api/patients/{patient}/")).await.unwrap().body["whatsapp_opt_in"].clone()
    };
    patient_says(&setup, "Cancelar").await;
    patient_says(&setup, "BAJA").await;
    assert!(last_message(&setup).contains("ALTA"));
    assert_eq!((wants(&setup.patient).await, wants(&family).await), (json!(false), json!(false)), "the number's");
    assert_eq!(appointment_status(&setup, &appointment).await, "PENDING", "no answer to an open question");
    let later = setup.book("12:00").await;
    assert_eq!(later["reminder"]["status"], "cancelled");
    let trail = setup.list(&format!("/api/audit/?object_id={}", setup.patient)).await;
    let changed = trail.iter().find(|row| row["action"] == "UPDATE").unwrap();
    assert_eq!(text(changed, "actor_type"), "patient");

    patient_says(&setup, "alta").await;
    assert!(last_message(&setup).contains("BAJA"));
    assert_eq!((wants(&setup.patient).await, wants(&family).await), (json!(true), json!(true)));
    let row = setup.operator().await.get(&format!("/api/patients/{}/", setup.patient)).await.unwrap();
    assert_eq!(row.text("whatsapp_opt_in_at"), "2025-12-13T12:00:00Z");
}

#[tokio::test]
async fn a_patient_without_a_reminder_can_opt_out_too() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    patient_says(&setup, "STOP").await;
    assert!(last_message(&setup).starts_with("No le enviaremos más mensajes"));
    setup.run_job_at(DUE).await;
    let row = setup.list(&format!("/api/notifications/?appointment={appointment}&kind=reminder")).await.remove(0);
    assert_eq!((text(&row, "status"), outbox(&setup).len()), ("cancelled".into(), 1));
}

#[tokio::test]
async fn a_confirmed_appointment_can_be_confirmed_again() {
    let (setup, appointment, message) = reminded_setup().await;
    let payload = button_payload(&setup, "confirm", &appointment).await;
    for _ in 0..2 {
        setup.patient_presses(&payload, &message.sid).await.expect_status(200).unwrap();
        assert!(last_message(&setup).contains("está confirmada"));
    }
    assert_eq!(setup.list(&format!("/api/appointments/{appointment}/actions/")).await.len(), 2);
}

#[tokio::test]
async fn an_answer_comes_in_the_patients_language() {
    let setup = ClinicSetup::new().await;
    let path = format!("/api/patients/{}/", setup.patient);
    let speaks = json!({ "language": "pt" });
    setup.operator().await.patch(&path, &speaks).await.unwrap().expect_status(200).unwrap();
    let appointment = id(&setup.book("10:00").await);
    setup.run_job_at(DUE).await;
    assert!(last_message(&setup).starts_with("Olá Lucía, lembramos"));
    patient_says(&setup, "confirmo").await;
    assert!(last_message(&setup).starts_with("Obrigado! Sua consulta"));
    assert_eq!(appointment_status(&setup, &appointment).await, "CONFIRMED");
}
