//! Tests of replies from a number with several appointments: the patient is asked which one is meant, and then the
//! requested action is performed.

use crate::clinic_setup::{ClinicSetup, PHONE, id, on_the_day};
use crate::replies::{DUE, appointment_status, last_message, patient_says};
use serde_json::json;

/// A mother and her child with the same number, both reminded of an appointment.
async fn family_setup() -> (ClinicSetup, String, String) {
    let setup = ClinicSetup::new().await;
    let child = setup.add_patient("Tomás", "50111222", PHONE).await;
    let own = id(&setup.book("10:00").await);
    let booking = json!({ "patient": child, "doctor": setup.doctor, "start_datetime": on_the_day("11:00") });
    let childs = setup.try_book(booking).await.expect_status(201).unwrap().id();
    setup.run_job_at(DUE).await;
    (setup, own, childs)
}

#[tokio::test]
async fn an_ambiguous_reply_is_answered_with_a_list() {
    for (words, number, question, expected) in [
        ("Confirmo", "2", "¿Qué cita quiere confirmar?", ("PENDING", "CONFIRMED")),
        ("Confirmo", "la de Tomás", "¿Qué cita quiere confirmar?", ("PENDING", "CONFIRMED")),
        ("Reprogramar", "2", "¿Qué cita quiere cambiar?", ("PENDING", "RESCHEDULED")),
    ] {
        let (setup, own, childs) = family_setup().await;
        patient_says(&setup, words).await;
        assert_eq!(
            last_message(&setup),
            format!(
                "{question} Responda con un número:\n1. Lucía, lunes 15 de diciembre, 10:00\n\
                 2. Tomás, lunes 15 de diciembre, 11:00"
            )
        );
        assert_eq!(
            (appointment_status(&setup, &own).await, appointment_status(&setup, &childs).await),
            ("PENDING".into(), "PENDING".into())
        );
        patient_says(&setup, number).await;
        let found = (appointment_status(&setup, &own).await, appointment_status(&setup, &childs).await);
        assert_eq!(found, (expected.0.into(), expected.1.into()), "{words}, {number}");
    }
}

#[tokio::test]
async fn cancelling_the_chosen_appointment_needs_a_confirmation() {
    let (setup, own, childs) = family_setup().await;
    patient_says(&setup, "Cancelar").await;
    patient_says(&setup, "2").await;
    assert!(last_message(&setup).starts_with("¿Cancelar su cita del lunes 15 de diciembre a las 11:00?"));
    assert_eq!(appointment_status(&setup, &childs).await, "PENDING");
    patient_says(&setup, "1").await;
    assert_eq!(
        (appointment_status(&setup, &own).await, appointment_status(&setup, &childs).await),
        ("PENDING".into(), "CANCELLED".into())
    );
}

#[tokio::test]
async fn a_number_that_is_not_in_the_list_does_nothing() {
    let (setup, own, childs) = family_setup().await;
    patient_says(&setup, "Confirmo").await;
    for words in ["3", "9", "las dos"] {
        patient_says(&setup, words).await;
        assert_eq!(
            (appointment_status(&setup, &own).await, appointment_status(&setup, &childs).await),
            ("PENDING".into(), "PENDING".into())
        );
    }
}
