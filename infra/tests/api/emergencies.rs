//! Tests of messages that may report an emergency: whoever writes one, in whatever state of the chat, reads whom to
//! call, staff see it as an emergency, and nothing else changes.

use crate::clinic_setup::{ClinicSetup, PHONE, id, on_the_day, text};
use crate::crash_recovery::crash_after_next_transaction;
use crate::replies::{DUE, appointment_status, button_payload, last_message, outbox, patient_says, reminded_setup};
use domain::time::TimeDelta;
use domain::user::Role;
use futures_util::future::join_all;
use local::fake_twilio::PatientReply;
use serde_json::{Value, json};
use testkit::faulty_client::FaultyClient;

const WORKLIST: &str = "/api/notifications/inbound/?needs_attention=true";
const STRANGER: &str = "+573001234567";
const WORDS: &str = "hola mi mamá se desmayó recién";
const ANSWER: &str = "Este chat no atiende urgencias. Llame ahora al 107";

fn from(number: &str, words: &str) -> PatientReply {
    PatientReply { from: number.into(), body: Some(words.into()), ..ClinicSetup::patient_reply() }
}

async fn writes(setup: &ClinicSetup, reply: &PatientReply) {
    setup.app.patient_writes(reply).await.unwrap().expect_status(200).unwrap();
}

/// The messages that staff see as an emergency.
async fn emergencies(setup: &ClinicSetup) -> Vec<Value> {
    let rows = setup.list(WORKLIST).await;
    rows.into_iter().filter(|row| row["attention"]["kind"] == "emergency").collect()
}

async fn expect_emergency(setup: &ClinicSetup, case: &str) {
    let sent = last_message(setup);
    assert!(sent.starts_with(ANSWER), "{case}: {sent}");
    let rows = emergencies(setup).await;
    assert_eq!(rows.len(), 1, "{case}");
    assert_eq!((text(&rows[0], "outcome"), text(&rows[0], "intent")), ("emergency".into(), "unclear".into()), "{case}");
}

#[tokio::test]
async fn every_sender_reads_whom_to_call() {
    let (setup, _, _) = reminded_setup().await;
    writes(&setup, &from(PHONE, WORDS)).await;
    expect_emergency(&setup, "a reminded patient").await;

    let setup = ClinicSetup::new().await;
    setup.book("10:00").await;
    writes(&setup, &from(PHONE, WORDS)).await;
    expect_emergency(&setup, "a patient who wasn't reminded").await;
    let answer = setup.list("/api/notifications/?kind=reply").await.remove(0);
    assert_eq!(text(&answer, "status"), "sent", "tracked as a message about the appointment");

    let setup = ClinicSetup::new().await;
    writes(&setup, &from(PHONE, WORDS)).await;
    expect_emergency(&setup, "a patient without an appointment").await;

    let setup = ClinicSetup::new().await;
    let mother = json!({ "name": "Marta", "phone_number": "+12025550143", "receives_notifications": true });
    setup.create(&format!("/api/patients/{}/contacts/", setup.patient), &mother).await;
    setup.book("10:00").await;
    setup.run_job_at(DUE).await;
    writes(&setup, &from("+12025550143", WORDS)).await;
    expect_emergency(&setup, "a contact").await;

    for stranger in [STRANGER, "MX.1502998877665544"] {
        let setup = ClinicSetup::new().await;
        writes(&setup, &from(stranger, WORDS)).await;
        expect_emergency(&setup, stranger).await;
    }

    let (setup, _, reminder) = reminded_setup().await;
    let quoting = PatientReply { original_sid: Some(reminder.sid), ..from("MX.1502998877665544", WORDS) };
    writes(&setup, &quoting).await;
    expect_emergency(&setup, "a hidden number that quotes the reminder").await;
    assert_eq!(emergencies(&setup).await[0]["appointment"], setup.list("/api/appointments/").await[0]["id"]);
}

/// What the patient wrote before, and what one of the words that answer it does afterwards.
#[tokio::test]
async fn in_no_state_of_the_chat_does_it_change_anything() {
    let states: &[(&[&str], &str, &str)] = &[
        (&[], "1", "CONFIRMED"),
        (&["Confirmo"], "cancelar", "CONFIRMED"),
        (&["Cancelar"], "1", "CANCELLED"),
        (&["Cancelar", "1"], "gracias", "CANCELLED"),
        (&["Reprogramar"], "mejor mantener mi cita", "CONFIRMED"),
        (&["quizás vaya, no sé"], "confirmo", "CONFIRMED"),
        // Handed over: the chat answers nothing that it doesn't understand any more.
        (&["quizás vaya, no sé", "depende del tráfico", "¿hola?"], "confirmo", "CONFIRMED"),
        (&["BAJA"], "ALTA", "PENDING"),
    ];
    // In each state two of them: a setup takes seconds.
    let texts = [WORDS, "1, me duele el pecho", "Cancelar. No puedo respirar", "SÍ CONFIRMO ESTOY CON DOLOR DE PECHO"];
    for (index, (before, next, status)) in states.iter().enumerate() {
        for words in texts.into_iter().cycle().skip(2 * index).take(2) {
            let (setup, appointment, _) = reminded_setup().await;
            for said in *before {
                patient_says(&setup, said).await;
            }
            let seen = (setup.appointment(&appointment).await, setup.list("/api/notifications/?kind=reminder").await);
            let patient = setup.operator().await.get(&format!("/api/patients/{}/", setup.patient)).await.unwrap().body;
            let sent = outbox(&setup).len();
            patient_says(&setup, words).await;
            let case = format!("{before:?} {words}");
            expect_emergency(&setup, &case).await;
            assert_eq!(outbox(&setup).len(), sent + 1, "{case}");
            let now = (setup.appointment(&appointment).await, setup.list("/api/notifications/?kind=reminder").await);
            assert_eq!(now, seen, "{case}");
            let now = setup.operator().await.get(&format!("/api/patients/{}/", setup.patient)).await.unwrap().body;
            assert_eq!(now, patient, "{case}");
            // An open question is still open.
            patient_says(&setup, next).await;
            assert_eq!(appointment_status(&setup, &appointment).await, *status, "{case} {next}");
        }
    }
}

#[tokio::test]
async fn a_number_is_answered_once_an_hour_and_each_message_is_seen() {
    for number in [PHONE, STRANGER] {
        let (setup, _, _) = reminded_setup().await;
        for (minutes, answers) in [(0, 1), (1, 1), (58, 1), (1, 2), (30, 2)] {
            setup.app.clock.advance(TimeDelta::minutes(minutes));
            writes(&setup, &from(number, WORDS)).await;
            let sent = outbox(&setup).iter().filter(|sent| sent.body.as_ref().unwrap().starts_with(ANSWER)).count();
            assert_eq!(sent, answers, "{number} after {minutes}");
        }
        assert_eq!(emergencies(&setup).await.len(), 5, "{number}");
    }
}

#[tokio::test]
async fn of_two_messages_at_once_one_is_answered() {
    for number in [PHONE, STRANGER] {
        let (setup, _, _) = reminded_setup().await;
        let (one, other) = (from(number, WORDS), from(number, "no puede respirar"));
        for answer in join_all([setup.app.patient_writes(&one), setup.app.patient_writes(&other)]).await {
            answer.unwrap().expect_status(200).unwrap();
        }
        let rows = emergencies(&setup).await;
        assert_eq!((outbox(&setup).len(), rows.len()), (2, 2), "{number}: the reminder and one answer");
        assert!(rows.iter().all(|row| text(row, "outcome") == "emergency"));
    }
}

#[tokio::test]
async fn a_strangers_limits_do_not_hold_for_an_emergency() {
    let setup = ClinicSetup::new().await;
    for _ in 0..8 {
        writes(&setup, &from(STRANGER, "hola")).await;
    }
    assert_eq!(outbox(&setup).len(), 1);
    writes(&setup, &from(STRANGER, WORDS)).await;
    assert_eq!(outbox(&setup).len(), 2);
    expect_emergency(&setup, "after the daily limit").await;
}

#[tokio::test]
async fn a_button_has_no_words() {
    let (setup, appointment, message) = reminded_setup().await;
    let payload = button_payload(&setup, "confirm", &appointment).await;
    let pressed = PatientReply {
        button_payload: Some(payload),
        original_sid: Some(message.sid),
        ..from(PHONE, "me duele el pecho")
    };
    writes(&setup, &pressed).await;
    assert_eq!(appointment_status(&setup, &appointment).await, "CONFIRMED");
    assert!(emergencies(&setup).await.is_empty());
}

#[tokio::test]
async fn the_answer_has_the_clinics_number_in_the_patients_language() {
    let (setup, _, _) = reminded_setup().await;
    let operator = setup.admin().await;
    let clinic = format!("/api/clinics/clinics/{}/", setup.clinic);
    assert_eq!(operator.get(&clinic).await.unwrap().body["emergency_number"], "107", "the country's");
    let own = json!({ "emergency_number": "4800-1234" });
    assert_eq!(
        operator.patch(&clinic, &own).await.unwrap().expect_status(200).unwrap().body["emergency_number"],
        "4800-1234"
    );
    let speaks = json!({ "language": "pt" });
    operator.patch(&format!("/api/patients/{}/", setup.patient), &speaks).await.unwrap().expect_status(200).unwrap();
    patient_says(&setup, "não consigo respirar").await;
    assert!(last_message(&setup).starts_with("Este chat não atende urgências. Ligue agora para 4800-1234"));
    writes(&setup, &from("+5511987650000", "não consigo respirar")).await;
    assert!(last_message(&setup).contains("4800-1234"), "the only clinic's");
    setup.add_clinic("Norte").await;
    writes(&setup, &from("+5521987650000", "não consigo respirar")).await;
    assert!(last_message(&setup).contains("Ligue agora para 192"), "the sender's country's");

    let default = json!({ "emergency_number": null, "timezone": "America/Bogota" });
    let elsewhere =
        id(&setup.list("/api/clinics/clinics/").await.into_iter().find(|row| row["name"] == "Norte").unwrap());
    let elsewhere = format!("/api/clinics/clinics/{elsewhere}/");
    let moved = operator.patch(&elsewhere, &default).await.unwrap().expect_status(200).unwrap().body;
    assert_eq!(moved["emergency_number"], "123");
    // What was read as the default is no change when it is sent back.
    let same = json!({ "emergency_number": "123" });
    let again = operator.patch(&elsewhere, &same).await.unwrap().expect_status(200).unwrap().body;
    assert_eq!(again["version"], moved["version"]);
}

#[tokio::test]
async fn the_staff_of_each_clinic_of_the_sender_see_it() {
    let (setup, _, _) = reminded_setup().await;
    let elsewhere = setup.add_clinic("Norte").await;
    let room = setup.add_room(&elsewhere, "Sala 9").await;
    let doctor = setup.add_doctor("Berta", "Paz").await;
    setup.add_window(&doctor, &room, "2025-12-15", "15:00", "18:00").await;
    setup.app.add_user("norte@example.com", Role::Operator, &[&elsewhere]).await.unwrap();
    let client = setup.app.sign_in("norte@example.com").await.unwrap();
    patient_says(&setup, WORDS).await;
    assert!(client.get(WORKLIST).await.unwrap().results().is_empty(), "of the other clinic's patient");
    let booking = json!({ "patient": setup.patient, "doctor": doctor, "start_datetime": on_the_day("16:00") });
    setup.try_book(booking).await.expect_status(201).unwrap();
    setup.run_job_at("2025-12-13T11:00:00-03:00").await;
    patient_says(&setup, "no puede respirar").await;
    // The first session has expired.
    let client = setup.app.sign_in("norte@example.com").await.unwrap();
    let seen = client.get(WORKLIST).await.unwrap().results();
    assert_eq!((seen.len(), text(&seen[0], "body")), (1, "no puede respirar".into()));
    assert_eq!(emergencies(&setup).await.len(), 2);
}

#[tokio::test]
async fn the_job_answers_after_a_crash() {
    for reminded in [true, false] {
        let faulty_client = FaultyClient::default();
        let setup = ClinicSetup::with_client(&faulty_client).await;
        if reminded {
            setup.book("10:00").await;
        }
        setup.run_job_at(DUE).await;
        crash_after_next_transaction(&faulty_client);
        setup.app.patient_writes(&from(PHONE, WORDS)).await.unwrap();
        faulty_client.set_call_hook(None);
        assert!(emergencies(&setup).await.is_empty());
        setup.app.advance(TimeDelta::minutes(2));
        setup.app.system.run_reminders().await.unwrap();
        let rows = emergencies(&setup).await;
        assert_eq!(rows.len(), 1);
        // Without an appointment the answer would be the response to the webhook, which nobody waits for any more.
        assert_eq!(outbox(&setup).iter().any(|sent| sent.body.as_ref().unwrap().starts_with(ANSWER)), reminded);
    }
}
