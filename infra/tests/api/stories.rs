//! What citas is for, one story each. They read like a page; the rules behind them are tested one
//! by one elsewhere.

use crate::world::{DAY, PHONE, World, id, on_the_day, text};
use serde_json::json;

/// Two days before the appointments of [`DAY`], at the clinic's reminder time.
const TWO_DAYS_BEFORE: &str = "2025-12-13T09:00:00-03:00";

#[tokio::test]
async fn book_remind_confirmar_confirmed() {
    let world = World::new().await;
    let appointment = id(&world.book("10:00").await);

    world.tick(TWO_DAYS_BEFORE).await;
    let sent = world.app.outbox().unwrap();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].to, format!("whatsapp:{PHONE}"));

    world.writes("Confirmar").await.expect_status(200).unwrap();
    let confirmed = world.appointment(&appointment).await;
    assert_eq!(text(&confirmed, "status"), "CONFIRMED");
    assert_eq!(text(&confirmed, "confirmed_via"), "whatsapp");

    let history = world.list(&format!("/api/appointments/{appointment}/actions/")).await;
    assert_eq!(history.len(), 2);
    assert_eq!(text(&history[0]["actor"], "type"), "user");
    assert_eq!((text(&history[1], "action"), text(&history[1], "channel")), ("confirm".into(), "whatsapp".into()));
    assert_eq!(text(&history[1]["actor"], "type"), "patient");
    assert_eq!(text(&history[1]["actor"], "id"), world.patient);
}

#[tokio::test]
async fn cancelar_no_puedo_asistir_is_not_a_confirmation() {
    let world = World::new().await;
    let appointment = id(&world.book("10:00").await);
    world.tick(TWO_DAYS_BEFORE).await;

    world.writes("Cancelar, no puedo asistir").await.expect_status(200).unwrap();
    assert_eq!(
        text(&world.appointment(&appointment).await, "status"),
        "PENDING",
        "neither confirmed nor cancelled on a guess"
    );
    let asked = world.app.outbox().unwrap().pop().unwrap();
    assert!(asked.body.unwrap().contains("Responda 1 Confirmar, 2 Reprogramar o 3 Cancelar"));
}

#[tokio::test]
async fn cancelar_is_asked_once_more_and_then_done() {
    let world = World::new().await;
    let appointment = id(&world.book("10:00").await);
    world.tick(TWO_DAYS_BEFORE).await;

    world.writes("Cancelar").await.expect_status(200).unwrap();
    assert_eq!(text(&world.appointment(&appointment).await, "status"), "PENDING");
    assert!(world.app.outbox().unwrap().pop().unwrap().body.unwrap().starts_with("¿Cancelar su cita del lunes 15"));

    world.writes("1").await.expect_status(200).unwrap();
    assert_eq!(text(&world.appointment(&appointment).await, "status"), "CANCELLED");
    world.book("10:00").await;
}

#[tokio::test]
async fn reprogramar_holds_the_time_and_a_person_moves_the_appointment() {
    let world = World::new().await;
    let appointment = id(&world.book("10:00").await);
    world.tick(TWO_DAYS_BEFORE).await;

    world.writes("Reprogramar").await.expect_status(200).unwrap();
    let asked = world.appointment(&appointment).await;
    assert_eq!(text(&asked, "status"), "RESCHEDULED");
    assert!(asked["rescheduled_to"].is_null() && asked["needs_attention"] == json!(true));
    assert_eq!(text(&asked, "hold_until"), "2025-12-13T11:00:00-03:00");
    // Until then the time is still taken: nobody else gets it.
    let other = world.add_patient("Marta", "30999999", "+12025550142").await;
    let wanted = json!({ "patient": other, "doctor": world.doctor, "start_datetime": on_the_day("10:00") });
    assert_eq!(world.try_book(wanted).await.code(), "slot_taken");

    world.tick("2025-12-13T10:59:00-03:00").await;
    assert!(!world.appointment(&appointment).await["hold_until"].is_null(), "the hold is not over");

    let request = json!({ "action": "reschedule", "start_datetime": on_the_day("12:00") });
    let moved = world.act(&appointment, &request).await.expect_status(201).unwrap();
    assert_eq!(text(&moved.body, "start_datetime"), "2025-12-15T12:00:00-03:00");
    assert_eq!(text(&moved.body, "rescheduled_from"), appointment);
    let old = world.appointment(&appointment).await;
    assert_eq!(text(&old, "rescheduled_to"), moved.id());

    // A late answer to the old message touches neither.
    let reminder = world.app.outbox().unwrap().remove(0).sid;
    world.presses("confirm:00000000-0000-0000-0000-000000000000", &reminder).await.expect_status(200).unwrap();
    assert_eq!(text(&world.appointment(&appointment).await, "status"), "RESCHEDULED");
    assert_eq!(text(&world.appointment(&moved.id()).await, "status"), "PENDING");
}

#[tokio::test]
async fn a_hold_that_nobody_used_ends_by_itself() {
    let world = World::new().await;
    let appointment = id(&world.book("10:00").await);
    world.tick(TWO_DAYS_BEFORE).await;
    world.writes("Reprogramar").await.expect_status(200).unwrap();

    world.tick("2025-12-13T11:00:00-03:00").await;
    let free = world.appointment(&appointment).await;
    assert!(free["hold_until"].is_null() && free["needs_attention"] == json!(true));
    assert_eq!(text(&free, "status"), "RESCHEDULED");
    let last = world.list(&format!("/api/appointments/{appointment}/actions/")).await.pop().unwrap();
    assert_eq!((text(&last, "action"), text(&last["actor"], "type")), ("hold_expired".into(), "system".into()));

    // The time is free for others; the patient who comes after all finds it taken.
    let other = world.add_patient("Marta", "30999999", "+12025550142").await;
    let wanted = json!({ "patient": other, "doctor": world.doctor, "start_datetime": on_the_day("10:00") });
    world.try_book(wanted).await.expect_status(201).unwrap();
    assert_eq!(world.act(&appointment, &json!({ "action": "keep" })).await.code(), "slot_taken");
}

#[tokio::test]
async fn a_reply_means_the_nearer_of_two_appointments() {
    let world = World::new().await;
    world.open(&world.doctor, &world.room, "2025-12-22", "09:00", "13:00").await;
    // The farther appointment is booked last: "the last appointment" would be the wrong one.
    let nearer = id(&world.book("10:00").await);
    let farther = id(&world.book("2025-12-22T10:00:00-03:00").await);

    world.tick(TWO_DAYS_BEFORE).await;
    world.writes("Sí, confirmo 👍").await.expect_status(200).unwrap();
    assert_eq!(text(&world.appointment(&nearer).await, "status"), "CONFIRMED");
    assert_eq!(text(&world.appointment(&farther).await, "status"), "PENDING");
}

#[tokio::test]
async fn of_fifty_bookings_of_one_slot_one_stands() {
    let world = World::new().await;
    let desk = world.operator().await;
    let body = world.booking(&on_the_day("10:00"));
    let attempts = (0..50).map(|_| desk.post("/api/appointments/", &body));
    let answers: Vec<_> = futures_util::future::join_all(attempts).await.into_iter().map(Result::unwrap).collect();

    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    for refused in answers.iter().filter(|answer| answer.status != 201) {
        assert!(["slot_taken", "busy"].contains(&refused.code().as_str()), "{}", refused.body);
    }
    assert_eq!(world.list(&format!("/api/appointments/?date={DAY}")).await.len(), 1);
}

#[tokio::test]
async fn a_forged_signature_changes_nothing() {
    let world = World::new().await;
    let appointment = id(&world.book("10:00").await);
    world.tick(TWO_DAYS_BEFORE).await;

    let path = "/api/notifications/whatsapp/webhook/";
    let (mut form, _) = world
        .app
        .twilio()
        .unwrap()
        .inbound_form(&local::fake_twilio::PatientReply { body: Some("Confirmar".into()), ..world.reply() });
    let signature = world.app.twilio().unwrap().sign(&format!("{}{path}", testkit::test_app::PUBLIC_URL), &form);
    for (name, value) in &mut form {
        if name == "Body" {
            *value = "Cancelar".into();
        }
    }
    for forged in [signature.as_str(), "", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="] {
        let answer = world.app.form(path, &form, forged).await.unwrap().expect_status(403).unwrap();
        assert_eq!(answer.code(), "permission_denied");
    }
    assert_eq!(text(&world.appointment(&appointment).await, "status"), "PENDING");
    assert_eq!(world.app.outbox().unwrap().len(), 1, "nobody was answered");
}

#[tokio::test]
async fn a_reminder_shows_the_clinics_local_time() {
    let world = World::new().await;
    // In Tijuana it is still Monday evening when it is Tuesday in UTC.
    let body = json!({ "name": "Frontera", "timezone": "America/Tijuana" });
    let clinic = id(&world.made("/api/clinics/clinics/", &body).await);
    let room = world.add_room(&clinic, "Sala 1").await;
    let doctor = world.add_doctor("Raúl", "Soto").await;
    world.open(&doctor, &room, DAY, "16:00", "20:00").await;
    let booking = json!({ "patient": world.patient, "doctor": doctor, "start_datetime": format!("{DAY}T19:00") });
    let appointment = world.try_book(booking).await.expect_status(201).unwrap().body;
    assert_eq!(text(&appointment, "start_datetime"), "2025-12-15T19:00:00-08:00");
    assert_eq!(text(&appointment["reminder"], "due_at"), "2025-12-13T09:00:00-08:00");

    world.tick("2025-12-13T16:59:59Z").await;
    assert!(world.app.outbox().unwrap().is_empty(), "it is 08:59 in Tijuana");
    world.tick("2025-12-13T17:00:00Z").await;
    let words = world.app.outbox().unwrap().pop().unwrap().body.unwrap();
    assert!(words.contains("el lunes 15 de diciembre a las 19:00"), "{words}");
}
