//! Tests of linking the number of an inbound message to a patient.

use crate::clinic_setup::{ClinicSetup, PHONE, id, text};
use crate::replies::{last_message, outbox, patient_says, reminded_setup};
use domain::user::Role;
use local::fake_twilio::PatientReply;
use serde_json::{Value, json};
use testkit::test_app::TestResponse;

const INBOUND: &str = "/api/notifications/inbound/";
const NEW_PHONE: &str = "+573001234567";

async fn writes(setup: &ClinicSetup, from: &str, words: &str) -> Value {
    let reply = PatientReply { from: from.into(), body: Some(words.into()), ..ClinicSetup::patient_reply() };
    setup.app.patient_writes(&reply).await.unwrap().expect_status(200).unwrap();
    let rows = setup.list(&format!("{INBOUND}?page_size=200")).await;
    rows.into_iter().find(|row| text(row, "body") == words).unwrap()
}

async fn link(setup: &ClinicSetup, message: &Value, patient: &str) -> TestResponse {
    let path = format!("{INBOUND}{}/link/", id(message));
    setup.operator().await.post(&path, &json!({ "patient": patient })).await.unwrap()
}

async fn patient(setup: &ClinicSetup) -> Value {
    let path = format!("/api/patients/{}/", setup.patient);
    setup.operator().await.get(&path).await.unwrap().expect_status(200).unwrap().body
}

async fn contacts(setup: &ClinicSetup) -> Vec<Value> {
    setup.list(&format!("/api/patients/{}/contacts/", setup.patient)).await
}

async fn waiting(setup: &ClinicSetup) -> usize {
    setup.list(&format!("{INBOUND}?needs_attention=true")).await.len()
}

#[tokio::test]
async fn a_linked_number_is_the_patients_with_what_it_wrote_before() {
    let (setup, appointment, _) = reminded_setup().await;
    let mut first = Value::Null;
    for words in ["hola, soy Lucía", "este es mi número nuevo", "quiero cambiar la cita"] {
        first = writes(&setup, NEW_PHONE, words).await;
        assert_eq!(
            (text(&first, "outcome"), text(&first["attention"], "kind")),
            ("stranger".into(), "new_contact".into())
        );
    }
    assert_eq!(waiting(&setup).await, 3);
    let done = link(&setup, &first, &setup.patient).await.expect_status(200).unwrap();
    assert_eq!((done.body["needs_attention"].clone(), text(&done.body, "id")), (json!(false), id(&first)));
    assert_eq!(done.header("etag"), format!("\"{}\"", done.body["version"]));

    assert_eq!(waiting(&setup).await, 0, "nobody has to look at them any more");
    let own = setup.list(&format!("{INBOUND}?patient={}", setup.patient)).await;
    assert_eq!(own.len(), 3, "all that the number wrote");
    assert_eq!(patient(&setup).await["phone_number"], NEW_PHONE);
    let kept = contacts(&setup).await;
    assert_eq!((kept.len(), text(&kept[0], "phone_number")), (1, PHONE.into()), "no number is lost");
    assert_eq!(
        (text(&kept[0], "relationship"), kept[0]["receives_notifications"].clone()),
        ("número anterior".into(), json!(false))
    );
    let trail = setup.list(&format!("/api/audit/?object_id={}", setup.patient)).await;
    let update = trail.iter().find(|row| row["action"] == "UPDATE").unwrap();
    assert!(update["changes"]["phone_number"].is_object() && !update.to_string().contains("3001234567"), "{update}");
    let trail = setup.list(&format!("/api/audit/?object_id={}", id(&first))).await;
    assert_eq!(trail[0]["changes"]["patient"], json!({ "old": null, "new": setup.patient }));

    // Now it is the number of a patient, and the next reminder goes to it.
    let next = writes(&setup, NEW_PHONE, "gracias!").await;
    assert_ne!(text(&next, "outcome"), "stranger");
    let send = format!("/api/notifications/whatsapp/send/{appointment}/");
    setup.operator().await.post(&send, &json!({ "force": true })).await.unwrap().expect_status(200).unwrap();
    assert_eq!(outbox(&setup).last().unwrap().to, format!("whatsapp:{NEW_PHONE}"));
}

#[tokio::test]
async fn a_repeated_request_changes_nothing_more() {
    let setup = ClinicSetup::new().await;
    let message = writes(&setup, NEW_PHONE, "hola").await;
    let path = format!("{INBOUND}{}/link/", id(&message));
    let body = json!({ "patient": setup.patient });
    let client = setup.operator().await.header("idempotency-key", "link-1").unwrap();
    let first = client.clone().post(&path, &body).await.unwrap().expect_status(200).unwrap();
    let second = client.post(&path, &body).await.unwrap().expect_status(200).unwrap();
    assert_eq!((second.header("idempotency-replayed").as_str(), &second.body), ("true", &first.body));
    // Without a key it is another request, which finds everything done.
    let before = patient(&setup).await;
    let third = link(&setup, &message, &setup.patient).await.expect_status(200).unwrap();
    assert_eq!((third.body, patient(&setup).await, contacts(&setup).await.len()), (first.body, before, 1));
}

#[tokio::test]
async fn a_number_that_counts_as_the_patients_stays_where_it_is() {
    let setup = ClinicSetup::new().await;
    let mother = json!({ "name": "Marta", "phone_number": NEW_PHONE, "receives_notifications": true });
    let message = writes(&setup, NEW_PHONE, "hola").await;
    setup.create(&format!("/api/patients/{}/contacts/", setup.patient), &mother).await;
    link(&setup, &message, &setup.patient).await.expect_status(200).unwrap();
    assert_eq!((patient(&setup).await["phone_number"].clone(), contacts(&setup).await.len()), (json!(PHONE), 1));
    assert_eq!(waiting(&setup).await, 0);
    assert_eq!(setup.list(&format!("{INBOUND}?patient={}", setup.patient)).await.len(), 1);
}

#[tokio::test]
async fn what_cannot_be_linked_is_named() {
    let setup = ClinicSetup::new().await;
    let message = writes(&setup, NEW_PHONE, "hola").await;
    let hidden = writes(&setup, "MX.1502998877665544", "hola?").await;
    let gone = setup.add_patient("Ana", "77", "+12025550177").await;
    setup.operator().await.delete(&format!("/api/patients/{gone}/")).await.unwrap().expect_status(204).unwrap();
    let nobody = "019b2f3e-7a10-7cc1-9d7e-0242ac120002";
    for (message, patient, field) in
        [(&message, nobody, "patient"), (&message, gone.as_str(), "patient"), (&hidden, setup.patient.as_str(), "from")]
    {
        let refused = link(&setup, message, patient).await.expect_status(400).unwrap();
        assert!(refused.body["errors"][field].is_array(), "{}", refused.body);
    }
    for name in 0..10 {
        setup
            .create(&format!("/api/patients/{}/contacts/", setup.patient), &json!({ "name": format!("C{name}") }))
            .await;
    }
    let refused = link(&setup, &message, &setup.patient).await.expect_status(400).unwrap();
    assert!(refused.body["errors"]["contacts"].is_array(), "{}", refused.body);
    assert_eq!((patient(&setup).await["phone_number"].clone(), waiting(&setup).await), (json!(PHONE), 2));
}

#[tokio::test]
async fn a_number_is_dialled_as_its_country_does() {
    for (from, dialled) in [
        ("+5215512345678", "+525512345678"),
        ("+551187654321", "+5511987654321"),
        ("+5511987654321", "+5511987654321"),
        ("+5491123456789", "+5491123456789"),
    ] {
        let setup = ClinicSetup::new().await;
        let message = writes(&setup, from, "hola").await;
        link(&setup, &message, &setup.patient).await.expect_status(200).unwrap();
        assert_eq!(patient(&setup).await["phone_number"], dialled, "{from}");
        assert_ne!(text(&writes(&setup, from, "otra").await, "outcome"), "stranger", "{from} is known");
    }
}

#[tokio::test]
async fn an_emergency_stays_in_the_worklist() {
    let setup = ClinicSetup::new().await;
    let message = writes(&setup, NEW_PHONE, "hola").await;
    writes(&setup, NEW_PHONE, "me duele el pecho").await;
    link(&setup, &message, &setup.patient).await.expect_status(200).unwrap();
    let left = setup.list(&format!("{INBOUND}?needs_attention=true")).await;
    assert_eq!((left.len(), text(&left[0]["attention"], "kind")), (1, "emergency".into()));
    assert_eq!(setup.list(&format!("{INBOUND}?patient={}", setup.patient)).await.len(), 2);
}

#[tokio::test]
async fn a_message_about_an_appointment_stays_its_patients() {
    let (setup, _, _) = reminded_setup().await;
    patient_says(&setup, "Confirmo").await;
    assert!(last_message(&setup).contains("está confirmada"));
    let message = setup.list(INBOUND).await.remove(0);
    let child = setup.add_patient("Tomás", "50111222", "+12025550177").await;
    link(&setup, &message, &child).await.expect_status(200).unwrap();
    assert_eq!(setup.list(&format!("{INBOUND}?patient={}", setup.patient)).await.len(), 1);
    assert!(setup.list(&format!("{INBOUND}?patient={child}")).await.is_empty());
    let path = format!("/api/patients/{child}/");
    let after = setup.operator().await.get(&path).await.unwrap().body;
    assert_eq!(
        (text(&after, "phone_number"), patient(&setup).await["phone_number"].clone()),
        (PHONE.into(), json!(PHONE))
    );
}

#[tokio::test]
async fn messages_of_another_clinic_cannot_be_linked() {
    let (setup, _, _) = reminded_setup().await;
    patient_says(&setup, "Confirmo").await;
    let message = setup.list(INBOUND).await.remove(0);
    let elsewhere = setup.add_clinic("Norte").await;
    setup.app.add_user("norte@example.com", Role::Operator, &[&elsewhere]).await.unwrap();
    let client = setup.app.sign_in("norte@example.com").await.unwrap();
    let path = format!("{INBOUND}{}/link/", id(&message));
    client.post(&path, &json!({ "patient": setup.patient })).await.unwrap().expect_status(404).unwrap();
}

/// More than one transaction can hold.
#[tokio::test]
async fn many_messages_are_linked() {
    let setup = ClinicSetup::new().await;
    let mut message = Value::Null;
    for number in 0..60 {
        message = writes(&setup, NEW_PHONE, &format!("hola {number}")).await;
    }
    link(&setup, &message, &setup.patient).await.expect_status(200).unwrap();
    assert_eq!(setup.list(&format!("{INBOUND}?patient={}&page_size=200", setup.patient)).await.len(), 60);
    assert_eq!(waiting(&setup).await, 0);
}
