//! Tests of messages from unknown senders: they cost little and get one answer a day. A sender who can be identified by
//! number or by the message they reply to isn't unknown.

use crate::clinic_setup::{ClinicSetup, id, text};
use crate::replies::{DUE, appointment_status, button_payload, last_message, outbox, patient_says, reminded_setup};
use domain::time::TimeDelta;
use local::fake_twilio::PatientReply;
use testkit::faulty_client::{FaultyClient, run_as_operation};

const UNKNOWN: &str = "+5511987650000";

fn reply_of_unknown_sender(words: &str) -> PatientReply {
    PatientReply { from: UNKNOWN.into(), body: Some(words.into()), ..ClinicSetup::patient_reply() }
}

#[tokio::test]
async fn an_unknown_sender_is_answered_once_a_day_and_listed() {
    let setup = ClinicSetup::new().await;
    for words in ["oi, quero marcar uma consulta", "alô?", "1", "cancelar"] {
        setup.app.patient_writes(&reply_of_unknown_sender(words)).await.unwrap().expect_status(200).unwrap();
    }
    assert_eq!(outbox(&setup).len(), 1);
    assert!(last_message(&setup).contains("ligue para a clínica"), "in the language of the country");
    setup.app.clock.advance(TimeDelta::hours(25));
    setup.app.patient_writes(&reply_of_unknown_sender("e agora?")).await.unwrap().expect_status(200).unwrap();
    assert_eq!(outbox(&setup).len(), 2);

    let kept = setup.list("/api/notifications/inbound/").await;
    assert_eq!(kept.len(), 5);
    assert!(kept.iter().all(|row| text(row, "outcome") == "stranger" && row["needs_attention"] == false));
}

#[tokio::test]
async fn stop_from_an_unknown_sender_is_not_answered() {
    let setup = ClinicSetup::new().await;
    let answer = setup.app.patient_writes(&reply_of_unknown_sender("STOP")).await.unwrap().expect_status(200).unwrap();
    assert!(answer.body.as_str().unwrap().contains("<Response/>"));
    assert_eq!(outbox(&setup).len(), 0);
}

#[tokio::test]
async fn a_flood_costs_one_write_per_message() {
    let faulty_client = FaultyClient::default();
    let setup = ClinicSetup::with_client(&faulty_client).await;
    setup.app.patient_writes(&reply_of_unknown_sender("oi")).await.unwrap().expect_status(200).unwrap();
    faulty_client.record_calls();
    let flood = async {
        for number in 0..20 {
            let reply = reply_of_unknown_sender(&format!("spam {number}"));
            setup.app.patient_writes(&reply).await.unwrap().expect_status(200).unwrap();
        }
    };
    run_as_operation(1, flood).await;
    let written: Vec<_> = faulty_client.take_calls(1).into_iter().filter(|exchange| exchange.kind.writes()).collect();
    let rows =
        written.iter().map(|exchange| exchange.request["TransactItems"].as_array().unwrap().len()).sum::<usize>();
    assert_eq!((written.len(), rows), (20, 20));
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
