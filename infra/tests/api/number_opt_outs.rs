//! Tests that an opt-out belongs to the number: it holds for every patient who has the number, or gets it later, until
//! ALTA comes from the number.

use crate::clinic_setup::{ClinicSetup, PHONE, id, on_the_day, text};
use crate::contacts::add_receiver;
use crate::replies::{DUE, last_message, outbox};
use crate::sending::send_reminder;
use crate::who_may_act::{CORRECTED, MOTHER, change_patient, is_opted_in, write_from};
use domain::time::TimeDelta;
use futures_util::future::join;
use serde_json::json;

const NOBODYS: &str = "+12025550199";

async fn book_for(setup: &ClinicSetup, patient: &str, time: &str) -> String {
    let body = json!({ "patient": patient, "doctor": setup.doctor, "start_datetime": on_the_day(time) });
    setup.try_book(body).await.expect_status(201).unwrap().id()
}

/// How many reminders the number got.
pub(crate) fn reminders_to(setup: &ClinicSetup, number: &str) -> usize {
    let reminds = |body: &Option<String>| body.as_ref().is_some_and(|body| body.contains("recordamos"));
    outbox(setup).iter().filter(|message| message.to.ends_with(number) && reminds(&message.body)).count()
}

/// K6.
#[tokio::test]
async fn a_number_that_opted_out_before_it_was_a_patients_is_not_written_to() {
    for words in ["STOP", "BAJA", "no me escriban"] {
        let setup = ClinicSetup::new().await;
        write_from(&setup, NOBODYS, words).await;
        // Registered, corrected, as a contact's.
        let registered = setup.add_patient("Ana", "77", NOBODYS).await;
        let corrected = setup.add_patient("Rosa", "78", CORRECTED).await;
        change_patient(&setup, &corrected, &json!({ "phone_number": NOBODYS })).await;
        add_receiver(&setup, NOBODYS).await;
        for (patient, time) in [(&registered, "10:00"), (&corrected, "11:00"), (&setup.patient, "12:00")] {
            assert!(!is_opted_in(&setup, patient).await, "{words} {time}");
            let appointment = book_for(&setup, patient, time).await;
            assert_eq!(setup.appointment(&appointment).await["reminder"]["status"], "cancelled");
        }
        setup.run_job_at(DUE).await;
        assert_eq!(reminders_to(&setup, NOBODYS), 0, "{words}");
        write_from(&setup, NOBODYS, "ALTA").await;
        for patient in [&registered, &corrected, &setup.patient] {
            assert!(is_opted_in(&setup, patient).await, "{words}");
        }
    }
}

#[tokio::test]
async fn a_sibling_who_is_registered_after_baja_is_not_written_to() {
    let setup = ClinicSetup::new().await;
    write_from(&setup, PHONE, "BAJA").await;
    let sibling = setup.add_patient("Tomás", "501", PHONE).await;
    book_for(&setup, &sibling, "10:00").await;
    setup.run_job_at(DUE).await;
    assert_eq!(reminders_to(&setup, PHONE), 0);
}

/// Whatever the order in which the two are written.
#[tokio::test]
async fn a_patient_who_is_registered_while_the_number_opts_out_is_not_written_to() {
    for _ in 0..10 {
        let setup = ClinicSetup::new().await;
        let ((), sibling) = join(write_from(&setup, PHONE, "BAJA"), setup.add_patient("Tomás", "501", PHONE)).await;
        book_for(&setup, &sibling, "10:00").await;
        setup.run_job_at(DUE).await;
        assert_eq!(reminders_to(&setup, PHONE), 0);
    }
}

#[tokio::test]
async fn consent_does_not_come_back_by_omission() {
    let setup = ClinicSetup::new().await;
    write_from(&setup, PHONE, "BAJA").await;
    let operator = setup.operator().await;
    let path = format!("/api/patients/{}/", setup.patient);
    // Said outright it is refused.
    for change in [json!({ "whatsapp_opt_in": true }), json!({ "whatsapp_opt_in": true, "notes": "x" })] {
        let refused = operator.patch(&path, &change).await.unwrap().expect_status(400).unwrap();
        assert!(refused.body["errors"]["whatsapp_opt_in"].is_array(), "{}", refused.body);
    }
    // Other changes leave it.
    operator.patch(&path, &json!({ "notes": "x" })).await.unwrap().expect_status(200).unwrap();
    let complete = json!({ "first_name": "Lucía", "last_name": "Fernández", "document_number": "30123456",
        "phone_number": PHONE });
    operator.put(&path, &complete).await.unwrap().expect_status(200).unwrap();
    assert!(!is_opted_in(&setup, &setup.patient).await);
    // Another number is another matter: whoever saves it may say that messages are wanted.
    let corrected = json!({ "phone_number": CORRECTED });
    change_patient(&setup, &setup.patient, &corrected).await;
    assert!(!is_opted_in(&setup, &setup.patient).await, "not by omission");
    change_patient(&setup, &setup.patient, &json!({ "whatsapp_opt_in": true })).await;
    assert!(is_opted_in(&setup, &setup.patient).await);
    change_patient(&setup, &setup.patient, &json!({ "phone_number": PHONE })).await;
    assert!(!is_opted_in(&setup, &setup.patient).await, "the number is still opted out");
}

/// K29.
#[tokio::test]
async fn sending_to_a_patient_who_has_opted_out_is_refused_with_the_reason() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    add_receiver(&setup, MOTHER).await;
    write_from(&setup, MOTHER, "BAJA").await;
    for body in [json!({}), json!({ "force": true })] {
        let refused = send_reminder(&setup, &appointment, body).await.expect_status(400).unwrap();
        assert_eq!(refused.code(), "validation_error");
        assert!(refused.body["errors"]["whatsapp_opt_in"].is_array(), "{}", refused.body);
    }
    assert_eq!(reminders_to(&setup, MOTHER), 0);
    write_from(&setup, MOTHER, "ALTA").await;
    setup.app.advance(TimeDelta::minutes(1));
    send_reminder(&setup, &appointment, json!({})).await.expect_status(200).unwrap();
    assert_eq!(reminders_to(&setup, MOTHER), 1);
}

#[tokio::test]
async fn a_pending_reminder_is_dropped_when_the_number_opts_out() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    write_from(&setup, PHONE, "BAJA").await;
    assert!(last_message(&setup).contains("ALTA"), "the answer goes out");
    setup.run_job_at(DUE).await;
    let row = setup.list(&format!("/api/notifications/?appointment={appointment}&kind=reminder")).await.remove(0);
    assert_eq!((text(&row, "status"), reminders_to(&setup, PHONE)), ("cancelled".into(), 0));
}
