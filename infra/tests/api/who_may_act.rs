//! Tests of who may act on an appointment: only a number that stood for its patient when the message arrived. All other
//! messages change nothing and reach a person.

use crate::clinic_setup::{ClinicSetup, PHONE, id, on_the_day, text};
use crate::contacts::add_receiver;
use crate::crash_recovery::crash_after_next_transaction;
use crate::replies::{DUE, appointment_status, button_payload, outbox};
use local::fake_twilio::{PatientReply, SentMessage};
use serde_json::{Value, json};
use testkit::faulty_client::FaultyClient;

pub(crate) const CORRECTED: &str = "+12025550142";
pub(crate) const MOTHER: &str = "+12025550188";

pub(crate) async fn receive(setup: &ClinicSetup, reply: &PatientReply) {
    setup.app.patient_writes(reply).await.unwrap().expect_status(200).unwrap();
}

pub(crate) async fn write_from(setup: &ClinicSetup, number: &str, words: &str) {
    receive(setup, &PatientReply { from: number.into(), body: Some(words.into()), ..ClinicSetup::patient_reply() })
        .await;
}

pub(crate) async fn change_patient(setup: &ClinicSetup, patient: &str, change: &Value) -> Value {
    let path = format!("/api/patients/{patient}/");
    setup.operator().await.patch(&path, change).await.unwrap().expect_status(200).unwrap().body
}

pub(crate) async fn is_opted_in(setup: &ClinicSetup, patient: &str) -> bool {
    let path = format!("/api/patients/{patient}/");
    setup.operator().await.get(&path).await.unwrap().body["whatsapp_opt_in"] == true
}

/// The webhook crashes once the message is stored.
async fn store_unprocessed(setup: &ClinicSetup, faulty_client: &FaultyClient, words: &str) {
    crash_after_next_transaction(faulty_client);
    let reply = PatientReply { body: Some(words.into()), ..ClinicSetup::patient_reply() };
    setup.app.patient_writes(&reply).await.unwrap();
    faulty_client.set_call_hook(None);
}

/// An appointment of the patient, whose reminder went to this number: her own, or that of a contact.
async fn reminded_at(number: &str) -> (ClinicSetup, String, SentMessage, Option<String>) {
    let setup = ClinicSetup::new().await;
    let contact = if number == PHONE { None } else { Some(add_receiver(&setup, number).await) };
    let appointment = id(&setup.book("10:00").await);
    setup.run_job_at(DUE).await;
    let message = outbox(&setup).remove(0);
    assert!(message.to.ends_with(number));
    (setup, appointment, message, contact)
}

/// How the number stops being the patient's.
async fn take_away(setup: &ClinicSetup, how: &str, contact: Option<&str>) {
    let operator = setup.operator().await;
    let contact = format!("/api/patients/{}/contacts/{}/", setup.patient, contact.unwrap_or_default());
    let answer = match how {
        "corrected" => {
            change_patient(setup, &setup.patient, &json!({ "phone_number": CORRECTED })).await;
            return;
        }
        "contact deleted" => operator.delete(&contact).await,
        "contact corrected" => operator.patch(&contact, &json!({ "phone_number": CORRECTED })).await,
        _ => operator.patch(&contact, &json!({ "receives_notifications": false })).await,
    };
    assert!(answer.unwrap().status.is_success());
}

const TAKEN_AWAY: [(&str, &str); 4] = [
    (PHONE, "corrected"),
    (MOTHER, "contact deleted"),
    (MOTHER, "contact corrected"),
    (MOTHER, "contact receives nothing"),
];

/// The ways in which a sender reaches an appointment after the number was taken away.
async fn ways_in(setup: &ClinicSetup, appointment: &str, sid: &str) -> Vec<(String, PatientReply)> {
    let mut ways = Vec::new();
    let empty = ClinicSetup::patient_reply();
    for words in
        ["1", "2", "3", "sí", "Confirmo", "Cancelar", "Reprogramar", "no", "el primero", "hola", "¿qué hora era?"]
    {
        let reply = PatientReply { body: Some(words.into()), ..empty.clone() };
        ways.push((format!("says {words}"), reply.clone()));
        ways.push((format!("quotes with {words}"), PatientReply { original_sid: Some(sid.into()), ..reply }));
    }
    for action in ["confirm", "cancel", "reschedule", "cancel_yes", "keep"] {
        let payload = button_payload(setup, action, appointment).await;
        let press = PatientReply { button_payload: Some(payload), ..empty.clone() };
        ways.push((format!("presses {action}"), PatientReply { original_sid: Some(sid.into()), ..press.clone() }));
        ways.push((format!("presses {action} of nothing"), press));
    }
    ways
}

#[tokio::test]
async fn a_number_that_is_not_the_patients_any_more_changes_nothing_in_any_way() {
    for (number, how) in TAKEN_AWAY {
        let (setup, appointment, message, contact) = reminded_at(number).await;
        let ways = ways_in(&setup, &appointment, &message.sid).await;
        take_away(&setup, how, contact.as_deref()).await;
        let before = setup.appointment(&appointment).await;
        for (count, (way, reply)) in ways.iter().enumerate() {
            receive(&setup, &PatientReply { from: number.into(), ..reply.clone() }).await;
            assert_eq!(setup.appointment(&appointment).await, before, "{how}: {way}");
            let row = setup.list("/api/notifications/inbound/").await.remove(0);
            assert_eq!(row["needs_attention"], true, "{how}: {way}");
            // What isn't tied to the message by a quote may also be "which appointment?".
            let quoted = reply.original_sid.is_some();
            assert!(!quoted || text(&row, "outcome") == "wrong_number", "{how}: {way}: {row}");
            assert_eq!(setup.list("/api/notifications/inbound/?needs_attention=true").await.len(), count + 1);
        }
        let sent = outbox(&setup);
        let answers: Vec<_> = sent.iter().skip(1).filter_map(|message| message.body.clone()).collect();
        assert_eq!(answers, ["Una persona de la clínica le responderá."], "{how}: one answer, without details");
    }
}

#[tokio::test]
async fn an_open_question_is_not_answered_by_a_number_that_was_taken_away() {
    for (question, answers) in [("Cancelar", ["1", "sí", "sí, cancelar"]), ("Reprogramar", ["1", "2", "la primera"])]
    {
        for answer in answers {
            for (number, how) in TAKEN_AWAY {
                let (setup, appointment, _, contact) = reminded_at(number).await;
                write_from(&setup, number, question).await;
                take_away(&setup, how, contact.as_deref()).await;
                let before = setup.appointment(&appointment).await;
                write_from(&setup, number, answer).await;
                assert_eq!(setup.appointment(&appointment).await, before, "{question} {answer} {how}");
                let left = setup.list("/api/notifications/inbound/?needs_attention=true").await;
                assert_eq!(text(&left[0], "outcome"), "wrong_number", "{question} {answer} {how}");
                assert_eq!(text(&left[0], "appointment"), appointment, "a person sees which one it is about");
            }
        }
    }
}

#[tokio::test]
async fn stop_of_a_number_that_was_taken_away_opts_out_the_number_alone() {
    for (number, how) in TAKEN_AWAY {
        let (setup, _, _, contact) = reminded_at(number).await;
        take_away(&setup, how, contact.as_deref()).await;
        write_from(&setup, number, "STOP").await;
        assert!(is_opted_in(&setup, &setup.patient).await, "{how}");
        let sibling = setup.add_patient("Tomás", "501", number).await;
        assert!(!is_opted_in(&setup, &sibling).await, "{how}");
    }
}

/// The message is stored, and processed by the job after the number was corrected.
#[tokio::test]
async fn a_message_is_judged_by_whose_the_number_was_when_it_arrived() {
    let faulty_client = FaultyClient::default();
    let setup = ClinicSetup::with_client(&faulty_client).await;
    let appointment = id(&setup.book("10:00").await);
    setup.run_job_at(DUE).await;
    store_unprocessed(&setup, &faulty_client, "Confirmo").await;
    change_patient(&setup, &setup.patient, &json!({ "phone_number": CORRECTED })).await;
    // Written after the correction.
    store_unprocessed(&setup, &faulty_client, "Cancelar").await;
    setup.run_job_at("2025-12-13T09:05:00-03:00").await;
    assert_eq!(appointment_status(&setup, &appointment).await, "CONFIRMED");
    let rows = setup.list("/api/notifications/inbound/").await;
    let outcomes: Vec<_> = rows.iter().map(|row| text(row, "outcome")).collect();
    assert_eq!(outcomes, ["wrong_number", "confirmed"]);
}

#[tokio::test]
async fn a_list_has_only_the_appointments_of_the_senders_patients() {
    let setup = ClinicSetup::new().await;
    let mut appointments = vec![id(&setup.book("10:00").await)];
    for (name, document, time) in [("Mateo", "501", "11:00"), ("Sofía", "502", "12:00")] {
        let patient = setup.add_patient(name, document, PHONE).await;
        let body = json!({ "patient": patient, "doctor": setup.doctor, "start_datetime": on_the_day(time) });
        appointments.push(setup.try_book(body).await.expect_status(201).unwrap().id());
    }
    for minute in ["00:00", "01:00", "02:00", "03:00"] {
        setup.run_job_at(&format!("2025-12-13T09:{minute}-03:00")).await;
    }
    assert_eq!(outbox(&setup).len(), 3);
    change_patient(&setup, &setup.patient, &json!({ "phone_number": CORRECTED })).await;
    write_from(&setup, PHONE, "Cancelar").await;
    let list = outbox(&setup).pop().unwrap().body.unwrap();
    assert!(list.contains("Mateo") && list.contains("Sofía") && !list.contains("Lucía"), "{list}");
    write_from(&setup, PHONE, "1").await;
    write_from(&setup, PHONE, "1").await;
    let mut statuses = Vec::new();
    for appointment in &appointments {
        statuses.push(appointment_status(&setup, appointment).await);
    }
    assert_eq!(statuses, ["PENDING", "CANCELLED", "PENDING"]);
}

/// K3.
#[tokio::test]
async fn a_landline_and_a_mobile_of_brazil_are_two_numbers() {
    for (one, other) in [("+551133334444", "+5511933334444"), ("+5511933334444", "+551133334444")] {
        let setup = ClinicSetup::new().await;
        let (ana, rui) = (setup.add_patient("Ana", "77", one).await, setup.add_patient("Rui", "78", other).await);
        let booking = json!({ "patient": ana, "doctor": setup.doctor, "start_datetime": on_the_day("10:00") });
        let appointment = setup.try_book(booking).await.expect_status(201).unwrap().id();
        setup.run_job_at(DUE).await;
        for words in ["Confirmo", "Cancelar", "1", "STOP"] {
            write_from(&setup, other, words).await;
            assert_eq!(appointment_status(&setup, &appointment).await, "PENDING", "{other} {words}");
        }
        assert_eq!((is_opted_in(&setup, &ana).await, is_opted_in(&setup, &rui).await), (true, false));
        write_from(&setup, one, "Confirmo").await;
        assert_eq!(appointment_status(&setup, &appointment).await, "CONFIRMED");
    }
}
