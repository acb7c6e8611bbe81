//! Tests of messages from unknown senders: they cost little, staff see the first ones, and a number gets one answer a
//! day. A sender who can be identified by
//! number or by the message they reply to isn't unknown.

use crate::clinic_setup::{ClinicSetup, id, text};
use crate::replies::{DUE, appointment_status, button_payload, last_message, outbox, patient_says, reminded_setup};
use domain::time::TimeDelta;
use futures_util::future::join_all;
use local::fake_twilio::PatientReply;
use serde_json::Value;
use testkit::faulty_client::{FaultyClient, run_as_operation};

const UNKNOWN: &str = "+5511987650000";
const WEBHOOK: &str = "/api/notifications/whatsapp/webhook/";

fn reply_of_unknown_sender(words: &str) -> PatientReply {
    PatientReply { from: UNKNOWN.into(), body: Some(words.into()), ..ClinicSetup::patient_reply() }
}

/// The messages that staff see.
async fn new_contacts(setup: &ClinicSetup) -> Vec<Value> {
    let rows = setup.list("/api/notifications/inbound/?needs_attention=true").await;
    assert!(rows.iter().all(|row| row["attention"]["kind"] == "new_contact"), "{rows:?}");
    rows
}

#[tokio::test]
async fn an_unknown_sender_is_answered_once_a_day_and_seen() {
    let setup = ClinicSetup::new().await;
    for words in ["oi, quero marcar uma consulta", "alô?", "1", "cancelar"] {
        setup.app.patient_writes(&reply_of_unknown_sender(words)).await.unwrap().expect_status(200).unwrap();
    }
    assert_eq!(outbox(&setup).len(), 1);
    assert_eq!(
        last_message(&setup),
        "Obrigado por escrever a Centro. Não encontramos consultas com este número. Escreva o nome de quem será \
         atendido e o que precisa; uma pessoa responde. Por favor não envie dados de saúde. Urgências: 107.",
        "in the language of the sender's country, with the number of the clinic's"
    );
    setup.app.clock.advance(TimeDelta::hours(25));
    setup.app.patient_writes(&reply_of_unknown_sender("e agora?")).await.unwrap().expect_status(200).unwrap();
    assert_eq!(outbox(&setup).len(), 2);

    let kept = setup.list("/api/notifications/inbound/").await;
    assert_eq!((kept.len(), new_contacts(&setup).await.len()), (5, 5));
    assert!(kept.iter().all(|row| text(row, "outcome") == "stranger"));
    // With several clinics none of them is named.
    setup.add_clinic("Norte").await;
    let other = PatientReply { from: "+573001234567".into(), ..reply_of_unknown_sender("hola") };
    setup.app.patient_writes(&other).await.unwrap().expect_status(200).unwrap();
    assert!(last_message(&setup).starts_with("Gracias por escribir. Con este número"));
    assert!(last_message(&setup).ends_with("Urgencias: 123."));
}

#[tokio::test]
async fn stop_from_an_unknown_sender_is_not_answered() {
    let setup = ClinicSetup::new().await;
    let answer = setup.app.patient_writes(&reply_of_unknown_sender("STOP")).await.unwrap().expect_status(200).unwrap();
    assert!(answer.body.as_str().unwrap().contains("<Response/>"));
    assert_eq!(outbox(&setup).len(), 0);
    assert!(new_contacts(&setup).await.is_empty());
}

#[tokio::test]
async fn the_sixth_message_of_a_day_is_only_stored() {
    let setup = ClinicSetup::new().await;
    for number in 1..=8 {
        setup.app.patient_writes(&reply_of_unknown_sender(&format!("oi {number}"))).await.unwrap();
    }
    assert_eq!((outbox(&setup).len(), new_contacts(&setup).await.len()), (1, 5));
    let kept = setup.list("/api/notifications/inbound/").await;
    assert_eq!((kept.len(), kept.iter().filter(|row| text(row, "outcome") == "flood").count()), (8, 3));
    setup.app.clock.advance(TimeDelta::hours(24));
    setup.app.patient_writes(&reply_of_unknown_sender("bom dia")).await.unwrap();
    assert_eq!((outbox(&setup).len(), new_contacts(&setup).await.len()), (2, 6), "the next day");
}

#[tokio::test]
async fn of_two_first_messages_at_once_one_is_answered_and_none_is_taken_for_a_patients() {
    for _ in 0..4 {
        let setup = ClinicSetup::new().await;
        let messages: Vec<_> = (0..4).map(|number| reply_of_unknown_sender(&format!("oi {number}"))).collect();
        for answer in join_all(messages.iter().map(|message| setup.app.patient_writes(message))).await {
            answer.unwrap().expect_status(200).unwrap();
        }
        setup.app.system.run_reminders().await.unwrap();
        let rows = setup.list("/api/notifications/inbound/").await;
        let outcomes: Vec<String> = rows.iter().map(|row| text(row, "outcome")).collect();
        assert_eq!((outbox(&setup).len(), outcomes), (1, vec!["stranger".to_owned(); 4]));
    }
}

#[tokio::test]
async fn a_message_that_is_delivered_twice_counts_once() {
    let setup = ClinicSetup::new().await;
    let (form, _) = setup.app.twilio().unwrap().inbound_form(&reply_of_unknown_sender("oi"));
    let mut answered = 0;
    for answer in join_all((0..8).map(|_| setup.app.post_signed(WEBHOOK, &form))).await {
        let answer = answer.unwrap().expect_status(200).unwrap();
        answered += usize::from(answer.body.as_str().unwrap().contains("<Message>"));
    }
    assert_eq!((answered, new_contacts(&setup).await.len()), (1, 1));
    for number in 2..=5 {
        setup.app.patient_writes(&reply_of_unknown_sender(&format!("oi {number}"))).await.unwrap();
    }
    assert_eq!(new_contacts(&setup).await.len(), 5, "the repetitions don't count");
}

#[tokio::test]
async fn of_many_new_numbers_in_an_hour_a_hundred_are_answered() {
    let setup = ClinicSetup::new().await;
    let number = |index: u32| format!("+55119876{index:05}");
    let writes = async |index: u32, words: &str| {
        let reply = PatientReply { from: number(index), ..reply_of_unknown_sender(words) };
        setup.app.patient_writes(&reply).await.unwrap().expect_status(200).unwrap();
    };
    // Several at a time, as a flood comes.
    for tens in 0..11 {
        join_all((0..10).map(|one| writes(tens * 10 + one, "oi"))).await;
    }
    let worklist = "/api/notifications/inbound/?needs_attention=true&page_size=200";
    let seen = setup.list(worklist).await;
    assert_eq!((outbox(&setup).len(), seen.len()), (100, 101));
    let first_beyond: Vec<_> = seen.iter().filter(|row| text(row, "outcome") == "flood").collect();
    assert_eq!(first_beyond.len(), 1, "one row says so");
    // An emergency is answered all the same.
    writes(200, "me duele el pecho").await;
    assert_eq!(outbox(&setup).len(), 101);
    let beyond = text(first_beyond[0], "from");
    setup.app.clock.advance(TimeDelta::hours(1));
    let reply = PatientReply { from: beyond, ..reply_of_unknown_sender("alô?") };
    setup.app.patient_writes(&reply).await.unwrap().expect_status(200).unwrap();
    assert_eq!(outbox(&setup).len(), 102, "in the next hour it is new");
}

#[tokio::test]
async fn a_flood_costs_few_writes() {
    let faulty_client = FaultyClient::default();
    let setup = ClinicSetup::with_client(&faulty_client).await;
    faulty_client.record_calls();
    let flood = async {
        for number in 0..20 {
            let reply = reply_of_unknown_sender(&format!("spam {number}"));
            setup.app.patient_writes(&reply).await.unwrap().expect_status(200).unwrap();
        }
    };
    run_as_operation(1, flood).await;
    let written: Vec<_> = faulty_client.take_calls(1).into_iter().filter(|exchange| exchange.kind.writes()).collect();
    let rows: Vec<_> =
        written.iter().map(|exchange| exchange.request["TransactItems"].as_array().map_or(1, Vec::len)).collect();
    // The first is counted as a new number; five are counted; each is stored.
    assert_eq!(rows, [[1].as_slice(), &[2; 5], &[1; 15]].concat());
    assert_eq!(outbox(&setup).len(), 1);
}

#[tokio::test]
async fn a_patient_without_a_reminder_is_known() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    patient_says(&setup, "cancelar").await;
    assert!(last_message(&setup).contains("Una persona de la clínica"));
    assert_eq!(appointment_status(&setup, &appointment).await, "PENDING", "nothing was asked of that patient yet");
    let left = setup.list("/api/notifications/inbound/?needs_attention=true").await;
    assert_eq!((left.len(), text(&left[0], "outcome")), (1, "no_visit".into()));
}

#[tokio::test]
async fn a_sender_with_a_hidden_number_is_known_by_the_message_they_reply_to() {
    let (setup, appointment, reminder) = reminded_setup().await;
    let hidden = PatientReply { from: "MX.1502998877665544".into(), ..ClinicSetup::patient_reply() };
    // Without a reference the sender is unknown.
    let reply = PatientReply { body: Some("confirmo".into()), ..hidden.clone() };
    setup.app.patient_writes(&reply).await.unwrap().expect_status(200).unwrap();
    assert_eq!(appointment_status(&setup, &appointment).await, "PENDING");
    // A button payload without the message that it belongs to can be forged.
    let payload = button_payload(&setup, "confirm", &appointment).await;
    let made_up = PatientReply { button_payload: Some(payload), ..hidden.clone() };
    for original_sid in [None, Some("SM00000000000000000000000000000000".to_owned())] {
        let reply = PatientReply { original_sid, ..made_up.clone() };
        setup.app.patient_writes(&reply).await.unwrap().expect_status(200).unwrap();
        assert_eq!(appointment_status(&setup, &appointment).await, "PENDING");
    }
    // A reply to the reminder, as every real button is.
    let reply = PatientReply { original_sid: Some(reminder.sid.clone()), ..reply };
    setup.app.patient_writes(&reply).await.unwrap().expect_status(200).unwrap();
    assert_eq!(appointment_status(&setup, &appointment).await, "CONFIRMED");
    let last = outbox(&setup).pop().unwrap();
    assert!(last.body.unwrap().contains("está confirmada"));
    assert_eq!(last.to, reminder.to, "to the number: Twilio refuses the user's id as a recipient");
}

#[tokio::test]
async fn other_spellings_of_a_number_are_recognized() {
    for (dialled, comes_back) in
        [("+525512345678", "+5215512345678"), ("+5491123456789", "+541123456789"), ("+5511987654321", "+551187654321")]
    {
        let setup = ClinicSetup::new().await;
        let patient = setup.add_patient("Ana", "77", dialled).await;
        let booking = serde_json::json!({ "patient": patient, "doctor": setup.doctor,
            "start_datetime": crate::clinic_setup::on_the_day("10:00") });
        let appointment = setup.try_book(booking).await.expect_status(201).unwrap().id();
        setup.run_job_at(DUE).await;
        let reply =
            PatientReply { from: comes_back.into(), body: Some("Confirmo".into()), ..ClinicSetup::patient_reply() };
        setup.app.patient_writes(&reply).await.unwrap().expect_status(200).unwrap();
        assert_eq!(appointment_status(&setup, &appointment).await, "CONFIRMED", "{dialled}");
        let sent = outbox(&setup);
        assert_eq!(sent[0].to, format!("whatsapp:{dialled}"), "no digit is made up");
        assert_eq!(sent[1].to, format!("whatsapp:{comes_back}"), "the answer goes back verbatim");
    }
}
