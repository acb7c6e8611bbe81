//! Tests of WhatsApp users who hide their number: once the number of a user is known, a message from the user alone is one
//! from that number.

use crate::clinic_setup::{ClinicSetup, PHONE, id, on_the_day, text};
use crate::replies::{DUE, appointment_status, button_payload, outbox, reminded_setup};
use crate::who_may_act::{CORRECTED, change_patient, is_opted_in, receive, write_from};
use local::fake_twilio::PatientReply;
use serde_json::json;

const USER: &str = "CO.7771502998877665";
const OTHER_USER: &str = "MX.1231502998877665";

fn from_user(user: &str, words: &str) -> PatientReply {
    PatientReply { from: user.into(), body: Some(words.into()), ..ClinicSetup::patient_reply() }
}

/// A text with the number and the user's id, as every message of a user who doesn't hide the number has both.
fn with_both(number: &str, user: &str, words: &str) -> PatientReply {
    PatientReply { external_user: Some(user.into()), ..from_user(number, words) }
}

async fn press(setup: &ClinicSetup, user: &str, action: &str, appointment: &str, sid: &str) {
    let payload = button_payload(setup, action, appointment).await;
    let button =
        PatientReply { button_payload: Some(payload), original_sid: Some(sid.into()), ..from_user(user, "Confirmar") };
    receive(setup, &button).await;
}

/// K4: of the patient and of a contact, and of everybody who has the number.
#[tokio::test]
async fn a_user_whom_a_button_identified_opts_out_and_in() {
    let (setup, appointment, reminder) = reminded_setup().await;
    let sibling = setup.add_patient("Tomás", "501", PHONE).await;
    press(&setup, USER, "confirm", &appointment, &reminder.sid).await;
    assert_eq!(appointment_status(&setup, &appointment).await, "CONFIRMED");
    receive(&setup, &from_user(USER, "STOP")).await;
    for patient in [&setup.patient, &sibling] {
        assert!(!is_opted_in(&setup, patient).await);
    }
    let later = setup.book("12:00").await;
    assert_eq!(later["reminder"]["status"], "cancelled");
    let sent = outbox(&setup).len();
    setup.run_job_at("2025-12-14T09:00:00-03:00").await;
    assert_eq!(outbox(&setup).len(), sent, "no reminder goes out");
    receive(&setup, &from_user(USER, "ALTA")).await;
    for patient in [&setup.patient, &sibling] {
        assert!(is_opted_in(&setup, patient).await);
    }
}

/// K5: whatever identified the user first.
#[tokio::test]
async fn a_user_whose_number_is_known_answers_like_the_number() {
    for identified_by in ["number and id", "quoted text", "button"] {
        for (words, wanted) in [("Confirmar", "CONFIRMED"), ("1", "CONFIRMED"), ("Reprogramar", "RESCHEDULED")] {
            let (setup, appointment, reminder) = reminded_setup().await;
            match identified_by {
                "number and id" => receive(&setup, &with_both(PHONE, OTHER_USER, "hola")).await,
                "button" => press(&setup, OTHER_USER, "keep", &appointment, &reminder.sid).await,
                _ => {
                    let quoted = Some(reminder.sid.clone());
                    receive(&setup, &PatientReply { original_sid: quoted, ..from_user(OTHER_USER, "¿?") }).await;
                }
            }
            assert_eq!(appointment_status(&setup, &appointment).await, "PENDING");
            receive(&setup, &from_user(OTHER_USER, words)).await;
            assert_eq!(appointment_status(&setup, &appointment).await, wanted, "{identified_by} {words}");
            let last = outbox(&setup).pop().unwrap();
            let to = format!("whatsapp:{PHONE}");
            assert_eq!(last.to, to, "{identified_by} {words}: Twilio refuses the user's id as a recipient");
            // Both are one conversation, with our answers.
            let row = setup.list("/api/notifications/inbound/").await.remove(0);
            let thread = setup.admin().await.get(&format!("/api/notifications/inbound/{}/", id(&row))).await;
            let thread = thread.unwrap().expect_status(200).unwrap();
            let said = thread.body["thread"].as_array().unwrap().iter().map(|entry| text(entry, "text"));
            assert!(said.clone().any(|said| Some(said) == last.body), "{:?}", said.collect::<Vec<_>>());
        }
    }
}

#[tokio::test]
async fn a_user_who_opted_out_before_the_number_was_known_gets_nothing() {
    let setup = ClinicSetup::new().await;
    receive(&setup, &from_user(USER, "STOP")).await;
    setup.book("10:00").await;
    receive(&setup, &with_both(PHONE, USER, "hola")).await;
    let sent = outbox(&setup).len();
    setup.run_job_at(DUE).await;
    assert_eq!(outbox(&setup).len(), sent);
    receive(&setup, &from_user(USER, "ALTA")).await;
    let appointment = id(&setup.book("11:00").await);
    setup.run_job_at("2025-12-13T09:05:00-03:00").await;
    assert_eq!(setup.appointment(&appointment).await["reminder"]["status"], "sent");
}

#[tokio::test]
async fn two_questions_and_answers_of_one_chat_may_come_from_the_number_and_the_user() {
    let (setup, appointment, _) = reminded_setup().await;
    receive(&setup, &with_both(PHONE, USER, "Cancelar")).await;
    receive(&setup, &from_user(USER, "1")).await;
    assert_eq!(appointment_status(&setup, &appointment).await, "CANCELLED");
}

#[tokio::test]
async fn a_user_is_no_other_patient() {
    let (setup, appointment, _) = reminded_setup().await;
    let ana = setup.add_patient("Ana", "77", "+12025550177").await;
    let booking = json!({ "patient": ana, "doctor": setup.doctor, "start_datetime": on_the_day("11:00") });
    let hers = setup.try_book(booking).await.expect_status(201).unwrap().id();
    setup.run_job_at("2025-12-13T09:01:00-03:00").await;
    let her_message = outbox(&setup).into_iter().find(|message| message.to.ends_with("0177")).unwrap();
    // The user has Lucía's number.
    receive(&setup, &with_both(PHONE, USER, "hola")).await;
    for action in ["confirm", "cancel", "reschedule"] {
        let payload = button_payload(&setup, action, &hers).await;
        for original_sid in [None, Some("SM00000000000000000000000000000000".to_owned())] {
            let forged = PatientReply { button_payload: Some(payload.clone()), original_sid, ..from_user(USER, "x") };
            receive(&setup, &forged).await;
        }
    }
    assert_eq!(appointment_status(&setup, &hers).await, "PENDING");
    assert_eq!(appointment_status(&setup, &appointment).await, "PENDING");
    // Another user, who is Ana.
    press(&setup, OTHER_USER, "confirm", &hers, &her_message.sid).await;
    assert_eq!(appointment_status(&setup, &hers).await, "CONFIRMED");
    receive(&setup, &from_user(OTHER_USER, "STOP")).await;
    assert_eq!((is_opted_in(&setup, &ana).await, is_opted_in(&setup, &setup.patient).await), (false, true));
}

/// K1 by a hidden number: its number was corrected.
#[tokio::test]
async fn a_user_whose_number_is_not_the_patients_any_more_reaches_a_person() {
    let (setup, appointment, reminder) = reminded_setup().await;
    receive(&setup, &with_both(PHONE, USER, "hola")).await;
    change_patient(&setup, &setup.patient, &json!({ "phone_number": CORRECTED })).await;
    for words in ["Confirmar", "Cancelar", "1"] {
        receive(&setup, &from_user(USER, words)).await;
        let quoted = PatientReply { original_sid: Some(reminder.sid.clone()), ..from_user(USER, words) };
        receive(&setup, &quoted).await;
        press(&setup, USER, "cancel", &appointment, &reminder.sid).await;
    }
    receive(&setup, &from_user(USER, "STOP")).await;
    assert_eq!(appointment_status(&setup, &appointment).await, "PENDING");
    assert!(is_opted_in(&setup, &setup.patient).await);
    let left = setup.list("/api/notifications/inbound/?needs_attention=true").await;
    assert!(left.iter().filter(|row| text(row, "outcome") == "wrong_number").count() >= 9, "{left:?}");
}

#[tokio::test]
async fn a_user_with_a_new_number_has_that_number() {
    let (setup, appointment, _) = reminded_setup().await;
    receive(&setup, &with_both("+12025550177", USER, "hola")).await;
    setup.add_patient("Ana", "77", "+12025550177").await;
    receive(&setup, &with_both("+12025550177", USER, "hola")).await;
    receive(&setup, &with_both(PHONE, USER, "hola")).await;
    receive(&setup, &from_user(USER, "Confirmar")).await;
    assert_eq!(appointment_status(&setup, &appointment).await, "CONFIRMED");
    write_from(&setup, "+12025550177", "Cancelar").await;
    assert_eq!(appointment_status(&setup, &appointment).await, "CONFIRMED");
    setup.run_job_at(DUE).await;
}
