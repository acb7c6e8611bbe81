//! Tests of which appointment a reply is about: the one of the message that it replies to, never one of another number,
//! a past one, or simply the last one.

use crate::clinic_setup::{ClinicSetup, PHONE, id, on_the_day, text};
use crate::replies::{DUE, appointment_status, button_payload, last_message, outbox, patient_says, reminded_setup};
use local::fake_twilio::PatientReply;
use serde_json::{Value, json};

#[tokio::test]
async fn a_button_of_another_number_has_no_effect() {
    let setup = ClinicSetup::new().await;
    let mine = id(&setup.book("10:00").await);
    let ana = setup.add_patient("Ana", "77", "+12025550177").await;
    let booking = json!({ "patient": ana, "doctor": setup.doctor, "start_datetime": on_the_day("11:00") });
    let hers = setup.try_book(booking).await.expect_status(201).unwrap().id();
    setup.run_job_at(DUE).await;
    let her_message = outbox(&setup).into_iter().find(|message| message.to.ends_with("0177")).unwrap();
    let payload = button_payload(&setup, "cancel", &hers).await;
    setup.patient_presses(&payload, &her_message.sid).await.expect_status(200).unwrap();
    let quoted = PatientReply {
        body: Some("Confirmo".into()),
        original_sid: Some(her_message.sid.clone()),
        ..ClinicSetup::patient_reply()
    };
    setup.app.patient_writes(&quoted).await.unwrap().expect_status(200).unwrap();
    setup.patient_presses("cancel:019b2f3e-7a10-7cc1-9d7e-0242ac120002", "SM0").await.expect_status(200).unwrap();
    assert_eq!(appointment_status(&setup, &hers).await, "PENDING");
    assert_eq!(
        appointment_status(&setup, &mine).await,
        "PENDING",
        "the reply isn't taken for the sender's own appointment"
    );
}

#[tokio::test]
async fn with_two_appointments_the_message_replied_to_decides() {
    let setup = ClinicSetup::new().await;
    let child = setup.add_patient("Tomás", "50111222", PHONE).await;
    let own = id(&setup.book("10:00").await);
    let booking = json!({ "patient": child, "doctor": setup.doctor, "start_datetime": on_the_day("11:00") });
    let childs = setup.try_book(booking).await.expect_status(201).unwrap().id();
    // Two reminders to one number are sent with a pause between them.
    for minute in ["00:00", "01:00", "02:00"] {
        setup.run_job_at(&format!("2025-12-13T09:{minute}-03:00")).await;
    }
    assert_eq!(outbox(&setup).len(), 2);
    patient_says(&setup, "Confirmo").await;
    let statuses = (appointment_status(&setup, &own).await, appointment_status(&setup, &childs).await);
    assert_eq!(statuses, ("PENDING".into(), "PENDING".into()), "the last one is never assumed");

    let about = |appointment: &str, rows: &[Value]| {
        text(rows.iter().find(|row| text(row, "appointment") == appointment).unwrap(), "external_id")
    };
    let rows = setup.list("/api/notifications/?kind=reminder").await;
    let quoted = PatientReply {
        body: Some("Confirmo".into()),
        original_sid: Some(about(&childs, &rows)),
        ..ClinicSetup::patient_reply()
    };
    setup.app.patient_writes(&quoted).await.unwrap().expect_status(200).unwrap();
    assert_eq!(
        (appointment_status(&setup, &own).await, appointment_status(&setup, &childs).await),
        ("PENDING".into(), "CONFIRMED".into())
    );
}

#[tokio::test]
async fn after_the_start_a_reply_changes_nothing() {
    let (setup, appointment, message) = reminded_setup().await;
    let before = setup.appointment(&appointment).await;
    setup.app.set_now(&on_the_day("10:00")).unwrap();
    for action in ["confirm", "cancel", "reschedule"] {
        let payload = button_payload(&setup, action, &appointment).await;
        setup.patient_presses(&payload, &message.sid).await.expect_status(200).unwrap();
        assert!(last_message(&setup).contains("ya no se puede cambiar"), "{action}");
    }
    patient_says(&setup, "confirmo").await;
    assert_eq!(setup.appointment(&appointment).await, before);
}

#[tokio::test]
async fn a_late_reply_to_an_old_message_does_not_change_the_new_appointment() {
    let (setup, appointment, message) = reminded_setup().await;
    let request = json!({ "action": "reschedule", "start_datetime": on_the_day("12:00") });
    let new = setup.act(&appointment, &request).await.expect_status(201).unwrap().id();
    let payload = button_payload(&setup, "cancel", &appointment).await;
    setup.patient_presses(&payload, &message.sid).await.expect_status(200).unwrap();
    assert_eq!(
        (appointment_status(&setup, &appointment).await, appointment_status(&setup, &new).await),
        ("RESCHEDULED".into(), "PENDING".into())
    );
    assert!(last_message(&setup).contains("cambió: ahora es el lunes 15 de diciembre a las 12:00"));
}
