//! Tests of the thread of a patient: the messages in both directions, newest first, and only what belongs in it.

use crate::clinic_setup::{ClinicSetup, PHONE, id, on_the_day, text};
use crate::crash_recovery::crash_after_next_transaction;
use crate::paging::walk_pages;
use crate::privacy::{REASON, add_zulema};
use crate::replies::{DUE, outbox, patient_says, reminded_setup};
use domain::time::TimeDelta;
use domain::user::Role;
use local::fake_twilio::PatientReply;
use serde_json::{Value, json};
use testkit::faulty_client::FaultyClient;

fn path(patient: &str) -> String {
    format!("/api/patients/{patient}/messages/")
}

async fn thread(setup: &ClinicSetup, patient: &str) -> Vec<Value> {
    setup.operator().await.get(&path(patient)).await.unwrap().expect_status(200).unwrap().results()
}

fn texts(thread: &[Value]) -> Vec<String> {
    thread.iter().map(|entry| text(entry, "text")).collect()
}

async fn says_a_minute_later(setup: &ClinicSetup, words: &str) {
    setup.app.advance(TimeDelta::minutes(1));
    patient_says(setup, words).await;
}

#[tokio::test]
async fn both_directions_are_in_one_thread_newest_first() {
    let (setup, appointment, reminder) = reminded_setup().await;
    // Its reminder is due later, and isn't a message yet.
    setup.add_window(&setup.doctor, &setup.room, "2025-12-20", "09:00", "13:00").await;
    setup.book("2025-12-20T10:00:00-03:00").await;
    says_a_minute_later(&setup, "Confirmo").await;
    let picture = ClinicSetup::patient_reply();
    setup.app.advance(TimeDelta::minutes(1));
    setup.app.patient_writes(&picture).await.unwrap().expect_status(200).unwrap();
    let rows = thread(&setup, &setup.patient).await;
    let members: Vec<&str> = rows[0].as_object().unwrap().keys().map(String::as_str).collect();
    let wanted = ["appointment", "at", "direction", "id", "inbound", "kind", "notification", "status", "text"];
    assert_eq!(members, wanted);
    let order: Vec<(String, String)> = rows.iter().map(|row| (text(row, "direction"), text(row, "kind"))).collect();
    let order: Vec<(&str, &str)> = order.iter().map(|(direction, kind)| (direction.as_str(), kind.as_str())).collect();
    assert_eq!(order, [("out", "reply"), ("in", "media"), ("out", "reply"), ("in", "confirm"), ("out", "reminder")]);
    let said: Vec<String> = outbox(&setup).iter().rev().map(|message| message.body.clone().unwrap()).collect();
    assert_eq!(
        [&rows[0], &rows[2], &rows[4]].map(|row| text(row, "text")),
        [&said[0], &said[1], &said[2]].map(Clone::clone)
    );
    assert_eq!((text(&rows[3], "text"), &rows[1]["text"]), ("Confirmo".into(), &Value::Null));
    for row in &rows {
        let (own, other) =
            if row["direction"] == "in" { ("inbound", "notification") } else { ("notification", "inbound") };
        assert_eq!((&row[own], &row[other]), (&row["id"], &Value::Null));
        assert_eq!(row["status"].is_null(), row["direction"] == "in", "{row}");
    }
    assert_eq!(
        (text(&rows[3], "appointment"), text(&rows[3], "at")),
        (appointment, "2025-12-13T09:01:00-03:00".into())
    );
    assert_eq!((text(&rows[4], "status"), text(&rows[4], "at")), ("sent".into(), DUE.into()));
    // The list of notifications has the same text, and none for what isn't composed yet.
    let listed = setup.list("/api/notifications/?kind=reminder").await;
    let mut listed: Vec<Value> = listed.iter().map(|row| row["text"].clone()).collect();
    listed.sort_by_key(Value::is_null);
    assert_eq!(listed, [json!(reminder.body), Value::Null]);
}

#[tokio::test]
async fn a_thread_is_paged() {
    let (setup, _, _) = reminded_setup().await;
    for words in ["¿mañana llueve?", "Confirmo", "gracias"] {
        says_a_minute_later(&setup, words).await;
    }
    let whole = thread(&setup, &setup.patient).await;
    assert_eq!(whole.len(), 7);
    let operator = setup.operator().await;
    let (forwards, mut backwards) = walk_pages(&operator, &format!("{}?page_size=3", path(&setup.patient))).await;
    assert_eq!(forwards.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 1]);
    backwards.reverse();
    assert_eq!((forwards.concat(), backwards.concat()), (whole.clone(), whole));
}

/// What belongs to no clinic is seen by all, as in the list of inbound messages.
#[tokio::test]
async fn a_thread_has_nothing_of_other_clinics() {
    let (setup, _, _) = reminded_setup().await;
    says_a_minute_later(&setup, "Confirmo").await;
    let elsewhere = setup.add_clinic("Norte").await;
    setup.app.add_user("norte@example.com", Role::Operator, &[&elsewhere]).await.unwrap();
    let north = setup.app.sign_in("norte@example.com").await.unwrap();
    let seen = north.get(&path(&setup.patient)).await.unwrap().expect_status(200).unwrap().results();
    assert_eq!(seen, [Value::Null; 0]);
    let room = setup.add_room(&elsewhere, "Sala 9").await;
    let doctor = setup.add_doctor("Berta", "Paz").await;
    setup.add_window(&doctor, &room, "2025-12-15", "15:00", "18:00").await;
    let booking = json!({ "patient": setup.patient, "doctor": doctor, "start_datetime": on_the_day("16:00") });
    setup.try_book(booking).await.expect_status(201).unwrap();
    setup.run_job_at("2025-12-13T11:00:00-03:00").await;
    let north = setup.app.sign_in("norte@example.com").await.unwrap();
    let seen = north.get(&path(&setup.patient)).await.unwrap().expect_status(200).unwrap().results();
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert!(text(&seen[0], "text").contains("Norte"));
    assert_eq!(thread(&setup, &setup.patient).await.len(), 4);
}

/// A number may be a family's: what was understood is in the thread of the patient whom it was about, the rest in each.
#[tokio::test]
async fn a_shared_number_shows_each_patient_their_own() {
    let setup = ClinicSetup::new().await;
    let sofia = setup.add_patient("Sofía", "50111222", PHONE).await;
    setup.book("10:00").await;
    let booking = json!({ "patient": sofia, "doctor": setup.doctor, "start_datetime": on_the_day("11:00") });
    let hers = setup.try_book(booking).await.expect_status(201).unwrap().id();
    for minute in ["00:00", "01:00", "02:00"] {
        setup.run_job_at(&format!("2025-12-13T09:{minute}-03:00")).await;
    }
    let row = setup.list(&format!("/api/notifications/?appointment={hers}&kind=reminder")).await.remove(0);
    let quoted = Some(text(&row, "external_id"));
    let reply = PatientReply { body: Some("Confirmo".into()), original_sid: quoted, ..ClinicSetup::patient_reply() };
    setup.app.patient_writes(&reply).await.unwrap().expect_status(200).unwrap();
    says_a_minute_later(&setup, "¿hay estacionamiento?").await;
    let stranger =
        PatientReply { from: "+5511987650000".into(), body: Some("bom dia".into()), ..ClinicSetup::patient_reply() };
    setup.app.patient_writes(&stranger).await.unwrap();
    let (mine, hers) = (thread(&setup, &setup.patient).await, thread(&setup, &sofia).await);
    let has = |thread: &[Value], words: &str| texts(thread).iter().filter(|text| text.contains(words)).count();
    for (words, of_mine, of_hers) in
        [("Confirmo", 0, 1), ("estacionamiento", 1, 1), ("Hola Lucía", 1, 0), ("Hola Sofía", 0, 1), ("bom dia", 0, 0)]
    {
        assert_eq!((has(&mine, words), has(&hers, words)), (of_mine, of_hers), "{words}: {mine:?} {hers:?}");
    }
}

#[tokio::test]
async fn after_an_erasure_no_text_is_left() {
    let setup = add_zulema(ClinicSetup::new().await).await;
    let before = thread(&setup, &setup.patient).await;
    let said = texts(&before).concat();
    assert!(said.contains("Zulema") && said.contains("me mudo lejos"), "{before:?}");
    let erase = format!("/api/patients/{}/erase/", setup.patient);
    setup.admin().await.post(&erase, &json!({ "reason": REASON })).await.unwrap().expect_status(200).unwrap();
    let after = thread(&setup, &setup.patient).await;
    assert!(after.iter().all(|entry| entry["text"].is_null()), "{after:?}");
    assert_eq!(after.iter().filter(|entry| entry["direction"] == "in").count(), 3, "that something was said stays");
    for row in setup.list("/api/notifications/").await {
        assert!(row["text"].is_null() || row["patient"] != json!(setup.patient), "{row}");
    }
    for row in setup.list("/api/notifications/inbound/").await {
        assert_eq!(row["patients"], json!([]));
    }
    let missing = path(&id(&json!({ "id": "019b2f3e-7a10-7cc1-9d7e-0242ac120002" })));
    setup.operator().await.get(&missing).await.unwrap().expect_status(404).unwrap();
}

/// The rows of the messages are cleared after the patient's own row.
#[tokio::test]
async fn while_an_erasure_is_under_way_no_text_is_shown() {
    let client = FaultyClient::default();
    let setup = add_zulema(ClinicSetup::with_client(&client).await).await;
    let admin = setup.admin().await;
    crash_after_next_transaction(&client);
    let erase = format!("/api/patients/{}/erase/", setup.patient);
    // No answer, or one with an error: the function has stopped.
    let _ = admin.post(&erase, &json!({ "reason": REASON })).await;
    client.set_call_hook(None);
    let shown = thread(&setup, &setup.patient).await;
    assert!(!shown.is_empty() && shown.iter().all(|entry| entry["text"].is_null()), "{shown:?}");
}
