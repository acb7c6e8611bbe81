//! Tests of availability windows and their slots.

use crate::clinic_setup::{ClinicSetup, DAY, id, text};
use serde_json::{Value, json};

const LIST: &str = "/api/schedules/";

pub(crate) async fn windows_of_doctor(setup: &ClinicSetup, query: &str) -> Vec<Value> {
    setup.list(&format!("{LIST}?doctor={}&{query}", setup.doctor)).await
}

pub(crate) async fn first_window(setup: &ClinicSetup) -> Value {
    windows_of_doctor(setup, "date=2025-12-15").await.remove(0)
}

fn unavailable_slots(window: &Value) -> Vec<(String, String)> {
    let slots = window["slots"].as_array().unwrap().iter();
    for slot in slots.clone() {
        assert_eq!(slot["available"], slot["reason"].is_null(), "{slot}");
    }
    let taken = slots.filter(|slot| slot["available"] == false);
    taken.map(|slot| (text(slot, "start_datetime")[11..16].to_owned(), text(slot, "reason"))).collect()
}

#[tokio::test]
async fn every_field_of_a_window_is_stored() {
    let setup = ClinicSetup::new().await;
    let admin = setup.admin().await;
    let body = json!({ "doctor": setup.doctor, "room": setup.room, "date": "2025-12-16", "start_time": "09:00",
        "end_time": "10:10", "slot_minutes": 30 });
    let made = admin.post(LIST, &body).await.unwrap().expect_status(201).unwrap();
    let slot = |from: &str, until: &str| {
        let at = |time| format!("2025-12-16T{time}:00-03:00");
        json!({ "start_datetime": at(from), "end_datetime": at(until), "available": true, "reason": null })
    };
    let wanted = json!({ "id": made.id(), "doctor": setup.doctor, "doctor_name": "Alicia Mora",
        "clinic": setup.clinic, "clinic_name": "Centro", "room": setup.room, "room_name": "Consultorio 1",
        "date": "2025-12-16", "start_time": "09:00:00", "end_time": "10:10:00", "slot_minutes": 30,
        "instead_of_rules": false, "source": "window", "rule": null, "free_slots": 2,
        "slots": [slot("09:00", "09:30"), slot("09:30", "10:00")], "version": 1 });
    assert_eq!(made.body, wanted);
    let path = format!("{LIST}{}/", made.id());
    assert_eq!((made.header("location"), made.header("etag")), (path.clone(), "\"1\"".to_owned()));
    assert_eq!(setup.operator().await.get(&path).await.unwrap().body, wanted);

    let moved = admin.patch(&path, &json!({ "date": "2025-12-17", "end_time": "10:00" })).await.unwrap();
    let moved = moved.expect_status(200).unwrap();
    assert_eq!((moved.text("date").as_str(), &moved.body["version"]), ("2025-12-17", &json!(2)));
    assert!(windows_of_doctor(&setup, "date=2025-12-16").await.is_empty());
    assert_eq!(admin.get(&path).await.unwrap().body, moved.body);
    admin.delete(&path).await.unwrap().expect_status(204).unwrap();
    assert_eq!(admin.get(&path).await.unwrap().status, 404);
}

#[tokio::test]
async fn read_only_and_invalid_values_are_refused() {
    let setup = ClinicSetup::new().await;
    let admin = setup.admin().await;
    let path = format!("{LIST}{}/", id(&first_window(&setup).await));
    let other = setup.add_doctor("Bruno", "Paz").await;
    for (field, value) in [
        ("id", json!("x")),
        ("clinic", json!(setup.clinic)),
        ("doctor_name", json!("x")),
        ("slots", json!([])),
        ("version", json!(1)),
        ("slot_minutes", json!(4)),
        ("slot_minutes", json!(241)),
        ("date", json!("15/12/2025")),
        ("start_time", json!("25:00")),
        ("end_time", json!("09:00")),
        ("doctor", json!(other)),
        ("room", json!("x")),
        ("room", json!("019b2f3e-7a10-7cc1-9d7e-0242ac120002")),
    ] {
        let answer = admin.patch(&path, &json!({ field: value })).await.unwrap().expect_status(400).unwrap();
        let errors: Vec<&String> = answer.body["errors"].as_object().unwrap().keys().collect();
        assert_eq!(errors, [field], "{value}");
    }
}

#[tokio::test]
async fn two_windows_of_one_doctor_do_not_overlap() {
    let setup = ClinicSetup::new().await;
    let own = id(&first_window(&setup).await);
    let norte = setup.add_clinic("Norte").await;
    let elsewhere = setup.add_room(&norte, "Sala").await;
    let admin = setup.admin().await;
    let window_body = |doctor: &str, from: &str, until: &str| json!({ "doctor": doctor, "room": elsewhere, "date": DAY, "start_time": from, "end_time": until });
    for (from, until) in [("08:00", "09:01"), ("12:59", "15:00"), ("10:00", "11:00"), ("08:00", "14:00")] {
        let taken =
            admin.post(LIST, &window_body(&setup.doctor, from, until)).await.unwrap().expect_status(409).unwrap();
        assert_eq!(taken.code(), "already_exists", "{from} to {until}");
        assert_eq!((&taken.body["existing_id"], &taken.body["existing_kind"]), (&json!(own), &json!("window")));
        let time = ["date", "start_time", "end_time"].map(|member| text(&taken.body, member));
        assert_eq!(time, [DAY, "09:00:00", "13:00:00"]);
        let said = taken.body["errors"]["start_time"][0].as_str().unwrap();
        assert!(said.contains("el 2025-12-15, de 09:00 a 13:00"), "{said}");
    }
    // A user who doesn't see that clinic learns only that there is something.
    setup.app.add_user("jefa@example.com", domain::user::Role::Admin, &[&norte]).await.unwrap();
    let chief = setup.app.sign_in("jefa@example.com").await.unwrap();
    let hidden = chief.post(LIST, &window_body(&setup.doctor, "08:00", "14:00")).await.unwrap();
    let hidden = hidden.expect_status(409).unwrap();
    assert!(hidden.body["existing_id"].is_null() && hidden.body["date"].is_null(), "{}", hidden.body);
    assert!(hidden.body["errors"]["start_time"].is_array());
    let after =
        admin.post(LIST, &window_body(&setup.doctor, "13:00", "14:00")).await.unwrap().expect_status(201).unwrap();
    let grown = admin.patch(&format!("{LIST}{}/", after.id()), &json!({ "start_time": "12:30" })).await.unwrap();
    assert_eq!((grown.status.as_u16(), grown.code().as_str()), (409, "already_exists"));
    let colleague = setup.add_doctor("Bruno", "Paz").await;
    setup.add_window(&colleague, &setup.room, DAY, "09:00", "13:00").await;

    let again = window_body(&setup.doctor, "15:00", "16:00");
    let (one, other) = tokio::join!(admin.post(LIST, &again), admin.post(LIST, &again));
    let mut statuses = [one.unwrap().status.as_u16(), other.unwrap().status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409], "not at the same time either");
}

#[tokio::test]
async fn slots_name_why_they_are_unavailable() {
    let setup = ClinicSetup::new().await;
    let colleague = setup.add_doctor("Bruno", "Paz").await;
    setup.add_window(&colleague, &setup.room, DAY, "09:00", "13:00").await;
    setup.book("10:00").await;
    let other = setup.add_patient("Ana", "77", "+12025550177").await;
    let booking = json!({ "patient": other, "doctor": colleague, "start_datetime": "2025-12-15T12:00:00-03:00",
        "end_datetime": "2025-12-15T12:45:00-03:00" });
    setup.try_book(booking).await.expect_status(201).unwrap();
    setup.app.set_now("2025-12-15T09:05:00-03:00").unwrap();

    let taken_slots = |slots: &[(&str, &str)]| {
        slots.iter().map(|(time, reason)| ((*time).to_owned(), (*reason).to_owned())).collect::<Vec<_>>()
    };
    let own = first_window(&setup).await;
    let wanted = [("09:00", "past"), ("10:00", "booked"), ("12:00", "room_busy"), ("12:30", "room_busy")];
    assert_eq!(unavailable_slots(&own), taken_slots(&wanted));
    assert_eq!(own["free_slots"], 4);
    let theirs = setup.list(&format!("{LIST}?doctor={colleague}&date=2025-12-15")).await.remove(0);
    let wanted = [("09:00", "past"), ("10:00", "room_busy"), ("12:00", "booked"), ("12:30", "booked")];
    assert_eq!(unavailable_slots(&theirs), taken_slots(&wanted));

    let room_path = format!("/api/clinics/rooms/{}/", setup.room);
    setup.admin().await.patch(&room_path, &json!({ "capacity": 2 })).await.unwrap().expect_status(200).unwrap();
    assert_eq!(unavailable_slots(&first_window(&setup).await), taken_slots(&[("09:00", "past"), ("10:00", "booked")]));
    let buffer = format!("/api/doctors/{}/", setup.doctor);
    let change = json!({ "buffer_minutes": 10 });
    setup.admin().await.patch(&buffer, &change).await.unwrap().expect_status(200).unwrap();
    let wanted = [("09:00", "past"), ("09:30", "booked"), ("10:00", "booked")];
    assert_eq!(
        unavailable_slots(&first_window(&setup).await),
        taken_slots(&wanted),
        "no time left for the buffer before 10:00"
    );
}

#[tokio::test]
async fn a_list_needs_a_filter_and_covers_at_most_31_days() {
    let setup = ClinicSetup::new().await;
    let operator = setup.operator().await;
    let status = async |query: &str| operator.get(&format!("{LIST}?{query}")).await.unwrap().status.as_u16();
    assert_eq!(status("date=2025-12-15").await, 400);
    let doctor = format!("doctor={}", setup.doctor);
    assert_eq!(status(&format!("{doctor}&date_from=2025-12-01&date_to=2025-12-31")).await, 200);
    assert_eq!(status(&format!("{doctor}&date_from=2025-12-01&date_to=2026-01-01")).await, 400);
    assert_eq!(status(&format!("{doctor}&date_from=2025-12-02&date_to=2025-12-01")).await, 400);
    assert_eq!(status(&format!("{doctor}&date=2025-12-02&date_to=2025-12-03")).await, 400);
    assert_eq!(status("doctor=x").await, 400);

    setup.add_window(&setup.doctor, &setup.room, DAY, "07:00", "08:00").await;
    setup.add_window(&setup.doctor, &setup.room, "2025-12-14", "09:00", "10:00").await;
    let dates = windows_of_doctor(&setup, "date_from=2025-12-01&date_to=2025-12-31").await;
    let order: Vec<_> = dates.iter().map(|row| (text(row, "date"), text(row, "start_time"))).collect();
    let wanted = [("2025-12-14", "09:00:00"), (DAY, "07:00:00"), (DAY, "09:00:00")];
    assert_eq!(order, wanted.map(|(date, time)| (date.to_owned(), time.to_owned())));
    for filter in [format!("room={}", setup.room), format!("clinic={}", setup.clinic)] {
        assert_eq!(setup.list(&format!("{LIST}?{filter}&date={DAY}")).await.len(), 2, "{filter}");
    }
    let empty_room = setup.add_room(&setup.clinic, "Vacía").await;
    assert!(windows_of_doctor(&setup, &format!("date={DAY}&room={empty_room}")).await.is_empty());
    assert!(windows_of_doctor(&setup, "date=2025-12-16").await.is_empty());
}

#[tokio::test]
async fn a_closed_room_takes_no_window() {
    let setup = ClinicSetup::new().await;
    let inactive = json!({ "clinic": setup.clinic, "name": "Cerrada", "is_active": false });
    let closed = id(&setup.create("/api/clinics/rooms/", &inactive).await);
    let body = json!({ "doctor": setup.doctor, "room": closed, "date": "2025-12-16", "start_time": "09:00",
        "end_time": "10:00" });
    let refused = setup.admin().await.post(LIST, &body).await.unwrap().expect_status(400).unwrap();
    assert!(refused.body["errors"]["room"].is_array());
}

#[tokio::test]
async fn a_window_without_a_slot_is_refused() {
    let setup = ClinicSetup::new().await;
    let admin = setup.admin().await;
    let body = |until: &str, minutes: u16| {
        json!({ "doctor": setup.doctor, "room": setup.room, "date": "2025-12-16",
        "start_time": "09:00", "end_time": until, "slot_minutes": minutes })
    };
    for (until, minutes) in [("09:20", 30), ("09:59", 60), ("09:04", 5)] {
        let refused = admin.post(LIST, &body(until, minutes)).await.unwrap().expect_status(400).unwrap();
        assert!(refused.body["errors"]["slot_minutes"].is_array(), "{until}: {}", refused.body);
    }
    let exact = admin.post(LIST, &body("09:30", 30)).await.unwrap().expect_status(201).unwrap();
    assert_eq!(exact.body["free_slots"], 1);
    let path = format!("{LIST}{}/", exact.id());
    let shorter = admin.patch(&path, &json!({ "end_time": "09:29" })).await.unwrap().expect_status(400).unwrap();
    assert!(shorter.body["errors"]["slot_minutes"].is_array());
}

/// A day can be drawn whatever the time is.
#[tokio::test]
async fn a_slot_that_is_over_or_running_shows_whether_it_was_booked() {
    let setup = ClinicSetup::new().await;
    setup.book("09:00").await;
    setup.book("10:00").await;
    let cancelled = id(&setup.book("09:30").await);
    let cancel = json!({ "action": "cancel", "reason": "viaje" });
    setup.act(&cancelled, &cancel).await.expect_status(200).unwrap();
    setup.app.set_now("2025-12-15T10:10:00-03:00").unwrap();
    let taken = |slots: &[(&str, &str)]| {
        slots.iter().map(|(time, reason)| ((*time).to_owned(), (*reason).to_owned())).collect::<Vec<_>>()
    };
    let wanted = [("09:00", "booked"), ("09:30", "past"), ("10:00", "booked")];
    assert_eq!(unavailable_slots(&first_window(&setup).await), taken(&wanted), "10:00 is running");
}

#[tokio::test]
async fn a_blocked_slot_shows_its_block() {
    let setup = ClinicSetup::new().await;
    let block = |of: &str, target: &str, from: &str, until: &str, reason: Option<&str>| {
        json!({ of: target, "start_datetime": format!("{DAY}T{from}:00-03:00"),
            "end_datetime": format!("{DAY}T{until}:00-03:00"), "reason": reason })
    };
    const BLOCKS: &str = "/api/schedules/blocks/";
    let painting = block("clinic", &setup.clinic, "10:00", "10:30", Some("Pintura"));
    let painting = id(&setup.create(BLOCKS, &painting).await);
    let meeting = id(&setup.create(BLOCKS, &block("doctor", &setup.doctor, "11:15", "12:00", None)).await);
    let other = setup.add_doctor("Bruno", "Paz").await;
    setup.create(BLOCKS, &block("doctor", &other, "09:00", "13:00", Some("Ajeno"))).await;
    let by_id = format!("{LIST}{}/", id(&first_window(&setup).await));
    let by_id = setup.operator().await.get(&by_id).await.unwrap().expect_status(200).unwrap().body;
    for window in [first_window(&setup).await, by_id] {
        let shown: Vec<(String, Value)> = window["slots"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|slot| slot["reason"] == "blocked")
            .map(|slot| (text(slot, "start_datetime")[11..16].to_owned(), slot["block"].clone()))
            .collect();
        let meeting = json!({ "id": meeting, "reason": null });
        let wanted = [
            ("10:00".to_owned(), json!({ "id": painting, "reason": "Pintura" })),
            ("11:00".to_owned(), meeting.clone()),
            ("11:30".to_owned(), meeting),
        ];
        assert_eq!(shown, wanted);
    }
}
