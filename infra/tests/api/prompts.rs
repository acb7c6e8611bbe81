//! Tests of prompts: a reply like "1" answers the last prompt. If it is unclear which prompt is meant, nothing changes
//! and the patient is asked again.

use crate::clinic_setup::{ClinicSetup, id};
use crate::replies::{appointment_status, last_message, patient_says, reminded_setup};
use serde_json::json;

const CHOICES: &str = "Responda 1 Confirmar, 2 Reprogramar o 3 Cancelar";

#[tokio::test]
async fn a_prompt_is_repeated_with_the_same_text() {
    for (answer, wanted) in [("1", "CANCELLED"), ("2", "PENDING")] {
        let (setup, appointment, _) = reminded_setup().await;
        patient_says(&setup, "Cancelar").await;
        let question = last_message(&setup);
        patient_says(&setup, "este... no sé bien").await;
        assert_eq!(last_message(&setup), question, "with the other choices 1 would mean something else");
        patient_says(&setup, answer).await;
        assert_eq!(appointment_status(&setup, &appointment).await, wanted);
    }
}

#[tokio::test]
async fn a_reply_to_a_prompt_a_day_old_is_not_used() {
    for answer in ["1", "sí"] {
        let (setup, appointment, _) = reminded_setup().await;
        patient_says(&setup, "Cancelar").await;
        setup.app.set_now("2025-12-14T09:00:00-03:00").unwrap();
        patient_says(&setup, answer).await;
        assert_eq!(appointment_status(&setup, &appointment).await, "PENDING", "{answer}");
        assert_eq!(
            last_message(&setup),
            "Disculpe, ¿qué desea hacer? Responda con un número:\n\
             1. Confirmar la cita de Lucía, lunes 15 de diciembre, 10:00\n\
             2. Cambiar la cita de Lucía, lunes 15 de diciembre, 10:00\n\
             3. Cancelar la cita de Lucía, lunes 15 de diciembre, 10:00"
        );
        patient_says(&setup, "1").await;
        assert_eq!(appointment_status(&setup, &appointment).await, "CONFIRMED", "the new prompt explains what 1 means");
    }
}

#[tokio::test]
async fn a_reminder_after_the_prompt_makes_1_ambiguous() {
    let (setup, first, _) = reminded_setup().await;
    let second = second_appointment(&setup).await;
    setup.app.set_now("2025-12-13T19:00:00-03:00").unwrap();
    patient_says(&setup, "Cancelar").await;
    setup.run_job_at("2025-12-14T09:00:00-03:00").await;
    assert!(last_message(&setup).contains(CHOICES));
    patient_says(&setup, "1").await;
    for appointment in [&first, &second] {
        assert_eq!(appointment_status(&setup, appointment).await, "PENDING", "cancel the one or confirm the other?");
    }
}

#[tokio::test]
async fn a_reminder_long_after_the_prompt_is_answered_as_usual() {
    let (setup, first, _) = reminded_setup().await;
    patient_says(&setup, "Cancelar").await;
    let second = second_appointment(&setup).await;
    let cancel = json!({ "action": "cancel", "reason": "llamó" });
    setup.act(&first, &cancel).await.expect_status(200).unwrap();
    setup.run_job_at("2025-12-14T09:00:00-03:00").await;
    setup.app.set_now("2025-12-14T10:00:00-03:00").unwrap();
    patient_says(&setup, "1").await;
    assert_eq!(appointment_status(&setup, &second).await, "CONFIRMED");
}

/// Books an appointment of the same patient on the next day.
async fn second_appointment(setup: &ClinicSetup) -> String {
    setup.add_window(&setup.doctor, &setup.room, "2025-12-16", "09:00", "13:00").await;
    id(&setup.book("2025-12-16T10:00:00-03:00").await)
}
