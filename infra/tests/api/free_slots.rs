//! Tests of the search for free slots of a doctor or of a specialty.

use crate::clinic_setup::{ClinicSetup, DAY, id, on_the_day, text};
use crate::rules::add_rule;
use serde_json::json;

const SLOTS: &str = "/api/schedules/slots/";

async fn slot_starts(setup: &ClinicSetup, query: &str) -> Vec<String> {
    setup.list(&format!("{SLOTS}?{query}")).await.iter().map(|slot| text(slot, "start_datetime")).collect()
}

#[tokio::test]
async fn a_free_slot_has_all_its_fields() {
    let setup = ClinicSetup::new().await;
    setup.book("09:00").await;
    let slots = setup.list(&format!("{SLOTS}?doctor={}&limit=1", setup.doctor)).await;
    let wanted = json!([{ "doctor": setup.doctor, "doctor_name": "Alicia Mora", "clinic": setup.clinic,
        "clinic_name": "Centro", "room": setup.room, "room_name": "Consultorio 1",
        "start_datetime": on_the_day("09:30"), "end_datetime": on_the_day("10:00") }]);
    assert_eq!(json!(slots), wanted);
    // A listed slot can be booked.
    let body = json!({ "patient": setup.patient, "doctor": slots[0]["doctor"], "room": slots[0]["room"],
        "start_datetime": slots[0]["start_datetime"], "end_datetime": slots[0]["end_datetime"] });
    setup.try_book(body).await.expect_status(201).unwrap();
}

#[tokio::test]
async fn the_earliest_slots_of_all_doctors_come_first() {
    let setup = ClinicSetup::new().await;
    let specialty = id(&setup.create("/api/doctors/specialties/", &json!({ "name": "Cardiología" })).await);
    let mut doctors = Vec::new();
    for (name, from) in [("Uno", "10:10"), ("Dos", "09:50"), ("Tres", "09:00")] {
        let specialties: Vec<&String> = if name == "Tres" { Vec::new() } else { vec![&specialty] };
        let body = json!({ "first_name": name, "last_name": "Paz", "specialties": specialties });
        let doctor = id(&setup.create("/api/doctors/", &body).await);
        let room = setup.add_room(&setup.clinic, name).await;
        setup.add_window(&doctor, &room, DAY, from, "12:00").await;
        doctors.push(doctor);
    }
    let found = setup.list(&format!("{SLOTS}?specialty={specialty}&limit=3")).await;
    let found: Vec<(String, String)> =
        found.iter().map(|slot| (text(slot, "start_datetime")[11..16].to_owned(), text(slot, "doctor"))).collect();
    let (first, second) = (doctors[1].clone(), doctors[0].clone());
    assert_eq!(found, [("09:50".into(), first.clone()), ("10:10".into(), second), ("10:20".into(), first)]);
    let elsewhere = setup.add_clinic("Norte").await;
    assert!(slot_starts(&setup, &format!("specialty={specialty}&clinic={elsewhere}")).await.is_empty());
    assert_eq!(slot_starts(&setup, &format!("specialty={specialty}&clinic={}", setup.clinic)).await.len(), 7);
}

#[tokio::test]
async fn the_search_is_limited_by_days_and_number() {
    let mut setup = ClinicSetup::new().await;
    add_rule(&mut setup).await;
    let doctor = format!("doctor={}", setup.doctor);
    assert_eq!(slot_starts(&setup, &doctor).await.len(), 20, "the default limit");
    assert_eq!(slot_starts(&setup, &format!("{doctor}&limit=100")).await.len(), 24, "31 days hold three Mondays");
    let some = slot_starts(&setup, &format!("{doctor}&date_from=2025-12-16&date_to=2025-12-22&limit=100")).await;
    assert_eq!((some.len(), some[0].as_str()), (8, "2025-12-22T09:00:00-03:00"));
    let admin = setup.admin().await;
    for (query, field) in [
        ("limit=5", "doctor"),
        ("doctor=019b2f3e-7a10-7cc1-9d7e-0242ac120002&specialty=019b2f3e-7a10-7cc1-9d7e-0242ac120002", "doctor"),
        (&format!("{doctor}&limit=0"), "limit"),
        (&format!("{doctor}&limit=101"), "limit"),
        (&format!("{doctor}&date_from=2025-12-10&date_to=2025-12-09"), "date_to"),
        (&format!("{doctor}&date_from=2025-12-01&date_to=2026-01-01"), "date_to"),
    ] {
        let answer = admin.get(&format!("{SLOTS}?{query}")).await.unwrap().expect_status(400).unwrap();
        assert_eq!(answer.body["errors"].as_object().unwrap().keys().collect::<Vec<_>>(), [field], "{query}");
    }
}

#[tokio::test]
async fn past_booked_blocked_and_inactive_slots_are_not_listed() {
    let setup = ClinicSetup::new().await;
    setup.book("09:30").await;
    let block = json!({ "clinic": setup.clinic, "start_datetime": on_the_day("10:00"),
        "end_datetime": on_the_day("12:00") });
    setup.create("/api/schedules/blocks/", &block).await;
    setup.app.set_now("2025-12-15T12:10:00Z").unwrap();
    let times = |slots: Vec<String>| slots.iter().map(|start| start[11..16].to_owned()).collect::<Vec<_>>();
    let doctor = format!("doctor={}", setup.doctor);
    assert_eq!(times(slot_starts(&setup, &doctor).await), ["12:00", "12:30"]);
    let room = format!("/api/clinics/rooms/{}/", setup.room);
    setup.app.set_now("2025-12-15T13:00:00Z").unwrap();
    setup.admin().await.patch(&room, &json!({ "is_active": false })).await.unwrap().expect_status(200).unwrap();
    assert!(slot_starts(&setup, &doctor).await.is_empty());
}

/// After an appointment the next slot on offer begins at the end of its buffer.
#[tokio::test]
async fn slots_go_on_at_the_end_of_a_buffer() {
    let setup = ClinicSetup::new().await;
    let doctor = format!("/api/doctors/{}/", setup.doctor);
    let buffer = json!({ "buffer_minutes": 15 });
    setup.admin().await.patch(&doctor, &buffer).await.unwrap().expect_status(200).unwrap();
    let list = format!("doctor={}&date_from={DAY}&date_to={DAY}", setup.doctor);
    let times = async |setup: &ClinicSetup| {
        let found = slot_starts(setup, &list).await;
        found.iter().map(|start| start[11..16].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(times(&setup).await, ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30", "12:00", "12:30"]);
    let cancelled = setup.book("09:00").await;
    assert_eq!(times(&setup).await, ["09:45", "10:15", "10:45", "11:15", "11:45", "12:15"]);
    // As many patients as the buffers allow, each on an offered slot.
    for number in 0..4 {
        let patient = setup.add_patient("Ana", &format!("7{number}"), "+12025550177").await;
        let start = times(&setup).await.remove(0);
        let body = json!({ "patient": patient, "doctor": setup.doctor, "start_datetime": on_the_day(&start) });
        setup.try_book(body).await.expect_status(201).unwrap();
    }
    assert_eq!(times(&setup).await, [""; 0], "the last one ends at 12:30, its buffer at 12:45");
    let cancel = json!({ "action": "cancel", "reason": "x" });
    setup.act(&text(&cancelled, "id"), &cancel).await.expect_status(200).unwrap();
    assert_eq!(times(&setup).await, ["09:00"]);
}
