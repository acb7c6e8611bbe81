//! End-to-end stories of the main use cases. The rules behind them are tested one by one in the other modules.

use crate::clinic_setup::{ClinicSetup, DAY, PHONE, id, on_the_day, text};
use serde_json::json;

/// Two days before the appointments of [`DAY`], at the clinic's reminder time.
const TWO_DAYS_BEFORE: &str = "2025-12-13T09:00:00-03:00";

#[tokio::test]
async fn a_patient_confirms_after_the_reminder() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);

    setup.run_job_at(TWO_DAYS_BEFORE).await;
    let sent = setup.app.outbox().unwrap();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].to, format!("whatsapp:{PHONE}"));

    setup.patient_writes("Confirmar").await.expect_status(200).unwrap();
    let confirmed = setup.appointment(&appointment).await;
    assert_eq!(text(&confirmed, "status"), "CONFIRMED");
    assert_eq!(text(&confirmed, "confirmed_via"), "whatsapp");

    let history = setup.list(&format!("/api/appointments/{appointment}/actions/")).await;
    assert_eq!(history.len(), 2);
    assert_eq!(text(&history[0]["actor"], "type"), "user");
    assert_eq!((text(&history[1], "action"), text(&history[1], "channel")), ("confirm".into(), "whatsapp".into()));
    assert_eq!(text(&history[1]["actor"], "type"), "patient");
    assert_eq!(text(&history[1]["actor"], "id"), setup.patient);
}

#[tokio::test]
async fn cancelar_no_puedo_asistir_is_not_a_confirmation() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    setup.run_job_at(TWO_DAYS_BEFORE).await;

    setup.patient_writes("Cancelar, no puedo asistir").await.expect_status(200).unwrap();
    assert_eq!(
        text(&setup.appointment(&appointment).await, "status"),
        "PENDING",
        "neither confirmed nor cancelled on a guess"
    );
    let asked = setup.app.outbox().unwrap().pop().unwrap();
    assert!(asked.body.unwrap().contains("Responda 1 Confirmar, 2 Reprogramar o 3 Cancelar"));
}

#[tokio::test]
async fn cancelar_needs_a_confirmation() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    setup.run_job_at(TWO_DAYS_BEFORE).await;

    setup.patient_writes("Cancelar").await.expect_status(200).unwrap();
    assert_eq!(text(&setup.appointment(&appointment).await, "status"), "PENDING");
    assert!(setup.app.outbox().unwrap().pop().unwrap().body.unwrap().starts_with("¿Cancelar su cita del lunes 15"));

    setup.patient_writes("1").await.expect_status(200).unwrap();
    assert_eq!(text(&setup.appointment(&appointment).await, "status"), "CANCELLED");
    setup.book("10:00").await;
}

#[tokio::test]
async fn reprogramar_holds_the_time_and_staff_move_the_appointment() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    setup.run_job_at(TWO_DAYS_BEFORE).await;

    setup.patient_writes("Reprogramar").await.expect_status(200).unwrap();
    let asked = setup.appointment(&appointment).await;
    assert_eq!(text(&asked, "status"), "RESCHEDULED");
    assert!(asked["rescheduled_to"].is_null() && asked["needs_attention"] == json!(true));
    assert_eq!(text(&asked, "hold_until"), "2025-12-13T11:00:00-03:00");
    // During the hold no other patient can book the time.
    let other = setup.add_patient("Marta", "30999999", "+12025550142").await;
    let wanted = json!({ "patient": other, "doctor": setup.doctor, "start_datetime": on_the_day("10:00") });
    assert_eq!(setup.try_book(wanted).await.code(), "slot_taken");

    setup.run_job_at("2025-12-13T10:59:00-03:00").await;
    assert!(!setup.appointment(&appointment).await["hold_until"].is_null(), "the hold is not over");

    let request = json!({ "action": "reschedule", "start_datetime": on_the_day("12:00") });
    let moved = setup.act(&appointment, &request).await.expect_status(201).unwrap();
    assert_eq!(text(&moved.body, "start_datetime"), "2025-12-15T12:00:00-03:00");
    assert_eq!(text(&moved.body, "rescheduled_from"), appointment);
    let old = setup.appointment(&appointment).await;
    assert_eq!(text(&old, "rescheduled_to"), moved.id());

    // A late reply to the old message changes neither appointment.
    let reminder = setup.app.outbox().unwrap().remove(0).sid;
    setup.patient_presses("confirm:00000000-0000-0000-0000-000000000000", &reminder).await.expect_status(200).unwrap();
    assert_eq!(text(&setup.appointment(&appointment).await, "status"), "RESCHEDULED");
    assert_eq!(text(&setup.appointment(&moved.id()).await, "status"), "PENDING");
}

#[tokio::test]
async fn an_unused_hold_expires() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    setup.run_job_at(TWO_DAYS_BEFORE).await;
    setup.patient_writes("Reprogramar").await.expect_status(200).unwrap();

    setup.run_job_at("2025-12-13T11:00:00-03:00").await;
    let free = setup.appointment(&appointment).await;
    assert!(free["hold_until"].is_null() && free["needs_attention"] == json!(true));
    assert_eq!(text(&free, "status"), "RESCHEDULED");
    let last = setup.list(&format!("/api/appointments/{appointment}/actions/")).await.pop().unwrap();
    assert_eq!((text(&last, "action"), text(&last["actor"], "type")), ("hold_expired".into(), "system".into()));

    // Another patient can book the time, and then the appointment can't be kept.
    let other = setup.add_patient("Marta", "30999999", "+12025550142").await;
    let wanted = json!({ "patient": other, "doctor": setup.doctor, "start_datetime": on_the_day("10:00") });
    setup.try_book(wanted).await.expect_status(201).unwrap();
    assert_eq!(setup.act(&appointment, &json!({ "action": "keep" })).await.code(), "slot_taken");
}

#[tokio::test]
async fn a_reply_means_the_nearer_of_two_appointments() {
    let setup = ClinicSetup::new().await;
    setup.add_window(&setup.doctor, &setup.room, "2025-12-22", "09:00", "13:00").await;
    // The farther appointment is booked last: "the last appointment" would be the wrong one.
    let nearer = id(&setup.book("10:00").await);
    let farther = id(&setup.book("2025-12-22T10:00:00-03:00").await);

    setup.run_job_at(TWO_DAYS_BEFORE).await;
    setup.patient_writes("Sí, confirmo 👍").await.expect_status(200).unwrap();
    assert_eq!(text(&setup.appointment(&nearer).await, "status"), "CONFIRMED");
    assert_eq!(text(&setup.appointment(&farther).await, "status"), "PENDING");
}

#[tokio::test]
async fn of_fifty_bookings_of_one_slot_one_succeeds() {
    let setup = ClinicSetup::new().await;
    let operator = setup.operator().await;
    let body = setup.booking(&on_the_day("10:00"));
    let attempts = (0..50).map(|_| operator.post("/api/appointments/", &body));
    let answers: Vec<_> = futures_util::future::join_all(attempts).await.into_iter().map(Result::unwrap).collect();

    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    for refused in answers.iter().filter(|answer| answer.status != 201) {
        assert!(["slot_taken", "busy"].contains(&refused.code().as_str()), "{}", refused.body);
    }
    assert_eq!(setup.list(&format!("/api/appointments/?date={DAY}")).await.len(), 1);
}

#[tokio::test]
async fn a_forged_signature_changes_nothing() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    setup.run_job_at(TWO_DAYS_BEFORE).await;

    let path = "/api/notifications/whatsapp/webhook/";
    let (mut form, _) = setup.app.twilio().unwrap().inbound_form(&local::fake_twilio::PatientReply {
        body: Some("Confirmar".into()),
        ..ClinicSetup::patient_reply()
    });
    let signature = setup.app.twilio().unwrap().sign(&format!("{}{path}", testkit::test_app::PUBLIC_URL), &form);
    for (name, value) in &mut form {
        if name == "Body" {
            *value = "Cancelar".into();
        }
    }
    for forged in [signature.as_str(), "", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="] {
        let answer = setup.app.form(path, &form, forged).await.unwrap().expect_status(403).unwrap();
        assert_eq!(answer.code(), "permission_denied");
    }
    assert_eq!(text(&setup.appointment(&appointment).await, "status"), "PENDING");
    assert_eq!(setup.app.outbox().unwrap().len(), 1, "no answer was sent");
}

#[tokio::test]
async fn a_reminder_shows_the_clinics_local_time() {
    let setup = ClinicSetup::new().await;
    // In Tijuana it is still Monday evening when it is Tuesday in UTC.
    let body = json!({ "name": "Frontera", "timezone": "America/Tijuana" });
    let clinic = id(&setup.create("/api/clinics/clinics/", &body).await);
    let room = setup.add_room(&clinic, "Sala 1").await;
    let doctor = setup.add_doctor("Raúl", "Soto").await;
    setup.add_window(&doctor, &room, DAY, "16:00", "20:00").await;
    let booking = json!({ "patient": setup.patient, "doctor": doctor, "start_datetime": format!("{DAY}T19:00") });
    let appointment = setup.try_book(booking).await.expect_status(201).unwrap().body;
    assert_eq!(text(&appointment, "start_datetime"), "2025-12-15T19:00:00-08:00");
    assert_eq!(text(&appointment["reminder"], "due_at"), "2025-12-13T09:00:00-08:00");

    setup.run_job_at("2025-12-13T16:59:59Z").await;
    assert!(setup.app.outbox().unwrap().is_empty(), "it is 08:59 in Tijuana");
    setup.run_job_at("2025-12-13T17:00:00Z").await;
    let words = setup.app.outbox().unwrap().pop().unwrap().body.unwrap();
    assert!(words.contains("el lunes 15 de diciembre a las 19:00"), "{words}");
}
