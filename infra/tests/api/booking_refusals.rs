//! Tests of what a refused booking says: why the time lies outside of the doctor's availability, what limit is reached,
//! and which times are free instead.

use crate::appointments::{try_booking_with, with_members};
use crate::clinic_setup::{ClinicSetup, id, on_the_day, text};
use serde_json::{Value, json};
use testkit::test_app::TestResponse;

fn offers(refused: &TestResponse) -> Vec<String> {
    refused.body["offers"].as_array().unwrap().iter().map(|offer| text(offer, "start_datetime")).collect()
}

fn days_of(times: &[&str]) -> Vec<String> {
    times.iter().map(|time| on_the_day(time)).collect()
}

async fn patch(setup: &ClinicSetup, path: String, members: Value) {
    setup.admin().await.patch(&path, &members).await.unwrap().expect_status(200).unwrap();
}

#[tokio::test]
async fn a_refused_overbooking_names_the_limit_and_its_use() {
    let setup = ClinicSetup::new().await;
    let clinic = format!("/api/clinics/clinics/{}/", setup.clinic);
    let overbooked = |patient: &str, time: &str| {
        json!({ "patient": patient, "overbook": true, "reason": "urgencia",
        "start_datetime": on_the_day(time) })
    };
    let refused = try_booking_with(&setup, overbooked(&setup.patient, "10:00")).await.expect_status(409).unwrap();
    let said = |answer: &TestResponse| (answer.code(), answer.body["limit"].clone(), answer.body["used"].clone());
    assert_eq!(said(&refused), ("overbook_limit".into(), json!(0), json!(0)), "the time is free");
    assert_eq!(refused.body.get("conflicts"), None);
    patch(&setup, clinic, json!({ "overbook_per_day": 1 })).await;
    let ana = setup.add_patient("Ana", "77", "+12025550177").await;
    try_booking_with(&setup, overbooked(&setup.patient, "10:00")).await.expect_status(201).unwrap();
    for time in ["10:00", "12:00"] {
        let refused = try_booking_with(&setup, overbooked(&ana, time)).await.expect_status(409).unwrap();
        assert_eq!(said(&refused), ("overbook_limit".into(), json!(1), json!(1)), "{time}");
    }
}

#[tokio::test]
async fn a_time_outside_of_availability_says_why() {
    let setup = ClinicSetup::new().await;
    let (from, to) = (on_the_day("10:00"), on_the_day("11:00"));
    let block = |of: &str, id: &str| json!({ of: id, "start_datetime": from, "end_datetime": to });
    let cause = async |setup: &ClinicSetup, time: &str| {
        let refused = setup.try_book(setup.booking(&on_the_day(time))).await.expect_status(409).unwrap();
        assert_eq!(refused.code(), "outside_availability");
        (refused.text("cause"), refused.text("detail"))
    };
    let blocks = "/api/schedules/blocks/";
    for (path, body, expected, said) in [
        (blocks, block("doctor", &setup.doctor), "block", "bloqueado"),
        (blocks, block("room", &setup.room), "room_closed", "cerrado"),
        (blocks, block("clinic", &setup.clinic), "block", "bloqueado"),
        ("/api/clinics/holidays/", json!({ "date": "2025-12-15", "name": "Feriado" }), "holiday", "feriado"),
        (
            "/api/clinics/holidays/",
            json!({ "clinic": setup.clinic, "date": "2025-12-15", "name": "Aniversario" }),
            "holiday",
            "feriado",
        ),
    ] {
        let made = id(&setup.create(path, &body).await);
        let (found, detail) = cause(&setup, "10:30").await;
        assert!((found.as_str(), detail.contains(said)) == (expected, true), "{body}: {found}, {detail}");
        setup.admin().await.delete(&format!("{path}{made}/")).await.unwrap().expect_status(204).unwrap();
    }
    for time in ["08:00", "13:00", "2025-12-16T10:00:00-03:00"] {
        let (found, detail) = cause(&setup, time).await;
        assert!((found.as_str(), detail.contains("no atiende")) == ("no_availability", true), "{time}: {detail}");
    }
    patch(&setup, format!("/api/clinics/rooms/{}/", setup.room), json!({ "is_active": false })).await;
    assert_eq!(cause(&setup, "10:30").await.0, "room_closed", "the request doesn't name the room");
}

#[tokio::test]
async fn the_same_holds_where_an_appointment_is_wanted_again() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    let cancel = json!({ "action": "cancel", "reason": "x" });
    setup.act(&appointment, &cancel).await.expect_status(200).unwrap();
    let block =
        json!({ "room": setup.room, "start_datetime": on_the_day("09:00"), "end_datetime": on_the_day("11:00") });
    setup.create("/api/schedules/blocks/", &block).await;
    let refused = setup.act(&appointment, &json!({ "action": "reopen" })).await.expect_status(409).unwrap();
    assert_eq!((refused.code().as_str(), refused.text("cause").as_str()), ("outside_availability", "room_closed"));
    assert_eq!(offers(&refused), days_of(&["11:00", "11:30", "12:00", "12:30"]));
}

#[tokio::test]
async fn a_taken_time_offers_the_next_free_ones_that_fit_the_patient() {
    let mut setup = ClinicSetup::new().await;
    let colleague = setup.add_doctor("Bruno", "Paz").await;
    let other_room = setup.add_room(&setup.clinic, "Consultorio 2").await;
    setup.add_window(&colleague, &other_room, "2025-12-15", "09:00", "13:00").await;
    setup.add_window(&setup.doctor, &other_room, "2025-12-20", "09:00", "10:00").await;
    let ana = setup.add_patient("Ana", "77", "+12025550177").await;
    setup.book("10:00").await;
    // At 11:30 Ana is with the colleague.
    let busy = json!({ "patient": ana, "doctor": colleague, "start_datetime": on_the_day("11:30") });
    setup.try_book(busy).await.expect_status(201).unwrap();
    setup.patient = ana;
    let refused = setup.try_book(setup.booking(&on_the_day("10:00"))).await.expect_status(409).unwrap();
    let mut wanted = days_of(&["10:30", "11:00", "12:00", "12:30"]);
    wanted.push("2025-12-20T09:00:00-03:00".into());
    assert_eq!((refused.code(), offers(&refused)), ("slot_taken".into(), wanted));
    let first = json!({ "doctor": setup.doctor, "doctor_name": "Alicia Mora", "room": setup.room,
        "room_name": "Consultorio 1", "start_datetime": on_the_day("10:30"), "end_datetime": on_the_day("11:00") });
    assert_eq!(refused.body["offers"][0], first);
    // Each can be booked; afterwards another one is offered instead.
    for offer in refused.body["offers"].as_array().unwrap() {
        let mut body = setup.booking(&text(offer, "start_datetime"));
        body["end_datetime"] = offer["end_datetime"].clone();
        body["room"] = offer["room"].clone();
        setup.try_book(body).await.expect_status(201).unwrap();
    }
    let refused = setup.try_book(setup.booking(&on_the_day("10:00"))).await.expect_status(409).unwrap();
    assert_eq!(offers(&refused), ["2025-12-20T09:30:00-03:00"]);
}

#[tokio::test]
async fn offers_are_as_long_as_what_was_asked_for() {
    let setup = ClinicSetup::new().await;
    setup.book("10:00").await;
    let ana = setup.add_patient("Ana", "77", "+12025550177").await;
    let long = json!({ "patient": ana, "start_datetime": "2025-12-15T09:30", "end_datetime": "2025-12-15T10:45" });
    let refused = try_booking_with(&setup, long).await.expect_status(409).unwrap();
    assert_eq!(offers(&refused), days_of(&["10:30", "11:00", "11:30"]), "until 13:00");
    assert_eq!(text(&refused.body["offers"][0], "end_datetime"), on_the_day("11:45"));
    // A move keeps the length.
    let appointment =
        json!({ "patient": ana, "start_datetime": on_the_day("11:00"), "end_datetime": on_the_day("12:00") });
    let appointment = try_booking_with(&setup, appointment).await.expect_status(201).unwrap().id();
    let away = json!({ "action": "reschedule", "start_datetime": on_the_day("09:15") });
    let refused = setup.act(&appointment, &away).await.expect_status(409).unwrap();
    assert_eq!(offers(&refused), days_of(&["12:00"]));
    assert_eq!(text(&refused.body["offers"][0], "end_datetime"), on_the_day("13:00"));
}

#[tokio::test]
async fn nothing_is_offered_outside_of_the_callers_clinics_or_far_ahead() {
    let setup = ClinicSetup::new().await;
    let norte = setup.add_clinic("Norte").await;
    let there = setup.add_room(&norte, "Sala").await;
    setup.add_window(&setup.doctor, &there, "2025-12-15", "14:00", "16:00").await;
    setup.add_window(&setup.doctor, &setup.room, "2026-01-15", "09:00", "10:00").await;
    setup.app.add_user("centro@example.com", domain::user::Role::Operator, &[&setup.clinic]).await.unwrap();
    let body = with_members(setup.booking(&on_the_day("12:45")), json!({}));
    let seen = async |email: &str| {
        let client = setup.app.sign_in(email).await.unwrap();
        let refused = client.post("/api/appointments/", &body).await.unwrap().expect_status(409).unwrap();
        (refused.text("cause"), offers(&refused))
    };
    let all = days_of(&["14:00", "14:30", "15:00", "15:30"]);
    assert_eq!(seen("operator@example.com").await, ("no_availability".into(), all));
    assert_eq!(seen("centro@example.com").await, ("no_availability".into(), Vec::new()));
}
