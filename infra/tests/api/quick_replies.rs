//! Tests of quick replies: the texts of a clinic, and how they are filled in for a message from a patient.

use crate::clinic_setup::{ClinicSetup, PHONE, id};
use crate::replies::{patient_says, reminded_setup};
use local::fake_twilio::PatientReply;
use serde_json::{Value, json};
use testkit::test_app::TestResponse;

const FASTING: &str = "Hola {name}, venga en ayunas el {date} a las {time}.";

fn clinic(setup: &ClinicSetup) -> String {
    format!("/api/clinics/clinics/{}/", setup.clinic)
}

async fn set(setup: &ClinicSetup, replies: &Value) -> TestResponse {
    setup.admin().await.patch(&clinic(setup), &json!({ "quick_replies": replies })).await.unwrap()
}

fn reply(shortcut: &str, es: &str) -> Value {
    json!({ "shortcut": shortcut, "es": es, "pt": null, "en": null })
}

#[tokio::test]
async fn quick_replies_are_kept_until_they_are_replaced() {
    let setup = ClinicSetup::new().await;
    let admin = setup.admin().await;
    assert_eq!(admin.get(&clinic(&setup)).await.unwrap().body["quick_replies"], json!([]));
    let replies =
        json!([reply("ayuno", FASTING), { "shortcut": "Dirección", "es": null, "pt": "Rua 1", "en": "1 Rd" }]);
    let changed = set(&setup, &replies).await.expect_status(200).unwrap();
    assert_eq!(changed.body["quick_replies"], replies);
    let renamed = admin.patch(&clinic(&setup), &json!({ "name": "Sur" })).await.unwrap().expect_status(200).unwrap();
    assert_eq!(renamed.body["quick_replies"], replies, "a PATCH of something else leaves them");
    assert_eq!(setup.operator().await.get(&clinic(&setup)).await.unwrap().body["quick_replies"], replies);
    let trail = setup.list(&format!("/api/audit/?object_id={}", setup.clinic)).await;
    let changes = trail.iter().map(|row| &row["changes"]["quick_replies"]["new"]).find(|new| !new.is_null()).unwrap();
    assert!(!changes.to_string().contains("ayunas"), "the trail needs no texts: {changes}");
    let body = json!({ "name": "Sur", "timezone": "America/Argentina/Buenos_Aires" });
    let replaced = admin.put(&clinic(&setup), &body).await.unwrap().expect_status(200).unwrap();
    assert_eq!(replaced.body["quick_replies"], json!([]), "a PUT replaces them");
}

/// The error names the entry and its member.
#[tokio::test]
async fn a_quick_reply_that_does_not_fit_is_refused() {
    let setup = ClinicSetup::new().await;
    let many = |count: usize| Value::from_iter((0..count).map(|number| reply(&format!("r{number}"), "Sí.")));
    for (replies, field) in [
        (json!([reply("a", &"x".repeat(1001))]), "quick_replies.0.es"),
        (json!([reply(&"x".repeat(21), "Sí.")]), "quick_replies.0.shortcut"),
        (json!([reply("a", "Sí."), { "shortcut": "b", "pt": "Seu {diagnosis}" }]), "quick_replies.1.pt"),
        (json!([{ "shortcut": "a" }]), "quick_replies.0.es"),
        (json!([{ "es": "Sí." }]), "quick_replies.0.shortcut"),
        (json!([{ "shortcut": "a", "es": "Sí.", "fr": "Oui." }]), "quick_replies.0.fr"),
        (json!([reply("Ayuno", "Sí."), reply("ayuno", "No.")]), "quick_replies"),
        (many(31), "quick_replies"),
        (json!(["a"]), "quick_replies"),
        (json!("a"), "quick_replies"),
    ] {
        let refused = set(&setup, &replies).await.expect_status(400).unwrap();
        let errors = refused.body["errors"].as_object().unwrap();
        assert_eq!(errors.keys().collect::<Vec<_>>(), [field], "{replies}");
        let body = json!({ "name": "Sur", "timezone": "America/Bogota", "quick_replies": replies });
        let refused = setup.admin().await.post("/api/clinics/clinics/", &body).await.unwrap();
        assert!(refused.expect_status(400).unwrap().body["errors"][field].is_array());
    }
    for replies in [
        json!([reply("a", &"x".repeat(1000))]),
        json!([reply(&"x".repeat(20), "Sí.")]),
        json!([reply("ayuno", "Sí."), reply("ayunos", "No.")]),
        json!([reply("a", "{name} {date} {time} {doctor} {clinic} {phone}")]),
        many(30),
    ] {
        set(&setup, &replies).await.expect_status(200).unwrap();
    }
}

/// The list of a message; each row as (shortcut, text).
async fn filled(setup: &ClinicSetup, from: &str) -> Vec<(String, String)> {
    let messages = setup.list("/api/notifications/inbound/").await;
    let message = id(messages.iter().find(|row| row["from"] == from).unwrap());
    let path = format!("/api/notifications/inbound/{message}/quick-replies/");
    let answer = setup.operator().await.get(&path).await.unwrap().expect_status(200).unwrap();
    assert_eq!((&answer.body["next"], &answer.body["previous"]), (&Value::Null, &Value::Null));
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    answer.results().iter().map(|row| (text(row, "shortcut"), text(row, "text"))).collect()
}

#[tokio::test]
async fn the_variables_are_filled_from_the_appointment_in_the_language_of_the_patient() {
    let (setup, _, _) = reminded_setup().await;
    let replies = json!([
        { "shortcut": "ayuno", "es": FASTING, "pt": "Olá {name}, venha em jejum em {date}.", "en": null },
        reply("llamar", "Llame al {phone}."),
        reply("quién", "Con {doctor} en {clinic}."),
    ]);
    set(&setup, &replies).await.expect_status(200).unwrap();
    patient_says(&setup, "¿puedo ir con mi hijo?").await;
    let who = ("quién".to_owned(), "Con Alicia Mora en Centro.".to_owned());
    let fasting = |text: &str| ("ayuno".to_owned(), text.to_owned());
    let es = fasting("Hola Lucía, venga en ayunas el lunes 15 de diciembre a las 10:00.");
    assert_eq!(filled(&setup, PHONE).await, [es.clone(), who.clone()], "the clinic has no number");
    let admin = setup.admin().await;
    admin.patch(&clinic(&setup), &json!({ "phone_number": "+541145550100" })).await.unwrap();
    let call = ("llamar".to_owned(), "Llame al +541145550100.".to_owned());
    assert_eq!(filled(&setup, PHONE).await, [es, call.clone(), who.clone()]);
    let patient = format!("/api/patients/{}/", setup.patient);
    let pt = fasting("Olá Lucía, venha em jejum em segunda-feira 15 de dezembro.");
    let en = fasting("Hola Lucía, venga en ayunas el lunes 15 de diciembre a las 10:00.");
    for (language, expected) in [("pt", pt), ("en", en)] {
        admin.patch(&patient, &json!({ "language": language })).await.unwrap().expect_status(200).unwrap();
        assert_eq!(filled(&setup, PHONE).await, [expected, call.clone(), who.clone()], "{language}");
    }
}

/// Whom nobody can answer needs no text.
#[tokio::test]
async fn a_stranger_gets_no_quick_reply() {
    let setup = ClinicSetup::new().await;
    set(&setup, &json!([reply("sí", "Sí.")])).await.expect_status(200).unwrap();
    let stranger =
        PatientReply { from: "+5511987650000".into(), body: Some("oi".into()), ..ClinicSetup::patient_reply() };
    setup.app.patient_writes(&stranger).await.unwrap();
    assert_eq!(filled(&setup, "+5511987650000").await, []);
}
