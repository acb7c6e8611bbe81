//! Does what a patient writes do what they meant, once, and nothing else? When in doubt the robot
//! asks; then a person answers.

use crate::world::{PHONE, World, id, text};
use futures_util::future::join_all;
use local::fake_twilio::{PatientReply, SentMessage};
use serde_json::json;
use testkit::test_app::PUBLIC_URL;

pub(crate) const DUE: &str = "2025-12-13T09:00:00-03:00";
const WEBHOOK: &str = "/api/notifications/whatsapp/webhook/";

/// An appointment at 10:00 of which the patient was reminded, and the reminder.
pub(crate) async fn reminded() -> (World, String, SentMessage) {
    let world = World::new().await;
    let appointment = id(&world.book("10:00").await);
    world.tick(DUE).await;
    let message = outbox(&world).remove(0);
    (world, appointment, message)
}

pub(crate) fn outbox(world: &World) -> Vec<SentMessage> {
    world.app.outbox().unwrap()
}

pub(crate) fn last_words(world: &World) -> String {
    outbox(world).pop().unwrap().body.unwrap()
}

pub(crate) async fn status(world: &World, appointment: &str) -> String {
    text(&world.appointment(appointment).await, "status")
}

pub(crate) async fn says(world: &World, words: &str) {
    world.writes(words).await.expect_status(200).unwrap();
}

/// The payload of a button under an appointment's reminder.
pub(crate) async fn button(world: &World, action: &str, appointment: &str) -> String {
    let row = world.list(&format!("/api/notifications/?appointment={appointment}&kind=reminder")).await.remove(0);
    format!("{action}:{}", id(&row))
}

#[tokio::test]
async fn patients_are_answered_by_messages_that_are_tracked() {
    let (world, _, _) = reminded().await;
    for reply in [
        PatientReply { body: Some("confirmo".into()), ..world.reply() },
        PatientReply { body: Some("¿mañana llueve?".into()), ..world.reply() },
    ] {
        let answer = world.app.patient_writes(&reply).await.unwrap().expect_status(200).unwrap();
        assert!(answer.header("content-type").starts_with("text/xml"));
        assert!(answer.body.as_str().unwrap().contains("<Response/>"));
    }
    assert_eq!(outbox(&world).len(), 3);
}

#[tokio::test]
async fn a_button_does_what_it_says_at_once() {
    for (action, wanted) in [("confirm", "CONFIRMED"), ("reschedule", "RESCHEDULED"), ("cancel", "CANCELLED")] {
        let (world, appointment, message) = reminded().await;
        let payload = button(&world, action, &appointment).await;
        world.presses(&payload, &message.sid).await.expect_status(200).unwrap();
        assert_eq!(status(&world, &appointment).await, wanted);
        let row = world.list(&format!("/api/appointments/{appointment}/actions/")).await.pop().unwrap();
        assert_eq!((text(&row["actor"], "type"), text(&row["actor"], "id")), ("patient".into(), world.patient.clone()));
        assert_eq!(text(&row, "channel"), "whatsapp");
        let trail = world.list(&format!("/api/audit/?object_id={appointment}")).await;
        assert_eq!((trail.len(), text(&trail[0], "actor_type")), (2, "patient".into()));
    }
}

#[tokio::test]
async fn a_message_that_comes_twice_counts_once() {
    let (world, appointment, _) = reminded().await;
    let reply = PatientReply { body: Some("Reprogramar".into()), ..world.reply() };
    let (form, _) = world.app.twilio().unwrap().inbound_form(&reply);
    for answer in join_all((0..10).map(|_| world.app.signed(WEBHOOK, &form))).await {
        answer.unwrap().expect_status(200).unwrap();
    }
    world.app.signed(WEBHOOK, &form).await.unwrap().expect_status(200).unwrap();
    world.app.system.run_reminders().await.unwrap();
    assert_eq!(world.list(&format!("/api/appointments/{appointment}/actions/")).await.len(), 2);
    assert_eq!(outbox(&world).len(), 2, "the reminder and one answer");
}

#[tokio::test]
async fn a_forged_message_changes_nothing() {
    let (world, appointment, _) = reminded().await;
    let reply = PatientReply { body: Some("Confirmo".into()), ..world.reply() };
    let (form, _) = world.app.twilio().unwrap().inbound_form(&reply);
    let twilio = world.app.twilio().unwrap();
    let good = twilio.sign(&format!("{PUBLIC_URL}{WEBHOOK}"), &form);
    let elsewhere = twilio.sign(&format!("https://evil.example{WEBHOOK}"), &form);
    let mut changed = form.clone();
    for (_, value) in changed.iter_mut().filter(|(name, _)| name == "Body") {
        *value = "Cancelar".into();
    }
    for (form, signature) in [(&form, ""), (&form, "AAAA"), (&form, &elsewhere), (&changed, &good)] {
        let refused = world.app.form(WEBHOOK, form, signature).await.unwrap().expect_status(403).unwrap();
        assert_eq!(
            (refused.code(), refused.header("content-type")),
            ("permission_denied".into(), "application/problem+json".into())
        );
    }
    world.app.system.run_reminders().await.unwrap();
    assert_eq!((status(&world, &appointment).await.as_str(), outbox(&world).len()), ("PENDING", 1));
}

#[tokio::test]
async fn what_is_unclear_is_asked_once_then_handed_over_then_left_alone() {
    let (world, appointment, _) = reminded().await;
    says(&world, "quizás vaya, no sé").await;
    assert!(last_words(&world).contains("Responda 1 Confirmar, 2 Reprogramar o 3 Cancelar"));
    says(&world, "depende del tráfico").await;
    assert!(last_words(&world).contains("Una persona de la clínica"));
    assert_eq!(outbox(&world).len(), 3);
    for words in ["¿hola?", "hay alguien?"] {
        says(&world, words).await;
    }
    assert_eq!(outbox(&world).len(), 3, "a person has it now");
    assert_eq!(status(&world, &appointment).await, "PENDING");
    says(&world, "confirmo").await;
    assert_eq!(status(&world, &appointment).await, "CONFIRMED", "what is clear is still done");
}

#[tokio::test]
async fn baja_and_alta_come_before_everything() {
    let (world, appointment, _) = reminded().await;
    let family = world.add_patient("Tomás", "50111222", PHONE).await;
    let wants = async |patient: &str| {
        world.operator().await.get(&format!("/api/patients/{patient}/")).await.unwrap().body["whatsapp_opt_in"].clone()
    };
    says(&world, "Cancelar").await;
    says(&world, "BAJA").await;
    assert!(last_words(&world).contains("ALTA"));
    assert_eq!((wants(&world.patient).await, wants(&family).await), (json!(false), json!(false)), "the number's");
    assert_eq!(status(&world, &appointment).await, "PENDING", "no answer to an open question");
    let later = world.book("12:00").await;
    assert_eq!(later["reminder"]["status"], "cancelled");
    let trail = world.list(&format!("/api/audit/?object_id={}", world.patient)).await;
    let changed = trail.iter().find(|row| row["action"] == "UPDATE").unwrap();
    assert_eq!(text(changed, "actor_type"), "patient");

    says(&world, "alta").await;
    assert!(last_words(&world).contains("BAJA"));
    assert_eq!((wants(&world.patient).await, wants(&family).await), (json!(true), json!(true)));
    let row = world.operator().await.get(&format!("/api/patients/{}/", world.patient)).await.unwrap();
    assert_eq!(row.text("whatsapp_opt_in_at"), "2025-12-13T12:00:00Z");
}

#[tokio::test]
async fn who_was_never_reminded_can_opt_out_too() {
    let world = World::new().await;
    let appointment = id(&world.book("10:00").await);
    says(&world, "STOP").await;
    assert!(last_words(&world).starts_with("No le enviaremos más mensajes"));
    world.tick(DUE).await;
    let row = world.list(&format!("/api/notifications/?appointment={appointment}&kind=reminder")).await.remove(0);
    assert_eq!((text(&row, "status"), outbox(&world).len()), ("cancelled".into(), 1));
}

#[tokio::test]
async fn a_confirmed_appointment_can_be_confirmed_again() {
    let (world, appointment, message) = reminded().await;
    let payload = button(&world, "confirm", &appointment).await;
    for _ in 0..2 {
        world.presses(&payload, &message.sid).await.expect_status(200).unwrap();
        assert!(last_words(&world).contains("está confirmada"));
    }
    assert_eq!(world.list(&format!("/api/appointments/{appointment}/actions/")).await.len(), 2);
}

#[tokio::test]
async fn an_answer_comes_in_the_patients_language() {
    let world = World::new().await;
    let path = format!("/api/patients/{}/", world.patient);
    let speaks = json!({ "language": "pt" });
    world.operator().await.patch(&path, &speaks).await.unwrap().expect_status(200).unwrap();
    let appointment = id(&world.book("10:00").await);
    world.tick(DUE).await;
    assert!(last_words(&world).starts_with("Olá Lucía, lembramos"));
    says(&world, "confirmo").await;
    assert!(last_words(&world).starts_with("Obrigado! Sua consulta"));
    assert_eq!(status(&world, &appointment).await, "CONFIRMED");
}
