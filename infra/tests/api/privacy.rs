//! Tests of exporting and erasing a patient's data: an export is complete, and after an erasure no personal data is
//! left in any row of the table.

use crate::clinic_setup::{ClinicSetup, PHONE, id, on_the_day, text};
use crate::contacts::add_receiver;
use crate::replies::{DUE, outbox, patient_says};
use cli::erasures::apply_to_app;
use domain::time::TimeDelta;
use invariants::check_table;
use local::fake_twilio::PatientReply;
use serde_json::{Value, json};
use std::sync::Arc;
use testkit::faulty_client::FaultyClient;
use testkit::test_app::TestResponse;

pub(crate) const REASON: &str = "Solicitud escrita del titular, expediente 2025/7";
/// Texts that occur only in the patient's data.
const MARKERS: [&str; 12] = [
    "Zulema",
    "zulema",
    "Quispe",
    "quispe",
    "77654321",
    "2025550177",
    "2025550188",
    "Ismael",
    "1961-03-04",
    "calle secreta",
    "alergia rara",
    "me mudo lejos",
];

async fn erase(setup: &ClinicSetup, patient: &str, reason: &str) -> TestResponse {
    setup.admin().await.post(&format!("/api/patients/{patient}/erase/"), &json!({ "reason": reason })).await.unwrap()
}

async fn export(setup: &ClinicSetup, patient: &str) -> Value {
    let path = format!("/api/patients/{patient}/export/");
    setup.admin().await.get(&path).await.unwrap().expect_status(200).unwrap().body
}

/// All items of the table as text.
async fn table_dump(setup: &ClinicSetup) -> String {
    let table = setup.app.system.database.table();
    let scan = table.client().scan().table_name(table.name()).consistent_read(true).into_paginator();
    let items: Vec<_> = scan.items().send().collect::<Result<_, _>>().await.unwrap();
    items.iter().map(|item| format!("{item:?}\n")).collect()
}

pub(crate) async fn markers_left(setup: &ClinicSetup) -> Vec<&'static str> {
    let text = table_dump(setup).await;
    MARKERS.into_iter().filter(|marker| text.contains(marker)).collect()
}

/// A setup whose patient has data in every kind of row: an appointment that was cancelled by chat and a completed one,
/// messages in both directions, and a contact that receives them.
async fn setup_with_zulema() -> ClinicSetup {
    add_zulema(ClinicSetup::new().await).await
}

/// Adds that patient to an existing setup.
pub(crate) async fn add_zulema(mut setup: ClinicSetup) -> ClinicSetup {
    let body = json!({
        "first_name": "Zulema", "last_name": "Quispe", "document_number": "77.654.321",
        "phone_number": "+12025550177", "birth_date": "1961-03-04", "email": "zulema@example.com",
        "address": "calle secreta 1", "emergency_contact": "Ismael Quispe", "notes": "alergia rara",
    });
    setup.patient = id(&setup.create("/api/patients/", &body).await);
    let mut booking = setup.booking(&on_the_day("10:00"));
    booking["reason"] = json!("alergia rara");
    booking["notes"] = json!("viene con Ismael");
    let first = id(&setup.try_book(booking).await.expect_status(201).unwrap().body);
    let second = id(&setup.book("11:00").await);
    setup.run_job_at(DUE).await;
    let message = outbox(&setup).remove(0);
    for words in ["¿mañana llueve? soy Zulema", "no puedo, me mudo lejos"] {
        let reply =
            PatientReply { from: "+12025550177".into(), body: Some(words.into()), ..ClinicSetup::patient_reply() };
        setup.app.patient_writes(&reply).await.unwrap();
    }
    let payload = crate::replies::button_payload(&setup, "cancel", &first).await;
    let reply = PatientReply {
        from: "+12025550177".into(),
        button_payload: Some(payload),
        original_sid: Some(message.sid),
        ..ClinicSetup::patient_reply()
    };
    setup.app.patient_writes(&reply).await.unwrap();
    assert_eq!(crate::replies::appointment_status(&setup, &first).await, "CANCELLED");
    add_receiver(&setup, "+12025550188").await;
    setup.app.set_now("2025-12-15T12:00:00-03:00").unwrap();
    setup.act(&second, &json!({ "action": "complete" })).await.expect_status(200).unwrap();
    setup
}

#[tokio::test]
async fn an_export_has_all_data_of_the_patient() {
    let setup = setup_with_zulema().await;
    let record = export(&setup, &setup.patient).await;
    let whole = record.to_string();
    for marker in [
        "Zulema",
        "Quispe",
        "77.654.321",
        "+12025550177",
        "+12025550188",
        "1961-03-04",
        "calle secreta 1",
        "Ismael",
        "alergia rara",
        "me mudo lejos",
        "¿mañana llueve?",
    ] {
        assert!(whole.contains(marker), "{marker} in {record}");
    }
    let count = |list: &Value| list.as_array().unwrap().len();
    assert_eq!((count(&record["appointments"]), count(&record["contacts"]), count(&record["inbound"])), (2, 1, 3));
    let appointment = &record["appointments"][0];
    assert_eq!(texts(&appointment["actions"], "action"), ["create", "cancel"]);
    assert!(appointment["notifications"].to_string().contains("Zulema"), "what was said to the patient: {appointment}");
    // The export itself is audited, and contains that row already.
    assert!(texts(&record["audit"], "action").contains(&"EXPORT".to_owned()));
    let trail =
        setup.list(&format!("/api/audit/?object_id={}&date_from=2025-12-15&date_to=2025-12-15", setup.patient)).await;
    assert_eq!(text(&trail[0], "action"), "EXPORT");
}

fn texts(rows: &Value, member: &str) -> Vec<String> {
    rows.as_array().unwrap().iter().map(|row| text(row, member)).collect()
}

#[tokio::test]
async fn an_erasure_leaves_no_personal_data() {
    let setup = setup_with_zulema().await;
    assert!(markers_left(&setup).await.len() >= MARKERS.len() - 1, "the markers are there before");
    let erased = erase(&setup, &setup.patient, REASON).await.expect_status(200).unwrap();
    assert!(erased.text("full_name").starts_with("Paciente ") && erased.text("phone_number").is_empty(), "{erased:?}");
    assert!(erased.body["erased_at"].is_string() && erased.body["is_active"] == json!(false));
    // The numbers are kept for the sweep, because indexes may have lagged behind.
    assert_eq!(markers_left(&setup).await, ["2025550177", "2025550188"]);
    setup.app.advance(TimeDelta::minutes(2));
    setup.app.system.run_reminders().await.unwrap();
    assert!(!table_dump(&setup).await.contains("REMAINS"));
    assert_eq!(markers_left(&setup).await, [""; 0]);
    let report = check_table(&setup.app.system.database.table()).await.unwrap();
    assert!(report.is_clean(), "{report}");
    // Rows that stay have a pseudonym.
    let record = export(&setup, &setup.patient).await;
    let appointments = record["appointments"].as_array().unwrap();
    assert!(appointments.iter().all(|appointment| appointment["patient_name"] == erased.body["full_name"]), "{record}");
    assert_eq!(texts(&record["inbound"], "body"), ["", "", ""]);
    let trail = table_dump(&setup).await;
    assert!(trail.contains(REASON), "the reason stays in the audit trail");
}

#[tokio::test]
async fn an_erased_patient_cannot_be_changed_or_found() {
    let setup = setup_with_zulema().await;
    let patient = format!("/api/patients/{}/", setup.patient);
    erase(&setup, &setup.patient, REASON).await.expect_status(200).unwrap();
    let again = erase(&setup, &setup.patient, REASON).await.expect_status(200).unwrap();
    let operator = setup.operator().await;
    for body in [json!({ "is_active": true }), json!({ "first_name": "Zulema" })] {
        operator.patch(&patient, &body).await.unwrap().expect_status(404).unwrap();
    }
    let contact = json!({ "name": "Ismael" });
    operator.post(&format!("{patient}contacts/"), &contact).await.unwrap().expect_status(404).unwrap();
    assert_eq!(operator.get(&patient).await.unwrap().expect_status(200).unwrap().body, again.body);
    assert_eq!(setup.list("/api/patients/?search=quispe&is_active=false").await, [] as [Value; 0]);
    let refused = setup.try_book(setup.booking("2025-12-15T12:30:00-03:00")).await.expect_status(400).unwrap();
    assert!(refused.body["errors"]["patient"].is_array(), "{refused:?}");
    // Another patient can have the document, and the number is an unknown sender.
    let body = json!({ "first_name": "Rosa", "last_name": "Paz", "document_number": "77654321",
        "phone_number": "+12025550143" });
    setup.create("/api/patients/", &body).await;
    let sent = outbox(&setup).len();
    let reply =
        PatientReply { from: "+12025550177".into(), body: Some("confirmo".into()), ..ClinicSetup::patient_reply() };
    setup.app.patient_writes(&reply).await.unwrap().expect_status(200).unwrap();
    assert!(outbox(&setup).len() <= sent + 1, "at most the answer to an unknown sender");
}

#[tokio::test]
async fn erasing_one_patient_keeps_the_data_of_others_with_the_same_number() {
    let setup = ClinicSetup::new().await;
    let brother = setup.add_patient("Tomás", "30999999", PHONE).await;
    let appointment = id(&setup.book("10:00").await);
    let mut other = setup.booking(&on_the_day("11:00"));
    other["patient"] = json!(brother);
    let kept = id(&setup.try_book(other).await.expect_status(201).unwrap().body);
    setup.run_job_at(DUE).await;
    patient_says(&setup, "¿quién de los dos?").await;
    setup.act(&appointment, &json!({ "action": "cancel", "reason": "no viene" })).await.expect_status(200).unwrap();
    erase(&setup, &setup.patient, REASON).await.expect_status(200).unwrap();
    let table = table_dump(&setup).await;
    assert!(table.contains("Tomás") && table.contains(PHONE) && table.contains("¿quién de los dos?"));
    assert!(!table.contains("Lucía") && !table.contains("30123456"));
    let record = export(&setup, &brother).await;
    assert_eq!(texts(&record["appointments"], "id"), [kept]);
    // A reply from the number is about the brother's appointment, the only one left.
    patient_says(&setup, "confirmo").await;
    assert_eq!(crate::replies::appointment_status(&setup, &texts(&record["appointments"], "id")[0]).await, "CONFIRMED");
}

#[tokio::test]
async fn the_reason_for_a_refused_erasure_is_named() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    let in_use = erase(&setup, &setup.patient, REASON).await.expect_status(409).unwrap();
    assert_eq!(
        (in_use.code(), in_use.body["appointments"][0]["id"].clone()),
        ("in_use".to_owned(), json!(appointment))
    );
    setup.act(&appointment, &json!({ "action": "cancel", "reason": "se muda" })).await.expect_status(200).unwrap();
    for reason in ["", "lo pidió Lucía", "DNI 30.123.456", "desde +1 202 555-0141"] {
        let refused = erase(&setup, &setup.patient, reason).await.expect_status(400).unwrap();
        assert!(refused.body["errors"]["reason"].is_array(), "{reason}: {refused:?}");
    }
    let admin = setup.admin().await;
    let path = format!("/api/patients/{}/erase/", setup.patient);
    let stale = admin.clone().header("if-match", "\"9\"").unwrap().post(&path, &json!({ "reason": REASON })).await;
    stale.unwrap().expect_status(412).unwrap();
    setup.app.add_user("jefe@example.com", domain::user::Role::Admin, &[&setup.clinic]).await.unwrap();
    let client = setup.app.sign_in("jefe@example.com").await.unwrap();
    for (method, path) in [("GET", path.replace("erase", "export")), ("POST", path.clone())] {
        let refused = match method {
            "GET" => client.get(&path).await,
            _ => client.post(&path, &json!({ "reason": REASON })).await,
        };
        assert_eq!(refused.unwrap().code(), "permission_denied", "{method}: it is about appointments of all clinics");
    }
    let keyed = || async {
        let client = admin.clone().header("idempotency-key", "once").unwrap();
        client.post(&path, &json!({ "reason": REASON })).await.unwrap().expect_status(200).unwrap()
    };
    let (first, second) = (keyed().await, keyed().await);
    assert_eq!((first.body, second.header("idempotency-replayed")), (second.body, "true".to_owned()));
}

#[tokio::test]
async fn a_concurrent_booking_and_erasure_are_serialized() {
    let faulty_client = FaultyClient::default();
    let setup = add_zulema(ClinicSetup::with_client(&faulty_client).await).await;
    setup.add_window(&setup.doctor, &setup.room, "2025-12-16", "09:00", "13:00").await;
    let setup = Arc::new(setup);
    let booking = |start: &str| {
        let mut booking = setup.booking(start);
        booking["reason"] = json!("alergia rara");
        booking
    };

    let (other, body) = (Arc::clone(&setup), booking("2025-12-16T11:00:00-03:00"));
    faulty_client.before_next_transaction(async move {
        other.try_book(body).await.expect_status(201).unwrap();
    });
    let refused = erase(&setup, &setup.patient, REASON).await.expect_status(409).unwrap();
    assert_eq!(refused.code(), "in_use");
    let appointment = texts(&refused.body["appointments"], "id").remove(0);
    setup.act(&appointment, &json!({ "action": "cancel", "reason": "se muda" })).await.expect_status(200).unwrap();

    let other = Arc::clone(&setup);
    faulty_client.before_next_transaction(async move {
        erase(&other, &other.patient, REASON).await.expect_status(200).unwrap();
    });
    let refused = setup.try_book(booking("2025-12-16T12:00:00-03:00")).await.expect_status(400).unwrap();
    assert!(refused.body["errors"]["patient"].is_array(), "{refused:?}");
    setup.app.advance(TimeDelta::minutes(2));
    setup.app.system.run_reminders().await.unwrap();
    assert_eq!(markers_left(&setup).await, [""; 0]);
}

#[tokio::test]
async fn erasures_are_repeated_in_a_restored_table() {
    let setup = setup_with_zulema().await;
    setup.add_window(&setup.doctor, &setup.room, "2025-12-16", "09:00", "13:00").await;
    let appointment = id(&setup.book("2025-12-16T12:00:00-03:00").await);
    // A line of a later ledger about a patient whom the restored table still has.
    let line = json!({ "patient": setup.patient, "at": "2025-12-20T12:00:00Z", "reason": REASON,
        "by": { "type": "system" } });
    let ledger: Vec<store::erasure::Erasure> = vec![serde_json::from_value(line).unwrap()];
    let app = &setup.app.system.app;
    assert_eq!(apply_to_app(app, &ledger).await.unwrap(), 1);
    setup.app.advance(TimeDelta::minutes(2));
    setup.app.system.run_reminders().await.unwrap();
    assert_eq!(markers_left(&setup).await, [""; 0]);
    assert_eq!(crate::replies::appointment_status(&setup, &appointment).await, "CANCELLED");
    assert_eq!(apply_to_app(app, &ledger).await.unwrap(), 0, "once is enough");
    let report = check_table(&app.table).await.unwrap();
    assert!(report.is_clean(), "{report}");
}
