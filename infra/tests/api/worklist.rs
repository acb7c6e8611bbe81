//! Tests of inbound messages in the worklist: their fields, marking them as done, and the conversation around them.

use crate::clinic_setup::{ClinicSetup, PHONE, id, on_the_day, text};
use crate::replies::{appointment_status, outbox, patient_says, reminded_setup};
use domain::user::Role;
use local::fake_twilio::PatientReply;
use serde_json::{Value, json};

const LIST: &str = "/api/notifications/inbound/";

#[tokio::test]
async fn a_message_is_shown_unchanged_with_its_outcome() {
    let (setup, appointment, _) = reminded_setup().await;
    patient_says(&setup, " Sí, confirmo ").await;
    let row = setup.list(LIST).await.remove(0);
    let members: Vec<&str> = row.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        members,
        [
            "appointment",
            "attention",
            "body",
            "button_payload",
            "from",
            "id",
            "intent",
            "media",
            "message_sid",
            "needs_attention",
            "outcome",
            "patients",
            "received_at",
            "version"
        ]
    );
    assert_eq!(row["from"], PHONE);
    assert_eq!(row["body"], " Sí, confirmo ");
    assert_eq!((text(&row, "intent"), text(&row, "outcome")), ("confirm".into(), "confirmed".into()));
    assert_eq!((text(&row, "appointment"), row["needs_attention"].clone()), (appointment, Value::Bool(false)));
    assert_eq!(text(&row, "received_at"), "2025-12-13T09:00:00-03:00", "by the clinic's clock");
    assert_eq!(appointment_status(&setup, &text(&row, "appointment")).await, "CONFIRMED");
}

#[tokio::test]
async fn a_message_that_needs_attention_is_listed_until_it_is_done() {
    let (setup, _, _) = reminded_setup().await;
    patient_says(&setup, "quizás vaya, no sé").await;
    patient_says(&setup, "depende del tráfico").await;
    let left = setup.list(&format!("{LIST}?needs_attention=true")).await;
    assert_eq!((left.len(), text(&left[0], "body")), (1, "depende del tráfico".into()));
    assert_eq!(setup.list(&format!("{LIST}?needs_attention=false")).await.len(), 1);
    let path = format!("{LIST}{}/", id(&left[0]));
    let operator = setup.operator().await;
    let seen = json!({ "needs_attention": false });
    operator
        .clone()
        .header("if-match", "\"1\"")
        .unwrap()
        .patch(&path, &seen)
        .await
        .unwrap()
        .expect_status(412)
        .unwrap();
    let after = operator.patch(&path, &seen).await.unwrap().expect_status(200).unwrap();
    assert_eq!(after.body["needs_attention"], false);
    assert_eq!(after.header("etag"), format!("\"{}\"", after.body["version"]));
    assert!(setup.list(&format!("{LIST}?needs_attention=true")).await.is_empty());
    let trail = setup.list(&format!("/api/audit/?object_id={}", id(&left[0]))).await;
    assert_eq!(trail[0]["changes"]["needs_attention"], json!({ "old": "true", "new": "false" }));
    // An empty PATCH changes nothing.
    for (body, code) in [(json!({}), 200), (json!({ "needs_attention": "no" }), 400), (json!({ "body": "x" }), 400)] {
        operator.patch(&path, &body).await.unwrap().expect_status(code).unwrap();
    }
}

#[tokio::test]
async fn a_message_is_shown_with_its_conversation() {
    let (setup, appointment, _) = reminded_setup().await;
    for words in ["¿?", "Reprogramar", "7"] {
        patient_says(&setup, words).await;
    }
    let last = setup.list(LIST).await.remove(0);
    assert_eq!(text(&last, "body"), "7");
    let path = format!("{LIST}{}/", id(&last));
    let detail = setup.operator().await.get(&path).await.unwrap().expect_status(200).unwrap().body;
    let thread = detail["thread"].as_array().unwrap();
    let directions: Vec<String> = thread.iter().map(|line| text(line, "direction")).collect();
    assert_eq!(directions.iter().filter(|direction| *direction == "in").count(), 3);
    assert_eq!(directions.iter().filter(|direction| *direction == "out").count(), outbox(&setup).len());
    assert_eq!(directions[0], "out", "it began with our reminder");
    let said: Vec<String> = outbox(&setup).iter().map(|message| message.body.clone().unwrap()).collect();
    for line in thread.iter().filter(|line| text(line, "direction") == "out") {
        assert!(said.contains(&text(line, "text")) && text(line, "status") == "sent", "{line}");
    }
    assert_eq!(text(&detail, "appointment"), appointment);
}

/// Whom a message may be from: the patients whose number it is. The identified one comes first.
#[tokio::test]
async fn a_message_names_the_patients_of_its_number() {
    let (setup, _, _) = reminded_setup().await;
    let tomas = setup.add_patient("Tomás", "50111222", PHONE).await;
    patient_says(&setup, "Confirmo").await;
    let stranger =
        PatientReply { from: "+5511987650000".into(), body: Some("oi".into()), ..ClinicSetup::patient_reply() };
    setup.app.patient_writes(&stranger).await.unwrap();
    let both = json!([{ "id": setup.patient, "name": "Lucía Fernández" }, { "id": tomas, "name": "Tomás Fernández" }]);
    let rows = setup.list(LIST).await;
    let named = |body: &str| rows.iter().find(|row| text(row, "body") == body).unwrap()["patients"].clone();
    assert_eq!((named("Confirmo"), named("oi")), (both.clone(), json!([])));
    let path = format!("{LIST}{}/", id(rows.iter().find(|row| text(row, "body") == "Confirmo").unwrap()));
    let operator = setup.operator().await;
    let detail = operator.get(&path).await.unwrap().expect_status(200).unwrap().body;
    let edited = operator.patch(&path, &json!({ "needs_attention": true })).await.unwrap().expect_status(200).unwrap();
    assert_eq!((&detail["patients"], &edited.body["patients"]), (&both, &both));
    let oi = format!("{LIST}{}/link/", id(rows.iter().find(|row| text(row, "body") == "oi").unwrap()));
    let linked = operator.post(&oi, &json!({ "patient": tomas })).await.unwrap().expect_status(200).unwrap();
    assert_eq!(linked.body["patients"], json!([{ "id": tomas, "name": "Tomás Fernández" }]));
    // Nobody else is named in a patient's export.
    let export = setup.admin().await.get(&format!("/api/patients/{}/export/", setup.patient)).await.unwrap();
    let export = export.expect_status(200).unwrap().body;
    assert_eq!(export["inbound"].as_array().unwrap().len(), 1);
    assert!(!export["inbound"].to_string().contains("Tomás") && !export["inbound"].to_string().contains(&tomas));
}

#[tokio::test]
async fn messages_of_another_clinic_are_hidden() {
    let (setup, _, _) = reminded_setup().await;
    patient_says(&setup, "Confirmo").await;
    let elsewhere = setup.add_clinic("Norte").await;
    setup.app.add_user("norte@example.com", Role::Operator, &[&elsewhere]).await.unwrap();
    let row = setup.list(LIST).await.remove(0);
    let client = setup.app.sign_in("norte@example.com").await.unwrap();
    assert!(client.get(LIST).await.unwrap().results().is_empty());
    let path = format!("{LIST}{}/", id(&row));
    client.get(&path).await.unwrap().expect_status(404).unwrap();
    client.patch(&path, &json!({ "needs_attention": true })).await.unwrap().expect_status(404).unwrap();
}

#[tokio::test]
async fn a_conversation_hides_messages_of_other_clinics() {
    let (setup, _, _) = reminded_setup().await;
    patient_says(&setup, "Confirmo").await;
    let elsewhere = setup.add_clinic("Norte").await;
    let room = setup.add_room(&elsewhere, "Sala 9").await;
    let doctor = setup.add_doctor("Berta", "Paz").await;
    setup.add_window(&doctor, &room, "2025-12-15", "15:00", "18:00").await;
    let booking = json!({ "patient": setup.patient, "doctor": doctor, "start_datetime": on_the_day("16:00") });
    setup.try_book(booking).await.expect_status(201).unwrap();
    setup.run_job_at("2025-12-13T11:00:00-03:00").await;
    patient_says(&setup, "¿dónde queda?").await;
    setup.app.add_user("norte@example.com", Role::Operator, &[&elsewhere]).await.unwrap();
    let client = setup.app.sign_in("norte@example.com").await.unwrap();
    let rows = client.get(LIST).await.unwrap().results();
    for row in &rows {
        let detail = client.get(&format!("{LIST}{}/", id(row))).await.unwrap().expect_status(200).unwrap().body;
        for line in detail["thread"].as_array().unwrap() {
            assert!(!text(line, "text").contains("Centro") && text(line, "text") != "Confirmo", "{line}");
        }
    }
    assert!(!rows.is_empty());
}
