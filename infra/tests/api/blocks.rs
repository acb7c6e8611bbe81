//! Tests of blocks, which close a doctor, a room or a clinic for a time.

use crate::clinic_setup::{ClinicSetup, id, on_the_day, text};
use crate::schedules::{first_window, windows_of_doctor};
use serde_json::{Value, json};

pub(crate) const BLOCKS: &str = "/api/schedules/blocks/";

pub(crate) fn block(of: &str, target: &str, from: &str, until: &str) -> Value {
    json!({ of: target, "start_datetime": on_the_day(from), "end_datetime": on_the_day(until) })
}

async fn refusal_code(setup: &ClinicSetup, start: &str) -> String {
    setup.try_book(setup.booking(&on_the_day(start))).await.expect_status(409).unwrap().code()
}

fn unavailable_slots(window: &Value) -> Vec<(String, String)> {
    let slots = window["slots"].as_array().unwrap().iter().filter(|slot| slot["available"] == false);
    slots.map(|slot| (text(slot, "start_datetime")[11..16].to_owned(), text(slot, "reason"))).collect()
}

#[tokio::test]
async fn every_field_of_a_block_is_stored() {
    let setup = ClinicSetup::new().await;
    let admin = setup.admin().await;
    let body = json!({ "room": setup.room, "start_datetime": "2025-12-15T10:00:00", "end_datetime": "2025-12-15T11:00:00",
        "reason": "Pintura" });
    let made = admin.post(BLOCKS, &body).await.unwrap().expect_status(201).unwrap();
    let wanted = json!({ "id": made.id(), "doctor": null, "room": setup.room, "clinic": null,
        "start_datetime": "2025-12-15T10:00:00-03:00", "end_datetime": "2025-12-15T11:00:00-03:00",
        "reason": "Pintura", "version": 1 });
    assert_eq!(made.body, wanted, "a local time is the clinic's");
    let path = format!("{BLOCKS}{}/", made.id());
    assert_eq!(setup.operator().await.get(&path).await.unwrap().body, wanted);
    let changed = admin.patch(&path, &json!({ "end_datetime": "2025-12-15T10:30:00-03:00" })).await.unwrap();
    assert_eq!(changed.expect_status(200).unwrap().header("etag"), "\"2\"");
    assert_eq!(unavailable_slots(&first_window(&setup).await), [("10:00".into(), "blocked".into())]);
    let put = admin.put(&path, &body).await.unwrap().expect_status(200).unwrap();
    assert_eq!((&put.body["version"], unavailable_slots(&first_window(&setup).await).len()), (&json!(3), 2));
    admin.delete(&path).await.unwrap().expect_status(204).unwrap();
    assert_eq!(admin.get(&path).await.unwrap().status, 404);
    assert!(unavailable_slots(&first_window(&setup).await).is_empty());
    setup.book("10:00").await;
}

#[tokio::test]
async fn invalid_fields_are_named() {
    let setup = ClinicSetup::new().await;
    let admin = setup.admin().await;
    let unknown = "019b2f3e-7a10-7cc1-9d7e-0242ac120002";
    let exact = |of: Value| {
        let mut body = json!({ "start_datetime": on_the_day("10:00"), "end_datetime": on_the_day("11:00") });
        body.as_object_mut().unwrap().extend(of.as_object().unwrap().clone());
        body
    };
    for (field, body) in [
        ("doctor", exact(json!({}))),
        ("doctor", exact(json!({ "doctor": setup.doctor, "room": setup.room }))),
        ("doctor", exact(json!({ "doctor": unknown }))),
        ("room", exact(json!({ "room": unknown }))),
        ("clinic", exact(json!({ "clinic": unknown }))),
        ("end_datetime", exact(json!({ "room": setup.room, "end_datetime": on_the_day("10:00") }))),
        ("end_datetime", exact(json!({ "room": setup.room, "end_datetime": "mañana" }))),
    ] {
        let answer = admin.post(BLOCKS, &body).await.unwrap().expect_status(400).unwrap();
        let errors: Vec<&String> = answer.body["errors"].as_object().unwrap().keys().collect();
        assert_eq!(errors, [field], "{body}");
    }
}

#[tokio::test]
async fn blocked_time_cannot_be_booked() {
    for of in ["doctor", "room", "clinic"] {
        let setup = ClinicSetup::new().await;
        let target = match of {
            "doctor" => &setup.doctor,
            "room" => &setup.room,
            _ => &setup.clinic,
        };
        setup.create(BLOCKS, &block(of, target, "10:15", "10:45")).await;
        assert_eq!(refusal_code(&setup, "10:00").await, "outside_availability", "{of}");
        assert_eq!(refusal_code(&setup, "10:30").await, "outside_availability", "{of}");
        let blocked = |time: &str| (time.to_owned(), "blocked".to_owned());
        assert_eq!(unavailable_slots(&first_window(&setup).await), [blocked("10:00"), blocked("10:30")], "{of}");
        setup.book("09:30").await;
        setup.book("11:00").await;
        // Overbooking doesn't lift a block.
        let change = json!({ "overbook_per_day": 2 });
        let path = format!("/api/clinics/clinics/{}/", setup.clinic);
        setup.admin().await.patch(&path, &change).await.unwrap().expect_status(200).unwrap();
        let mut body = setup.booking(&on_the_day("10:30"));
        body["overbook"] = json!(true);
        body["reason"] = json!("urgente");
        assert_eq!(setup.try_book(body).await.code(), "outside_availability", "{of}");
    }
}

#[tokio::test]
async fn a_window_that_is_blocked_entirely_is_not_listed() {
    let setup = ClinicSetup::new().await;
    setup.create(BLOCKS, &block("doctor", &setup.doctor, "08:00", "11:00")).await;
    setup.create(BLOCKS, &block("room", &setup.room, "11:00", "13:00")).await;
    assert!(windows_of_doctor(&setup, "date=2025-12-15").await.is_empty());
}

#[tokio::test]
async fn a_block_of_another_doctor_room_or_clinic_closes_nothing() {
    let setup = ClinicSetup::new().await;
    let doctor = setup.add_doctor("Bruno", "Paz").await;
    let clinic = setup.add_clinic("Norte").await;
    let room = setup.add_room(&clinic, "Consultorio 9").await;
    for (of, target) in [("doctor", &doctor), ("room", &room), ("clinic", &clinic)] {
        setup.create(BLOCKS, &block(of, target, "09:00", "13:00")).await;
    }
    assert_eq!(first_window(&setup).await["free_slots"], 8);
    setup.book("10:00").await;
    let listed = setup.list(&format!("{BLOCKS}?doctor={doctor}")).await;
    assert_eq!((listed.len(), setup.list(BLOCKS).await.len()), (1, 3));
}

#[tokio::test]
async fn a_block_of_a_clinic_closes_rooms_that_are_added_later() {
    let setup = ClinicSetup::new().await;
    setup.create(BLOCKS, &block("clinic", &setup.clinic, "10:00", "11:00")).await;
    let doctor = setup.add_doctor("Bruno", "Paz").await;
    let room = setup.add_room(&setup.clinic, "Consultorio 2").await;
    setup.add_window(&doctor, &room, "2025-12-15", "09:00", "13:00").await;
    let body = json!({ "patient": setup.patient, "doctor": doctor, "start_datetime": on_the_day("10:00") });
    assert_eq!(setup.try_book(body).await.code(), "outside_availability");
}

#[tokio::test]
async fn time_with_appointments_is_blocked_only_by_force() {
    for of in ["doctor", "room", "clinic"] {
        let setup = ClinicSetup::new().await;
        let (before, inside) = (id(&setup.book("09:00").await), id(&setup.book("10:00").await));
        let target = match of {
            "doctor" => &setup.doctor,
            "room" => &setup.room,
            _ => &setup.clinic,
        };
        let admin = setup.admin().await;
        let body = block(of, target, "10:15", "12:00");
        let refused = admin.post(BLOCKS, &body).await.unwrap().expect_status(409).unwrap();
        let listed: Vec<String> = refused.body["appointments"].as_array().unwrap().iter().map(id).collect();
        assert_eq!((refused.code().as_str(), listed), ("in_use", vec![inside.clone()]), "{of}");
        setup.book("11:00").await;
        let forced = admin.post(&format!("{BLOCKS}?force=true"), &body).await.unwrap().expect_status(201).unwrap();
        assert_eq!(setup.appointment(&inside).await["needs_attention"], true, "{of}");
        assert_eq!(setup.appointment(&before).await["needs_attention"], false, "{of}");
        // Extending the block over another appointment needs `force` again; shortening it doesn't.
        let path = format!("{BLOCKS}{}/", forced.id());
        let more = admin.patch(&path, &json!({ "start_datetime": on_the_day("09:15") })).await.unwrap();
        assert_eq!(more.expect_status(409).unwrap().body["appointments"][0]["id"], json!(before), "{of}");
        admin.patch(&path, &json!({ "end_datetime": on_the_day("10:30") })).await.unwrap().expect_status(200).unwrap();
    }
}

#[tokio::test]
async fn a_cancelled_appointment_cannot_be_reopened_in_blocked_time() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    setup.act(&appointment, &json!({ "action": "cancel", "reason": "viaje" })).await.expect_status(200).unwrap();
    let made = setup.create(BLOCKS, &block("doctor", &setup.doctor, "10:00", "11:00")).await;
    let reopen = json!({ "action": "reopen" });
    assert_eq!(setup.act(&appointment, &reopen).await.expect_status(409).unwrap().code(), "outside_availability");
    let path = format!("{BLOCKS}{}/", id(&made));
    setup.admin().await.delete(&path).await.unwrap().expect_status(204).unwrap();
    setup.act(&appointment, &reopen).await.expect_status(200).unwrap();
}

async fn starts(setup: &ClinicSetup, query: &str) -> Vec<String> {
    let rows = setup.list(&format!("{BLOCKS}?{query}")).await;
    rows.iter().map(|row| text(row, "start_datetime")[..16].to_owned()).collect()
}

#[tokio::test]
async fn a_filter_lists_all_that_closes_the_time_of_a_doctor_room_or_clinic() {
    let setup = ClinicSetup::new().await;
    let norte = setup.add_clinic("Norte").await;
    let room = setup.add_room(&norte, "Sala").await;
    let other = setup.add_doctor("Bruno", "Paz").await;
    setup.add_window(&other, &room, "2025-12-16", "09:00", "10:00").await;
    for (of, target, from, until) in [
        ("room", &setup.room, "10:00", "10:30"),
        ("doctor", &other, "14:00", "14:30"),
        ("clinic", &setup.clinic, "11:00", "11:30"),
        ("clinic", &norte, "13:00", "13:30"),
        ("doctor", &setup.doctor, "09:00", "09:30"),
        ("room", &room, "12:00", "12:30"),
    ] {
        setup.create(BLOCKS, &block(of, target, from, until)).await;
    }
    let at = |times: &[&str]| times.iter().map(|time| format!("2025-12-15T{time}")).collect::<Vec<_>>();
    let here = at(&["09:00", "10:00", "11:00"]);
    assert_eq!(starts(&setup, &format!("doctor={}", setup.doctor)).await, here);
    assert_eq!(starts(&setup, &format!("clinic={}", setup.clinic)).await, here);
    assert_eq!(starts(&setup, &format!("room={}", setup.room)).await, at(&["10:00", "11:00"]));
    assert_eq!(starts(&setup, &format!("doctor={other}")).await, at(&["12:00", "13:00", "14:00"]));
    assert_eq!(starts(&setup, &format!("clinic={norte}")).await, at(&["12:00", "13:00", "14:00"]));
    assert_eq!(starts(&setup, "").await.len(), 6);
    setup.app.add_user("norte@example.com", domain::user::Role::Operator, &[&norte]).await.unwrap();
    let there = setup.app.sign_in("norte@example.com").await.unwrap();
    let seen = there.get(&format!("{BLOCKS}?clinic={}", setup.clinic)).await.unwrap().expect_status(200).unwrap();
    assert!(seen.results().is_empty(), "a clinic that the caller doesn't see");
}

#[tokio::test]
async fn blocks_are_listed_by_days() {
    let setup = ClinicSetup::new().await;
    let (doctor, clinic) = (setup.doctor.clone(), setup.clinic.clone());
    for (from, until) in [
        ("2025-12-10T09:00:00-03:00", "2025-12-10T10:00:00-03:00"),
        ("2025-12-12T23:00:00-03:00", "2025-12-14T01:00:00-03:00"),
        ("2025-12-16T00:00:00-03:00", "2025-12-17T00:00:00-03:00"),
    ] {
        setup.create(BLOCKS, &json!({ "doctor": doctor, "start_datetime": from, "end_datetime": until })).await;
    }
    for filter in [String::new(), format!("doctor={doctor}&"), format!("clinic={clinic}&")] {
        let days = async |days: &str| starts(&setup, &format!("{filter}{days}")).await;
        assert_eq!(days("date_from=2025-12-13&date_to=2025-12-13").await, ["2025-12-12T23:00"], "{filter}: it runs");
        assert_eq!(days("date_from=2025-12-14&date_to=2025-12-15").await, ["2025-12-12T23:00"], "{filter}: it ends");
        assert!(days("date_from=2025-12-15&date_to=2025-12-15").await.is_empty(), "{filter}");
        // The end is excluded: it closes nothing of the 17th.
        assert_eq!(days("date_from=2025-12-16").await, ["2025-12-16T00:00"], "{filter}");
        assert!(days("date_from=2025-12-17").await.is_empty(), "{filter}");
        assert_eq!(days("date_to=2025-12-12").await, ["2025-12-10T09:00", "2025-12-12T23:00"], "{filter}");
        assert_eq!(days("").await.len(), 3, "{filter}");
    }
    let wrong = format!("{BLOCKS}?date_from=2025-12-02&date_to=2025-12-01");
    assert_eq!(setup.admin().await.get(&wrong).await.unwrap().status, 400);
    // No page but the last is short, however many blocks come before the first day.
    for hour in 0..60 {
        let from = format!("2025-12-{:02}T{:02}:00:00-03:00", 2 + hour / 20, hour % 20);
        let body = json!({ "doctor": doctor, "start_datetime": from, "end_datetime": "2025-12-09T00:00:00-03:00" });
        setup.create(BLOCKS, &body).await;
    }
    for filter in ["", &format!("doctor={doctor}&")] {
        let path = format!("{BLOCKS}?{filter}date_from=2025-12-10&page_size=2");
        let page = setup.admin().await.get(&path).await.unwrap().expect_status(200).unwrap();
        assert_eq!(page.results().len(), 2, "{filter}");
    }
}

/// A block of a doctor belongs to no clinic, but a screen has a clinic's clock.
#[tokio::test]
async fn a_block_of_a_doctor_has_the_clock_of_the_doctors_clinics() {
    let setup = ClinicSetup::new().await;
    let admin = setup.admin().await;
    let body = json!({ "doctor": setup.doctor, "start_datetime": "2025-12-15T10:00:00",
        "end_datetime": "2025-12-15T14:00:00Z" });
    let made = setup.create(BLOCKS, &body).await;
    let times = |row: &Value| (text(row, "start_datetime"), text(row, "end_datetime"));
    let wanted = ("2025-12-15T10:00:00-03:00".to_owned(), "2025-12-15T11:00:00-03:00".to_owned());
    assert_eq!(times(&made), wanted);
    assert_eq!(times(&setup.list(BLOCKS).await[0]), wanted);

    // With clinics in two zones it is that in which the doctor has hours, and none if there are two of these.
    let tijuana = json!({ "name": "Tijuana", "timezone": "America/Tijuana" });
    let tijuana = id(&setup.create("/api/clinics/clinics/", &tijuana).await);
    let room = setup.add_room(&tijuana, "Sala").await;
    let other = setup.add_doctor("Bruno", "Paz").await;
    setup.add_window(&other, &room, "2025-12-16", "09:00", "10:00").await;
    let local = |doctor: &str| {
        json!({ "doctor": doctor, "start_datetime": "2025-12-15T10:00:00",
        "end_datetime": "2025-12-15T11:00:00" })
    };
    assert_eq!(text(&setup.create(BLOCKS, &local(&other)).await, "start_datetime"), "2025-12-15T10:00:00-08:00");
    let here = setup.create(BLOCKS, &local(&setup.doctor)).await;
    assert_eq!(text(&here, "start_datetime"), "2025-12-15T10:00:00-03:00");
    let second = setup.add_window(&other, &setup.room, "2025-12-17", "09:00", "10:00").await;
    for doctor in [&other, &setup.add_doctor("Sin", "Horas").await] {
        let refused = admin.post(BLOCKS, &local(doctor)).await.unwrap().expect_status(400).unwrap();
        assert!(refused.body["errors"]["start_datetime"].is_array(), "{}", refused.body);
    }
    let exact = json!({ "doctor": other, "start_datetime": "2025-12-15T20:00:00-03:00",
        "end_datetime": "2025-12-15T21:00:00-03:00" });
    let unknown = setup.create(BLOCKS, &exact).await;
    assert_eq!(text(&unknown, "start_datetime"), "2025-12-15T23:00:00Z");
    // A block that was made without a zone is shown with one when there is only one.
    admin.delete(&format!("/api/schedules/{second}/")).await.unwrap().expect_status(204).unwrap();
    let by_id = admin.get(&format!("{BLOCKS}{}/", id(&unknown))).await.unwrap().expect_status(200).unwrap().body;
    let listed = setup.list(&format!("{BLOCKS}?doctor={other}")).await;
    let listed = listed.iter().find(|row| row["id"] == unknown["id"]).unwrap();
    for shown in [&by_id, listed] {
        assert_eq!(text(shown, "start_datetime"), "2025-12-15T15:00:00-08:00");
    }
}
