//! Tests of whole conversations: a bare answer does only what the last list offers under its number.

use crate::clinic_setup::{ClinicSetup, PHONE, id, on_the_day};
use crate::replies::{appointment_status, last_message, outbox, patient_says, reminded_setup};
use domain::time::TimeDelta;
use local::fake_twilio::FailMode;
use serde_json::json;

/// A number with two appointments, Mateo's at 10:00 and Sofía's at 11:00, both reminded of.
async fn family_setup() -> (ClinicSetup, String, String) {
    let setup = ClinicSetup::new().await;
    let change = json!({ "first_name": "Mateo" });
    let path = format!("/api/patients/{}/", setup.patient);
    setup.admin().await.patch(&path, &change).await.unwrap().expect_status(200).unwrap();
    let sofia = setup.add_patient("Sofía", "50111222", PHONE).await;
    let mateos = id(&setup.book("10:00").await);
    let booking = json!({ "patient": sofia, "doctor": setup.doctor, "start_datetime": on_the_day("11:00") });
    let sofias = setup.try_book(booking).await.expect_status(201).unwrap().id();
    for minute in ["00:00", "01:00", "02:00"] {
        setup.run_job_at(&format!("2025-12-13T09:{minute}-03:00")).await;
    }
    assert_eq!(outbox(&setup).len(), 2);
    (setup, mateos, sofias)
}

/// The table of faults/conversation.md: two appointments.
#[tokio::test]
async fn an_answer_never_reaches_an_older_list() {
    for (messages, expected) in [
        (&["Cancelar", "el primero", "1", "1"][..], ("CANCELLED", "PENDING")),
        (&["Cancelar", "la 1", "1", "1"], ("CANCELLED", "PENDING")),
        (&["Cancelar", "la de Sofía", "2", "2"], ("PENDING", "PENDING")),
        (&["Cancelar", "perdón", "1", "1"], ("CANCELLED", "PENDING")),
        (&["Cancelar", "1", "1", "1"], ("CANCELLED", "PENDING")),
        (&["Reprogramar", "1", "1", "2"], ("RESCHEDULED", "PENDING")),
        (&["Confirmar", "la de Mateo", "1"], ("CONFIRMED", "PENDING")),
        (&["Cancelar", "2", "BAJA", "1"], ("PENDING", "PENDING")),
    ] {
        let (setup, mateos, sofias) = family_setup().await;
        for message in messages {
            patient_says(&setup, message).await;
        }
        let found = (appointment_status(&setup, &mateos).await, appointment_status(&setup, &sofias).await);
        assert_eq!(found, (expected.0.into(), expected.1.into()), "{messages:?}: {}", last_message(&setup));
    }
}

/// The same table: one appointment.
#[tokio::test]
async fn what_was_closed_or_left_is_not_answered() {
    for (messages, expected, last) in [
        (&["Cancelar", "2", "2"][..], "PENDING", "se mantiene"),
        (&["Cancelar", "2", "no"], "PENDING", "se mantiene"),
        (&["Cancelar", "2", "mantener"], "PENDING", "se mantiene"),
        (&["Cancelar", "2", "1"], "PENDING", "¿qué desea hacer?"),
        (&["Cancelar", "Salir"], "PENDING", "no cambiamos nada"),
        (&["Cancelar", "Salir", "1"], "PENDING", "¿qué desea hacer?"),
        (&["Cancelar", "Salir", "1", "1"], "CONFIRMED", "está confirmada"),
        (&["Cancelar", "1", "sí"], "CANCELLED", "fue cancelada"),
        (&["1", "1"], "CONFIRMED", "está confirmada"),
        (&["1", "3"], "CONFIRMED", "¿Cancelar su cita"),
        (&["Reprogramar", "mantener", "mantener"], "CONFIRMED", "está confirmada"),
        (&["sí"], "CONFIRMED", "está confirmada"),
        (&["👍"], "CONFIRMED", "está confirmada"),
    ] {
        let (setup, appointment, _) = reminded_setup().await;
        for message in messages {
            patient_says(&setup, message).await;
        }
        assert_eq!(appointment_status(&setup, &appointment).await, expected, "{messages:?}");
        assert!(last_message(&setup).contains(last), "{messages:?}: {}", last_message(&setup));
    }
}

#[tokio::test]
async fn with_two_reminders_a_bare_answer_is_asked_about() {
    let (setup, mateos, sofias) = family_setup().await;
    patient_says(&setup, "1").await;
    let list = last_message(&setup);
    assert!(list.contains("1. Confirmar la cita de Mateo") && list.contains("6. Cancelar la cita de Sofía"), "{list}");
    patient_says(&setup, "4").await;
    let found = (appointment_status(&setup, &mateos).await, appointment_status(&setup, &sofias).await);
    assert_eq!(found, ("PENDING".into(), "CONFIRMED".into()));
}

#[tokio::test]
async fn the_third_unprompted_answer_goes_to_a_person() {
    let (setup, appointment, _) = reminded_setup().await;
    for message in ["Cancelar", "Salir", "sí", "Salir", "sí"] {
        patient_says(&setup, message).await;
    }
    assert!(last_message(&setup).contains("¿qué desea hacer?"), "leaving is understood, so they weren't in a row");
    for message in ["sí", "no"] {
        patient_says(&setup, message).await;
    }
    assert_eq!(appointment_status(&setup, &appointment).await, "PENDING");
    assert!(last_message(&setup).contains("Una persona de la clínica"), "{}", last_message(&setup));
}

#[tokio::test]
async fn thanks_are_answered_once() {
    let (setup, appointment, _) = reminded_setup().await;
    patient_says(&setup, "Confirmar").await;
    for (message, last) in [("Gracias", "Con gusto"), ("🙏", "Con gusto")] {
        patient_says(&setup, message).await;
        assert!(last_message(&setup).contains(last), "{message}");
    }
    assert_eq!(outbox(&setup).len(), 3, "the reminder, the confirmation, one courtesy");
    assert_eq!(appointment_status(&setup, &appointment).await, "CONFIRMED");
    assert!(setup.list("/api/notifications/inbound/?needs_attention=true").await.is_empty());
}

/// K9: the appointment that a notice was about is the one that is meant.
#[tokio::test]
async fn words_find_the_appointment_that_we_have_just_written_about() {
    let (setup, appointment, _) = reminded_setup().await;
    // So late that its reminder isn't due, which would ask.
    setup.add_window(&setup.doctor, &setup.room, "2025-12-20", "09:00", "13:00").await;
    let body = json!({ "action": "reschedule", "start_datetime": "2025-12-20T12:00:00-03:00" });
    let moved = setup.act(&appointment, &body).await.expect_status(201).unwrap().id();
    setup.run_job_at("2025-12-13T09:10:00-03:00").await;
    assert!(last_message(&setup).contains("12:00"));
    patient_says(&setup, "ok").await;
    assert_eq!(appointment_status(&setup, &moved).await, "PENDING");
    patient_says(&setup, "Confirmar").await;
    assert_eq!(appointment_status(&setup, &moved).await, "CONFIRMED");
}

/// K7: what isn't understood is seen by a person, unless something understood follows within half an hour.
#[tokio::test]
async fn an_unclear_message_comes_to_the_worklist_after_half_an_hour() {
    let worklist = "/api/notifications/inbound/?needs_attention=true";
    for (later, expected) in [(None, 1), (Some("Confirmar"), 0)] {
        let (setup, _, _) = reminded_setup().await;
        patient_says(&setup, "llego tarde").await;
        assert!(setup.list(worklist).await.is_empty());
        if let Some(words) = later {
            setup.app.advance(TimeDelta::minutes(29));
            patient_says(&setup, words).await;
        }
        setup.app.advance(TimeDelta::minutes(31));
        assert_eq!(setup.list(worklist).await.len(), expected, "{later:?}");
    }
    let (setup, _, _) = reminded_setup().await;
    patient_says(&setup, "mi mamá falleció").await;
    assert_eq!(setup.list(worklist).await.len(), 1, "at once");
}

/// K7: the appointment is at 10:00 on the 15th.
#[tokio::test]
async fn an_unclear_message_within_a_day_of_the_appointment_comes_to_the_worklist_at_once() {
    for (written, expected) in [("2025-12-14T09:59:00-03:00", 0), ("2025-12-14T10:01:00-03:00", 1)] {
        let (setup, _, _) = reminded_setup().await;
        setup.app.set_now(written).unwrap();
        patient_says(&setup, "llego tarde").await;
        let listed = setup.list("/api/notifications/inbound/?needs_attention=true").await;
        assert_eq!(listed.len(), expected, "{written}");
    }
}

/// A question whose sending failed isn't sent later, if it was answered, left or replaced meanwhile: it would be the last
/// list on the screen.
#[tokio::test]
async fn a_question_that_was_replaced_before_it_was_sent_is_dropped() {
    for (later, is_sent) in [(None, true), (Some("Reprogramar"), false), (Some("Salir"), false), (Some("1"), false)] {
        let (setup, _, _) = reminded_setup().await;
        setup.app.twilio().unwrap().fail(FailMode::TooManyRequests, None, 1);
        patient_says(&setup, "Cancelar").await;
        assert_eq!(outbox(&setup).len(), 1, "the reminder alone");
        if let Some(words) = later {
            patient_says(&setup, words).await;
        }
        setup.app.advance(TimeDelta::minutes(10));
        setup.app.system.run_reminders().await.unwrap();
        let texts = outbox(&setup).into_iter().filter_map(|message| message.body);
        let sent = texts.filter(|text| text.contains("¿Cancelar su cita")).count();
        assert_eq!(sent, usize::from(is_sent), "{later:?}");
    }
}

/// K8: an auto-responder.
#[tokio::test]
async fn at_most_three_replies_go_to_messages_that_are_not_understood() {
    let (setup, _, _) = family_setup().await;
    for _ in 0..30 {
        patient_says(&setup, "Gracias por su mensaje, lo atenderemos en breve con turno 7").await;
    }
    assert!(outbox(&setup).len() - 2 <= 3, "{}", outbox(&setup).len());
    assert_eq!(setup.list("/api/notifications/inbound/?needs_attention=true").await.len(), 1);
}

/// K11: a button pressed by accident.
#[tokio::test]
async fn a_confirmation_of_a_cancelled_appointment_is_seen_by_a_person() {
    let (setup, appointment, message) = reminded_setup().await;
    let payload = crate::replies::button_payload(&setup, "cancel", &appointment).await;
    setup.patient_presses(&payload, &message.sid).await.expect_status(200).unwrap();
    patient_says(&setup, "Confirmar").await;
    assert_eq!(appointment_status(&setup, &appointment).await, "CANCELLED");
    assert_eq!(setup.list("/api/notifications/inbound/?needs_attention=true").await.len(), 1);
}

/// The answer with the question is lost before Twilio has it, and waits for its next attempt: the patient saw nothing.
#[tokio::test]
async fn a_question_that_waits_for_another_attempt_is_not_answered() {
    for answer in ["1", "sí"] {
        let (setup, appointment, _) = reminded_setup().await;
        setup.app.twilio().unwrap().fail(FailMode::TimeoutBeforeAccept, None, 1);
        patient_says(&setup, "Cancelar").await;
        setup.app.twilio().unwrap().fail(FailMode::None, None, 0);
        setup.app.advance(TimeDelta::minutes(65));
        setup.app.system.run_reminders().await.unwrap();
        assert_eq!(outbox(&setup).len(), 1, "the reminder alone");
        patient_says(&setup, answer).await;
        assert_eq!(appointment_status(&setup, &appointment).await, "PENDING", "{answer}: {}", last_message(&setup));
        assert!(last_message(&setup).contains("¿qué desea hacer?"), "{answer}: {}", last_message(&setup));
    }
}
