//! Is a patient told everything that is kept of them, and is nothing of it left once they are erased?
//! The table is read byte by byte: what isn't found there can't come out of it.

use crate::contacts::receiver;
use crate::replies::{DUE, outbox, says};
use crate::world::{PHONE, World, id, on_the_day, text};
use cli::erasures::apply_with;
use domain::time::TimeDelta;
use invariants::check_table;
use local::fake_twilio::PatientReply;
use serde_json::{Value, json};
use std::sync::Arc;
use testkit::faulty_client::Wire;
use testkit::test_app::Answer;

pub(crate) const REASON: &str = "Solicitud escrita del titular, expediente 2025/7";
/// What nothing but the patient's data has.
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

async fn erase(world: &World, patient: &str, reason: &str) -> Answer {
    world.admin().await.post(&format!("/api/patients/{patient}/erase/"), &json!({ "reason": reason })).await.unwrap()
}

async fn export(world: &World, patient: &str) -> Value {
    let path = format!("/api/patients/{patient}/export/");
    world.admin().await.get(&path).await.unwrap().expect_status(200).unwrap().body
}

/// Whatever stands in the table, as text.
async fn everything(world: &World) -> String {
    let table = world.app.system.database.table();
    let scan = table.client().scan().table_name(table.name()).consistent_read(true).into_paginator();
    let items: Vec<_> = scan.items().send().collect::<Result<_, _>>().await.unwrap();
    items.iter().map(|item| format!("{item:?}\n")).collect()
}

pub(crate) async fn left(world: &World) -> Vec<&'static str> {
    let text = everything(world).await;
    MARKERS.into_iter().filter(|marker| text.contains(marker)).collect()
}

/// Somebody about whom there is something in every kind of row: an appointment that was cancelled by chat and
/// one that is over, messages both ways, a contact who gets them, an earlier number.
async fn zulema() -> World {
    zulema_in(World::new().await).await
}

/// The same in this world.
pub(crate) async fn zulema_in(mut world: World) -> World {
    let body = json!({
        "first_name": "Zulema", "last_name": "Quispe", "document_number": "77.654.321",
        "phone_number": "+12025550177", "birth_date": "1961-03-04", "email": "zulema@example.com",
        "address": "calle secreta 1", "emergency_contact": "Ismael Quispe", "notes": "alergia rara",
    });
    world.patient = id(&world.made("/api/patients/", &body).await);
    let mut booking = world.booking(&on_the_day("10:00"));
    booking["reason"] = json!("alergia rara");
    booking["notes"] = json!("viene con Ismael");
    let first = id(&world.try_book(booking).await.expect_status(201).unwrap().body);
    let second = id(&world.book("11:00").await);
    world.tick(DUE).await;
    let message = outbox(&world).remove(0);
    for words in ["¿mañana llueve? soy Zulema", "no puedo, me mudo lejos"] {
        let reply = PatientReply { from: "+12025550177".into(), body: Some(words.into()), ..world.reply() };
        world.app.patient_writes(&reply).await.unwrap();
    }
    let payload = crate::replies::button(&world, "cancel", &first).await;
    let reply = PatientReply {
        from: "+12025550177".into(),
        button_payload: Some(payload),
        original_sid: Some(message.sid),
        ..world.reply()
    };
    world.app.patient_writes(&reply).await.unwrap();
    assert_eq!(crate::replies::status(&world, &first).await, "CANCELLED");
    receiver(&world, "+12025550188").await;
    world.app.set_now("2025-12-15T12:00:00-03:00").unwrap();
    world.act(&second, &json!({ "action": "complete" })).await.expect_status(200).unwrap();
    world
}

#[tokio::test]
async fn an_export_has_all_of_it() {
    let world = zulema().await;
    let record = export(&world, &world.patient).await;
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
    assert_eq!(text_of(&appointment["actions"], "action"), ["create", "cancel"]);
    assert!(appointment["notifications"].to_string().contains("Zulema"), "what was said to the patient: {appointment}");
    // Who exported is in it already.
    assert!(text_of(&record["audit"], "action").contains(&"EXPORT".to_owned()));
    let trail =
        world.list(&format!("/api/audit/?object_id={}&date_from=2025-12-15&date_to=2025-12-15", world.patient)).await;
    assert_eq!(text(&trail[0], "action"), "EXPORT");
}

fn text_of(rows: &Value, member: &str) -> Vec<String> {
    rows.as_array().unwrap().iter().map(|row| text(row, member)).collect()
}

#[tokio::test]
async fn of_who_was_erased_no_byte_is_left() {
    let world = zulema().await;
    assert!(left(&world).await.len() >= MARKERS.len() - 1, "the markers are there before");
    let erased = erase(&world, &world.patient, REASON).await.expect_status(200).unwrap();
    assert!(erased.text("full_name").starts_with("Paciente ") && erased.text("phone_number").is_empty(), "{erased:?}");
    assert!(erased.body["erased_at"].is_string() && erased.body["is_active"] == json!(false));
    // The numbers are needed once more, to look at what indexes may not have shown yet.
    assert_eq!(left(&world).await, ["2025550177", "2025550188"]);
    world.app.advance(TimeDelta::minutes(2));
    world.app.system.run_reminders().await.unwrap();
    assert!(!everything(&world).await.contains("REMAINS"));
    assert_eq!(left(&world).await, [""; 0]);
    let report = check_table(&world.app.system.database.table()).await.unwrap();
    assert!(report.is_clean(), "{report}");
    // What was kept is kept under a pseudonym.
    let record = export(&world, &world.patient).await;
    let appointments = record["appointments"].as_array().unwrap();
    assert!(appointments.iter().all(|appointment| appointment["patient_name"] == erased.body["full_name"]), "{record}");
    assert_eq!(text_of(&record["inbound"], "body"), ["", "", ""]);
    let trail = everything(&world).await;
    assert!(trail.contains(REASON), "why it was done is known");
}

#[tokio::test]
async fn who_was_erased_is_nobody_any_more() {
    let world = zulema().await;
    let patient = format!("/api/patients/{}/", world.patient);
    erase(&world, &world.patient, REASON).await.expect_status(200).unwrap();
    let again = erase(&world, &world.patient, REASON).await.expect_status(200).unwrap();
    let desk = world.operator().await;
    for body in [json!({ "is_active": true }), json!({ "first_name": "Zulema" })] {
        desk.patch(&patient, &body).await.unwrap().expect_status(404).unwrap();
    }
    let contact = json!({ "name": "Ismael" });
    desk.post(&format!("{patient}contacts/"), &contact).await.unwrap().expect_status(404).unwrap();
    assert_eq!(desk.get(&patient).await.unwrap().expect_status(200).unwrap().body, again.body);
    assert_eq!(world.list("/api/patients/?search=quispe&is_active=false").await, [] as [Value; 0]);
    let refused = world.try_book(world.booking("2025-12-15T12:30:00-03:00")).await.expect_status(400).unwrap();
    assert!(refused.body["errors"]["patient"].is_array(), "{refused:?}");
    // The document is free for somebody else, and the number writes as a stranger.
    let body = json!({ "first_name": "Rosa", "last_name": "Paz", "document_number": "77654321",
        "phone_number": "+12025550143" });
    world.made("/api/patients/", &body).await;
    let sent = outbox(&world).len();
    let reply = PatientReply { from: "+12025550177".into(), body: Some("confirmo".into()), ..world.reply() };
    world.app.patient_writes(&reply).await.unwrap().expect_status(200).unwrap();
    assert!(outbox(&world).len() <= sent + 1, "at most that nobody knows the number");
}

#[tokio::test]
async fn a_family_keeps_what_is_its_own() {
    let world = World::new().await;
    let brother = world.add_patient("Tomás", "30999999", PHONE).await;
    let appointment = id(&world.book("10:00").await);
    let mut other = world.booking(&on_the_day("11:00"));
    other["patient"] = json!(brother);
    let kept = id(&world.try_book(other).await.expect_status(201).unwrap().body);
    world.tick(DUE).await;
    says(&world, "¿quién de los dos?").await;
    world.act(&appointment, &json!({ "action": "cancel", "reason": "no viene" })).await.expect_status(200).unwrap();
    erase(&world, &world.patient, REASON).await.expect_status(200).unwrap();
    let table = everything(&world).await;
    assert!(table.contains("Tomás") && table.contains(PHONE) && table.contains("¿quién de los dos?"));
    assert!(!table.contains("Lucía") && !table.contains("30123456"));
    let record = export(&world, &brother).await;
    assert_eq!(text_of(&record["appointments"], "id"), [kept]);
    // An answer from the number is the brother's, of whom there is one appointment left.
    says(&world, "confirmo").await;
    assert_eq!(crate::replies::status(&world, &text_of(&record["appointments"], "id")[0]).await, "CONFIRMED");
}

#[tokio::test]
async fn what_stands_in_the_way_is_said() {
    let world = World::new().await;
    let appointment = id(&world.book("10:00").await);
    let in_use = erase(&world, &world.patient, REASON).await.expect_status(409).unwrap();
    assert_eq!(
        (in_use.code(), in_use.body["appointments"][0]["id"].clone()),
        ("in_use".to_owned(), json!(appointment))
    );
    world.act(&appointment, &json!({ "action": "cancel", "reason": "se muda" })).await.expect_status(200).unwrap();
    for reason in ["", "lo pidió Lucía", "DNI 30.123.456", "desde +1 202 555-0141"] {
        let refused = erase(&world, &world.patient, reason).await.expect_status(400).unwrap();
        assert!(refused.body["errors"]["reason"].is_array(), "{reason}: {refused:?}");
    }
    let admin = world.admin().await;
    let path = format!("/api/patients/{}/erase/", world.patient);
    let stale = admin.clone().header("if-match", "\"9\"").unwrap().post(&path, &json!({ "reason": REASON })).await;
    stale.unwrap().expect_status(412).unwrap();
    world.app.add_user("jefe@example.com", domain::user::Role::Admin, &[&world.clinic]).await.unwrap();
    let client = world.app.sign_in("jefe@example.com").await.unwrap();
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
async fn a_booking_and_an_erasure_at_once_are_one_after_the_other() {
    let wire = Wire::default();
    let world = zulema_in(World::through(&wire).await).await;
    world.open(&world.doctor, &world.room, "2025-12-16", "09:00", "13:00").await;
    let world = Arc::new(world);
    let booking = |start: &str| {
        let mut booking = world.booking(start);
        booking["reason"] = json!("alergia rara");
        booking
    };

    let (other, body) = (Arc::clone(&world), booking("2025-12-16T11:00:00-03:00"));
    wire.before_next_transaction(async move {
        other.try_book(body).await.expect_status(201).unwrap();
    });
    let refused = erase(&world, &world.patient, REASON).await.expect_status(409).unwrap();
    assert_eq!(refused.code(), "in_use");
    let appointment = text_of(&refused.body["appointments"], "id").remove(0);
    world.act(&appointment, &json!({ "action": "cancel", "reason": "se muda" })).await.expect_status(200).unwrap();

    let other = Arc::clone(&world);
    wire.before_next_transaction(async move {
        erase(&other, &other.patient, REASON).await.expect_status(200).unwrap();
    });
    let refused = world.try_book(booking("2025-12-16T12:00:00-03:00")).await.expect_status(400).unwrap();
    assert!(refused.body["errors"]["patient"].is_array(), "{refused:?}");
    world.app.advance(TimeDelta::minutes(2));
    world.app.system.run_reminders().await.unwrap();
    assert_eq!(left(&world).await, [""; 0]);
}

#[tokio::test]
async fn a_restored_table_forgets_again() {
    let world = zulema().await;
    world.open(&world.doctor, &world.room, "2025-12-16", "09:00", "13:00").await;
    let appointment = id(&world.book("2025-12-16T12:00:00-03:00").await);
    // What the ledger of a later time says of a table in which nothing of it has happened.
    let line = json!({ "patient": world.patient, "at": "2025-12-20T12:00:00Z", "reason": REASON,
        "by": { "type": "system" } });
    let ledger: Vec<store::erasure::Erasure> = vec![serde_json::from_value(line).unwrap()];
    let app = &world.app.system.app;
    assert_eq!(apply_with(app, &ledger).await.unwrap(), 1);
    world.app.advance(TimeDelta::minutes(2));
    world.app.system.run_reminders().await.unwrap();
    assert_eq!(left(&world).await, [""; 0]);
    assert_eq!(crate::replies::status(&world, &appointment).await, "CANCELLED");
    assert_eq!(apply_with(app, &ledger).await.unwrap(), 0, "once is enough");
    let report = check_table(&app.table).await.unwrap();
    assert!(report.is_clean(), "{report}");
}
