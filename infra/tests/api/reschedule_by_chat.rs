//! Tests of rescheduling by chat: after "Reprogramar" the patient gets a list of free slots and picks one by number.

use crate::clinic_setup::{ClinicSetup, PHONE, id, on_the_day, text};
use crate::replies::{DUE, appointment_status, button_payload, last_message, outbox, patient_says, reminded_setup};
use local::system::{FAKE_ACCOUNT, FAKE_SENDER};
use serde_json::{Value, json};

/// The slots of the last list that was sent, as texts.
fn offered_times(setup: &ClinicSetup) -> Vec<String> {
    let words = last_message(setup);
    words.lines().skip(1).map(|line| line.split_once(". ").unwrap().1.to_owned()).collect()
}

async fn new_appointment(setup: &ClinicSetup, appointment: &str) -> Value {
    setup.appointment(&text(&setup.appointment(appointment).await, "rescheduled_to")).await
}

#[tokio::test]
async fn a_number_reschedules_the_appointment() {
    let (setup, appointment, _) = reminded_setup().await;
    patient_says(&setup, "Reprogramar").await;
    let lines = offered_times(&setup);
    let monday = |time: &str| format!("lunes 15 de diciembre, {time}");
    let expected = ["09:00", "09:30", "10:30", "11:00", "11:30", "12:00"].map(monday);
    assert_eq!(lines.split_last().unwrap(), (&"Ninguno de estos".to_owned(), expected.as_slice()));
    assert!(last_message(&setup).starts_with("Elija un nuevo horario:"));
    assert_eq!(appointment_status(&setup, &appointment).await, "RESCHEDULED");
    patient_says(&setup, "2").await;
    let new = new_appointment(&setup, &appointment).await;
    assert_eq!((text(&new, "status"), text(&new, "start_datetime")), ("CONFIRMED".into(), on_the_day("09:30")));
    assert_eq!((text(&new, "confirmed_via"), text(&new, "rescheduled_from")), ("whatsapp".into(), appointment.clone()));
    assert!(last_message(&setup).contains("es ahora el lunes 15 de diciembre a las 09:30"));
    let old = setup.appointment(&appointment).await;
    assert!(old["hold_until"].is_null() && old["needs_attention"] == json!(false), "{old}");
    setup.book("10:00").await;
    let trail = setup.list(&format!("/api/appointments/{appointment}/actions/")).await;
    let last = trail.iter().find(|row| row["action"] == "reschedule").unwrap();
    assert_eq!((text(&last["actor"], "type"), text(last, "channel")), ("patient".into(), "whatsapp".into()));
}

#[tokio::test]
async fn the_same_choice_twice_reschedules_once() {
    let (setup, appointment, _) = reminded_setup().await;
    patient_says(&setup, "Reprogramar").await;
    let form = [
        ("MessageSid", "SM00000000000000000000000000000009"),
        ("AccountSid", FAKE_ACCOUNT),
        ("From", &format!("whatsapp:{PHONE}")),
        ("To", FAKE_SENDER),
        ("Body", "1"),
    ];
    let form: Vec<_> = form.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    for _ in 0..2 {
        setup.app.post_signed("/api/notifications/whatsapp/webhook/", &form).await.unwrap().expect_status(200).unwrap();
    }
    let new = id(&new_appointment(&setup, &appointment).await);
    // The prompt is answered: another "1" must not reschedule again.
    patient_says(&setup, "1").await;
    assert_eq!(id(&new_appointment(&setup, &appointment).await), new);
    assert_eq!(appointment_status(&setup, &new).await, "CONFIRMED");
}

#[tokio::test]
async fn a_slot_that_was_booked_meanwhile_is_replaced_by_others() {
    let (setup, appointment, _) = reminded_setup().await;
    patient_says(&setup, "Reprogramar").await;
    let other = setup.add_patient("Ana", "77", "+12025550177").await;
    let booking = json!({ "patient": other, "doctor": setup.doctor, "start_datetime": on_the_day("09:00") });
    setup.try_book(booking).await.expect_status(201).unwrap();
    patient_says(&setup, "1").await;
    assert_eq!(appointment_status(&setup, &appointment).await, "RESCHEDULED");
    assert!(last_message(&setup).starts_with("Ese horario ya no está libre. Elija otro:"));
    assert_eq!(offered_times(&setup)[0], "lunes 15 de diciembre, 09:30");
    patient_says(&setup, "1").await;
    assert_eq!(text(&new_appointment(&setup, &appointment).await, "start_datetime"), on_the_day("09:30"));
}

#[tokio::test]
async fn none_of_these_marks_the_appointment_for_attention() {
    let (setup, appointment, _) = reminded_setup().await;
    patient_says(&setup, "Reprogramar").await;
    let none = offered_times(&setup).len();
    patient_says(&setup, &none.to_string()).await;
    assert!(last_message(&setup).contains("Le escribiremos para acordar otra"));
    let held = setup.appointment(&appointment).await;
    assert!(held["needs_attention"] == json!(true) && held["rescheduled_to"].is_null(), "{held}");
    patient_says(&setup, "1").await;
    assert!(setup.appointment(&appointment).await["rescheduled_to"].is_null(), "the list is over");
}

#[tokio::test]
async fn a_list_can_be_answered_in_words() {
    for (words, status_after, said) in [
        ("2. lunes 15 de diciembre, 09:30", "RESCHEDULED", "Elija un nuevo horario:"),
        ("No, ninguno me sirve", "RESCHEDULED", "Le escribiremos para acordar otra"),
        ("mejor mantener mi cita", "CONFIRMED", "está confirmada"),
        ("cancelar", "RESCHEDULED", "¿Cancelar"),
        ("ok", "RESCHEDULED", "Elija un nuevo horario:"),
    ] {
        let (setup, appointment, _) = reminded_setup().await;
        patient_says(&setup, "Reprogramar").await;
        patient_says(&setup, words).await;
        let held = setup.appointment(&appointment).await;
        assert_eq!(
            (text(&held, "status"), held["rescheduled_to"].clone()),
            (status_after.into(), json!(null)),
            "{words}"
        );
        assert!(last_message(&setup).contains(said), "{words}: {}", last_message(&setup));
    }
}

#[tokio::test]
async fn a_confirmation_during_the_hold_keeps_the_appointment() {
    let (setup, appointment, message) = reminded_setup().await;
    patient_says(&setup, "Reprogramar").await;
    let payload = button_payload(&setup, "confirm", &appointment).await;
    setup.patient_presses(&payload, &message.sid).await.expect_status(200).unwrap();
    let kept = setup.appointment(&appointment).await;
    assert_eq!((text(&kept, "status"), kept["needs_attention"].clone()), ("CONFIRMED".into(), json!(false)));
    assert!(last_message(&setup).contains("está confirmada"));
    // The slot was booked by another patient meanwhile: other slots are offered.
    let (setup, appointment, message) = reminded_setup().await;
    patient_says(&setup, "Reprogramar").await;
    setup.run_job_at("2025-12-13T11:00:00-03:00").await;
    let other = setup.add_patient("Ana", "77", "+12025550177").await;
    let booking = json!({ "patient": other, "doctor": setup.doctor, "start_datetime": on_the_day("10:00") });
    setup.try_book(booking).await.expect_status(201).unwrap();
    let payload = button_payload(&setup, "confirm", &appointment).await;
    setup.patient_presses(&payload, &message.sid).await.expect_status(200).unwrap();
    assert_eq!(appointment_status(&setup, &appointment).await, "RESCHEDULED");
    assert!(last_message(&setup).starts_with("Ese horario ya no está libre"));
}

#[tokio::test]
async fn without_free_slots_the_clinic_looks_for_one() {
    let (setup, appointment, _) = reminded_setup().await;
    let block = json!({
        "doctor": setup.doctor, "reason": "congreso",
        "start_datetime": on_the_day("10:30"), "end_datetime": on_the_day("13:00"),
    });
    setup.create("/api/schedules/blocks/", &block).await;
    for (number, time) in ["09:00", "09:30"].into_iter().enumerate() {
        let other = setup.add_patient("Ana", &format!("7{number}"), &format!("+1202555017{number}")).await;
        let booking = json!({ "patient": other, "doctor": setup.doctor, "start_datetime": on_the_day(time) });
        setup.try_book(booking).await.expect_status(201).unwrap();
    }
    patient_says(&setup, "Reprogramar").await;
    assert_eq!(appointment_status(&setup, &appointment).await, "RESCHEDULED");
    assert!(last_message(&setup).contains("Le escribiremos para acordar otra"));
}

#[tokio::test]
async fn an_expired_hold_is_announced_to_the_patient() {
    let (setup, appointment, _) = reminded_setup().await;
    patient_says(&setup, "Reprogramar").await;
    // One run ends the hold, and the next one sends what that calls for: sending comes first.
    setup.run_job_at("2025-12-13T11:00:00-03:00").await;
    setup.run_job_at("2025-12-13T11:05:00-03:00").await;
    let announcements =
        outbox(&setup).into_iter().filter(|message| message.body.as_deref().unwrap().contains("Ya no reservamos"));
    assert_eq!(announcements.count(), 1);
    setup.run_job_at("2025-12-13T11:15:00-03:00").await;
    assert!(setup.appointment(&appointment).await["hold_until"].is_null());
    // A slot of the old list can still be chosen while it is free.
    patient_says(&setup, "3").await;
    assert_eq!(text(&new_appointment(&setup, &appointment).await, "start_datetime"), on_the_day("10:30"));
}

/// A hold that staff requested, or one that ends long after the patient's last message, ends silently: WhatsApp
/// delivers free text only in an open chat.
#[tokio::test]
async fn an_expired_hold_is_not_announced_outside_of_an_open_chat() {
    let (setup, appointment, _) = reminded_setup().await;
    let before = outbox(&setup).len();
    setup.act(&appointment, &json!({ "action": "request_reschedule" })).await.expect_status(200).unwrap();
    setup.run_job_at("2025-12-13T11:00:00-03:00").await;
    assert!(setup.appointment(&appointment).await["hold_until"].is_null());
    assert_eq!(outbox(&setup).len(), before);

    let setup = ClinicSetup::new().await;
    let settings = json!({ "hold_minutes": 10_000 });
    let path = format!("/api/clinics/clinics/{}/", setup.clinic);
    setup.admin().await.patch(&path, &settings).await.unwrap().expect_status(200).unwrap();
    let appointment = id(&setup.book("10:00").await);
    setup.run_job_at(DUE).await;
    patient_says(&setup, "Reprogramar").await;
    let before = outbox(&setup).len();
    setup.run_job_at(&on_the_day("10:00")).await;
    assert!(setup.appointment(&appointment).await["hold_until"].is_null());
    assert_eq!(outbox(&setup).len(), before);
}
