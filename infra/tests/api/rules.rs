//! Tests of weekly rules: their fields, their windows, bookings into them, and changes that affect appointments.

use crate::clinic_setup::{ClinicSetup, DAY, id, on_the_day, text};
use crate::schedules::windows_of_doctor;
use serde_json::{Value, json};

pub(crate) const RULES: &str = "/api/schedules/rules/";

/// Adds a rule of a new doctor: Mondays from 09:00 to 13:00, from Monday 2025-12-15 on.
pub(crate) async fn add_rule(setup: &mut ClinicSetup) -> Value {
    setup.doctor = setup.add_doctor("Bruno", "Paz").await;
    setup.create(RULES, &rule_body(setup)).await
}

pub(crate) fn rule_body(setup: &ClinicSetup) -> Value {
    json!({ "doctor": setup.doctor, "room": setup.room, "weekdays": [1], "start_time": "09:00",
        "end_time": "13:00", "valid_from": DAY })
}

async fn window_dates(setup: &ClinicSetup) -> Vec<String> {
    windows_of_doctor(setup, "date_from=2025-12-08&date_to=2026-01-07")
        .await
        .iter()
        .map(|day| text(day, "date"))
        .collect()
}

#[tokio::test]
async fn every_field_of_a_rule_is_stored() {
    let mut setup = ClinicSetup::new().await;
    let made = add_rule(&mut setup).await;
    let wanted = json!({ "id": made["id"], "doctor": setup.doctor, "room": setup.room, "clinic": setup.clinic,
        "weekdays": [1], "start_time": "09:00:00", "end_time": "13:00:00", "slot_minutes": 30,
        "valid_from": DAY, "valid_until": null, "interval_weeks": 1, "version": 1 });
    assert_eq!(made, wanted);
    let path = format!("{RULES}{}/", id(&made));
    assert_eq!(setup.operator().await.get(&path).await.unwrap().body, wanted);
    let admin = setup.admin().await;
    let change = json!({ "weekdays": [5, 1], "interval_weeks": 2, "valid_until": "2026-01-02", "slot_minutes": 20 });
    let changed = admin.patch(&path, &change).await.unwrap().expect_status(200).unwrap();
    assert_eq!((&changed.body["weekdays"], changed.header("etag")), (&json!([1, 5]), "\"2\"".into()));
    assert_eq!(window_dates(&setup).await, ["2025-12-15", "2025-12-19", "2025-12-29", "2026-01-02"]);
    let put = admin.put(&path, &rule_body(&setup)).await.unwrap().expect_status(200).unwrap();
    assert_eq!((&put.body["slot_minutes"], &put.body["valid_until"]), (&json!(30), &Value::Null));
    let stale = admin.clone().header("if-match", "\"1\"").unwrap().delete(&path).await.unwrap();
    assert_eq!(stale.status, 412);
    admin.delete(&path).await.unwrap().expect_status(204).unwrap();
    assert_eq!(admin.get(&path).await.unwrap().status, 404);
    assert!(window_dates(&setup).await.is_empty());
}

#[tokio::test]
async fn invalid_fields_are_named() {
    let mut setup = ClinicSetup::new().await;
    let made = add_rule(&mut setup).await;
    let path = format!("{RULES}{}/", id(&made));
    let admin = setup.admin().await;
    for (field, value) in [
        ("weekdays", json!([])),
        ("weekdays", json!([0])),
        ("weekdays", json!([8])),
        ("weekdays", json!([1, 1])),
        ("interval_weeks", json!(0)),
        ("interval_weeks", json!(9)),
        ("slot_minutes", json!(241)),
        ("valid_until", json!("2025-12-14")),
        ("end_time", json!("09:00")),
        ("doctor", json!(setup.add_doctor("Otra", "Persona").await)),
        ("clinic", json!(setup.clinic)),
    ] {
        let answer = admin.patch(&path, &json!({ field: value })).await.unwrap().expect_status(400).unwrap();
        let errors: Vec<&String> = answer.body["errors"].as_object().unwrap().keys().collect();
        assert_eq!(errors, [field], "{value}");
    }
}

#[tokio::test]
async fn rules_are_listed_by_doctor_room_and_clinic() {
    let mut setup = ClinicSetup::new().await;
    let first = id(&add_rule(&mut setup).await);
    let elsewhere = setup.add_clinic("Norte").await;
    let room = setup.add_room(&elsewhere, "Consultorio 9").await;
    let body = json!({ "doctor": setup.doctor, "room": room, "weekdays": [2], "start_time": "09:00",
        "end_time": "10:00", "valid_from": DAY });
    let second = id(&setup.create(RULES, &body).await);
    for (query, wanted) in [
        (String::new(), vec![&first, &second]),
        (format!("?doctor={}", setup.doctor), vec![&first, &second]),
        (format!("?room={room}"), vec![&second]),
        (format!("?clinic={}", setup.clinic), vec![&first]),
    ] {
        let rows = setup.list(&format!("{RULES}{query}")).await;
        assert_eq!(rows.iter().map(id).collect::<Vec<_>>(), wanted.into_iter().cloned().collect::<Vec<_>>(), "{query}");
    }
}

#[tokio::test]
async fn a_window_of_a_rule_names_its_rule() {
    let mut setup = ClinicSetup::new().await;
    let made = id(&add_rule(&mut setup).await);
    for query in [format!("doctor={}", setup.doctor), format!("doctor={}&room={}", setup.doctor, setup.room)] {
        let rows = setup.list(&format!("/api/schedules/?{query}&date=2025-12-22")).await;
        assert_eq!(rows.len(), 1);
        assert_eq!(
            (&rows[0]["source"], &rows[0]["rule"], &rows[0]["id"]),
            (&json!("rule"), &json!(made), &json!(made))
        );
        assert_eq!((&rows[0]["free_slots"], &rows[0]["version"]), (&json!(8), &json!(1)));
    }
    let of_clinic = setup.list(&format!("/api/schedules/?clinic={}&date=2025-12-15", setup.clinic)).await;
    let sources: Vec<&Value> = of_clinic.iter().map(|row| &row["source"]).collect();
    assert_eq!(sources, [&json!("window"), &json!("rule")]);
}

#[tokio::test]
async fn an_appointment_can_be_booked_in_a_rules_window() {
    let mut setup = ClinicSetup::new().await;
    add_rule(&mut setup).await;
    // Room and end come from the rule.
    let booked = setup.try_book(setup.booking("2025-12-22T10:00:00")).await.expect_status(201).unwrap();
    assert_eq!(booked.text("end_datetime"), "2025-12-22T10:30:00-03:00");
    assert_eq!(booked.text("room"), setup.room);
    let refused = setup.try_book(setup.booking("2025-12-23T10:00:00-03:00")).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (409, "outside_availability"), "a Tuesday");
    let row = windows_of_doctor(&setup, "date=2025-12-22").await.remove(0);
    assert_eq!(row["free_slots"], 7);
}

#[tokio::test]
async fn rules_and_windows_of_one_doctor_never_overlap() {
    let mut setup = ClinicSetup::new().await;
    let made = id(&add_rule(&mut setup).await);
    let room = setup.add_room(&setup.clinic, "Consultorio 2").await;
    let admin = setup.admin().await;
    let window = |date: &str, from: &str| json!({ "doctor": setup.doctor, "room": room, "date": date, "start_time": from, "end_time": "14:00" });
    let overlapping = admin.post("/api/schedules/", &window("2025-12-22", "12:30")).await.unwrap();
    assert_eq!((overlapping.status.as_u16(), overlapping.code().as_str()), (409, "already_exists"));
    for body in [window("2025-12-22", "13:00"), window("2025-12-23", "09:00")] {
        admin.post("/api/schedules/", &body).await.unwrap().expect_status(201).unwrap();
    }
    let other = |weekdays: Value, weeks: u8, from: &str| {
        json!({ "doctor": setup.doctor, "room": room, "weekdays": weekdays, "start_time": from, "end_time": "15:00",
            "valid_from": "2025-12-16", "interval_weeks": weeks })
    };
    for (body, status) in [
        (other(json!([1]), 1, "12:00"), 409), // the rule's Mondays
        (other(json!([2]), 1, "12:00"), 409), // the window of the 23rd
        (other(json!([3]), 1, "12:00"), 201),
        (other(json!([1]), 2, "14:00"), 201),
    ] {
        let answer = admin.post(RULES, &body).await.unwrap();
        assert_eq!(answer.status.as_u16(), status, "{body}: {}", answer.body);
    }
    let moved = admin.patch(&format!("{RULES}{made}/"), &json!({ "weekdays": [3] })).await.unwrap();
    assert_eq!(moved.code(), "already_exists");
    // Another doctor may have the same hours, even in the same room.
    let body = json!({ "doctor": setup.add_doctor("Ana", "Sol").await, "room": setup.room, "weekdays": [1],
        "start_time": "09:00", "end_time": "13:00", "valid_from": DAY });
    setup.create(RULES, &body).await;
}

#[tokio::test]
async fn a_rule_with_appointments_is_changed_only_by_force() {
    let mut setup = ClinicSetup::new().await;
    let made = add_rule(&mut setup).await;
    let appointment =
        id(&setup.try_book(setup.booking("2025-12-29T12:00:00-03:00")).await.expect_status(201).unwrap().body);
    let path = format!("{RULES}{}/", id(&made));
    let admin = setup.admin().await;
    for change in [
        json!({ "weekdays": [2] }),
        json!({ "end_time": "12:15" }),
        json!({ "valid_until": "2025-12-28" }),
        json!({ "valid_from": "2025-12-30" }),
        json!({ "interval_weeks": 4 }),
        json!({ "room": setup.add_room(&setup.clinic, "Consultorio 2").await }),
    ] {
        let refused = admin.patch(&path, &change).await.unwrap().expect_status(409).unwrap();
        let listed: Vec<String> = refused.body["appointments"].as_array().unwrap().iter().map(id).collect();
        assert_eq!((refused.code().as_str(), listed), ("in_use", vec![appointment.clone()]), "{change}");
    }
    assert_eq!(admin.delete(&path).await.unwrap().code(), "in_use");
    // A change that still covers the appointment is accepted: every second week, shorter, and until that day.
    let change = json!({ "interval_weeks": 2, "start_time": "12:00", "valid_until": "2025-12-29" });
    admin.patch(&path, &change).await.unwrap().expect_status(200).unwrap();
    admin.delete(&format!("{path}?force=true")).await.unwrap().expect_status(204).unwrap();
    let marked = setup.appointment(&appointment).await;
    assert_eq!((&marked["needs_attention"], &marked["status"]), (&json!(true), &json!("PENDING")));
}

#[tokio::test]
async fn an_appointment_over_rule_and_window_needs_both() {
    let mut setup = ClinicSetup::new().await;
    let made = add_rule(&mut setup).await;
    let body = json!({ "doctor": setup.doctor, "room": setup.room, "date": "2025-12-15", "start_time": "13:00",
        "end_time": "14:00" });
    setup.create("/api/schedules/", &body).await;
    // The appointment needs the rule and the window.
    let long = json!({ "patient": setup.patient, "doctor": setup.doctor, "start_datetime": on_the_day("12:30"),
        "end_datetime": on_the_day("13:30") });
    let appointment = id(&setup.try_book(long).await.expect_status(201).unwrap().body);
    let path = format!("{RULES}{}/", id(&made));
    let refused = setup.admin().await.delete(&path).await.unwrap().expect_status(409).unwrap();
    assert_eq!(refused.body["appointments"][0]["id"], json!(appointment));
}

#[tokio::test]
async fn marking_an_appointment_by_force_is_audited() {
    let mut setup = ClinicSetup::new().await;
    let made = add_rule(&mut setup).await;
    let appointment =
        id(&setup.try_book(setup.booking("2025-12-22T12:00:00-03:00")).await.expect_status(201).unwrap().body);
    let path = format!("{RULES}{}/?force=true", id(&made));
    setup.admin().await.delete(&path).await.unwrap().expect_status(204).unwrap();
    let trail = setup.list(&format!("/api/audit/?model=appointment&object_id={appointment}")).await;
    let rows: Vec<&Value> = trail.iter().filter(|row| row["action"] == "UPDATE").collect();
    assert_eq!(rows.len(), 1);
    let changes = json!({ "needs_attention": { "old": "false", "new": "true" },
        "stranded": { "old": null, "new": "true" } });
    assert_eq!(rows[0]["changes"], changes);
    assert_eq!(rows[0]["actor_type"], "user");
    let rule = setup.list(&format!("/api/audit/?model=rule&object_id={}", id(&made))).await;
    assert_eq!(rule.iter().map(|row| text(row, "action")).collect::<Vec<_>>().len(), 2, "created and removed");
}

#[tokio::test]
async fn a_rule_without_a_slot_is_refused() {
    let mut setup = ClinicSetup::new().await;
    add_rule(&mut setup).await;
    setup.doctor = setup.add_doctor("Carla", "Sosa").await;
    let admin = setup.admin().await;
    let with = |members: Value| {
        let mut body = rule_body(&setup);
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        body
    };
    for (field, body) in [
        ("slot_minutes", with(json!({ "end_time": "09:20" }))),
        ("slot_minutes", with(json!({ "end_time": "10:00", "slot_minutes": 90 }))),
        ("weekdays", with(json!({ "weekdays": [5], "valid_until": "2025-12-18" }))),
        // 2025-12-17 is a Wednesday: the Monday of its week is over, the next one that counts is after the end.
        ("weekdays", with(json!({ "valid_from": "2025-12-17", "interval_weeks": 2, "valid_until": "2025-12-28" }))),
    ] {
        let refused = admin.post(RULES, &body).await.unwrap().expect_status(400).unwrap();
        let errors: Vec<&String> = refused.body["errors"].as_object().unwrap().keys().collect();
        assert_eq!(errors, [field], "{body}");
    }
    let rare = with(json!({ "valid_from": "2025-12-17", "interval_weeks": 8 }));
    admin.post(RULES, &rare).await.unwrap().expect_status(201).unwrap();
}

#[tokio::test]
async fn a_rule_that_overlaps_names_the_other_one() {
    let mut setup = ClinicSetup::new().await;
    let first = id(&add_rule(&mut setup).await);
    let admin = setup.admin().await;
    let mut second = rule_body(&setup);
    second["weekdays"] = json!([3, 1]);
    second["valid_from"] = json!("2025-12-16");
    let refused = admin.post(RULES, &second).await.unwrap().expect_status(409).unwrap();
    assert_eq!((refused.text("existing_id"), refused.text("existing_kind")), (first.clone(), "rule".into()));
    let time = ["date", "start_time", "end_time"].map(|member| text(&refused.body, member));
    assert_eq!(time, ["2025-12-22", "09:00:00", "13:00:00"], "the first day on which they overlap");
    let window = setup.add_window(&setup.doctor, &setup.room, "2025-12-17", "12:00", "14:00").await;
    second["weekdays"] = json!([3]);
    let refused = admin.post(RULES, &second).await.unwrap().expect_status(409).unwrap();
    assert_eq!((refused.text("existing_id"), refused.text("existing_kind")), (window, "window".into()));
    let body = json!({ "doctor": setup.doctor, "room": setup.room, "date": "2025-12-22", "start_time": "08:00",
        "end_time": "10:00" });
    let refused = admin.post("/api/schedules/", &body).await.unwrap().expect_status(409).unwrap();
    assert_eq!((refused.text("existing_id"), refused.text("date")), (first, "2025-12-22".into()));
}
