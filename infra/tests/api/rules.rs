//! When is there time, week after week? Weekly rules.

use crate::schedules::of_doctor;
use crate::world::{DAY, World, id, on_the_day, text};
use serde_json::{Value, json};

pub(crate) const RULES: &str = "/api/schedules/rules/";

/// A rule of a new doctor, on Mondays from 09:00 to 13:00 as of Monday 2025-12-15.
pub(crate) async fn with_rule(world: &mut World) -> Value {
    world.doctor = world.add_doctor("Bruno", "Paz").await;
    world.made(RULES, &rule(world)).await
}

pub(crate) fn rule(world: &World) -> Value {
    json!({ "doctor": world.doctor, "room": world.room, "weekdays": [1], "start_time": "09:00",
        "end_time": "13:00", "valid_from": DAY })
}

async fn dates(world: &World) -> Vec<String> {
    of_doctor(world, "date_from=2025-12-08&date_to=2026-01-07").await.iter().map(|day| text(day, "date")).collect()
}

#[tokio::test]
async fn a_rule_is_kept_to_the_field() {
    let mut world = World::new().await;
    let made = with_rule(&mut world).await;
    let wanted = json!({ "id": made["id"], "doctor": world.doctor, "room": world.room, "clinic": world.clinic,
        "weekdays": [1], "start_time": "09:00:00", "end_time": "13:00:00", "slot_minutes": 30,
        "valid_from": DAY, "valid_until": null, "interval_weeks": 1, "version": 1 });
    assert_eq!(made, wanted);
    let path = format!("{RULES}{}/", id(&made));
    assert_eq!(world.operator().await.get(&path).await.unwrap().body, wanted);
    let admin = world.admin().await;
    let change = json!({ "weekdays": [5, 1], "interval_weeks": 2, "valid_until": "2026-01-02", "slot_minutes": 20 });
    let changed = admin.patch(&path, &change).await.unwrap().expect_status(200).unwrap();
    assert_eq!((&changed.body["weekdays"], changed.header("etag")), (&json!([1, 5]), "\"2\"".into()));
    assert_eq!(dates(&world).await, ["2025-12-15", "2025-12-19", "2025-12-29", "2026-01-02"]);
    let put = admin.put(&path, &rule(&world)).await.unwrap().expect_status(200).unwrap();
    assert_eq!((&put.body["slot_minutes"], &put.body["valid_until"]), (&json!(30), &Value::Null));
    let stale = admin.clone().header("if-match", "\"1\"").unwrap().delete(&path).await.unwrap();
    assert_eq!(stale.status, 412);
    admin.delete(&path).await.unwrap().expect_status(204).unwrap();
    assert_eq!(admin.get(&path).await.unwrap().status, 404);
    assert!(dates(&world).await.is_empty());
}

#[tokio::test]
async fn what_is_wrong_with_a_rule_is_named() {
    let mut world = World::new().await;
    let made = with_rule(&mut world).await;
    let path = format!("{RULES}{}/", id(&made));
    let admin = world.admin().await;
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
        ("doctor", json!(world.add_doctor("Otra", "Persona").await)),
        ("clinic", json!(world.clinic)),
    ] {
        let answer = admin.patch(&path, &json!({ field: value })).await.unwrap().expect_status(400).unwrap();
        let errors: Vec<&String> = answer.body["errors"].as_object().unwrap().keys().collect();
        assert_eq!(errors, [field], "{value}");
    }
}

#[tokio::test]
async fn rules_are_listed_by_doctor_room_and_clinic() {
    let mut world = World::new().await;
    let first = id(&with_rule(&mut world).await);
    let elsewhere = world.add_clinic("Norte").await;
    let room = world.add_room(&elsewhere, "Consultorio 9").await;
    let body = json!({ "doctor": world.doctor, "room": room, "weekdays": [2], "start_time": "09:00",
        "end_time": "10:00", "valid_from": DAY });
    let second = id(&world.made(RULES, &body).await);
    for (query, wanted) in [
        (String::new(), vec![&first, &second]),
        (format!("?doctor={}", world.doctor), vec![&first, &second]),
        (format!("?room={room}"), vec![&second]),
        (format!("?clinic={}", world.clinic), vec![&first]),
    ] {
        let rows = world.list(&format!("{RULES}{query}")).await;
        assert_eq!(rows.iter().map(id).collect::<Vec<_>>(), wanted.into_iter().cloned().collect::<Vec<_>>(), "{query}");
    }
}

#[tokio::test]
async fn an_opening_of_a_rule_says_where_it_is_from() {
    let mut world = World::new().await;
    let made = id(&with_rule(&mut world).await);
    for query in [format!("doctor={}", world.doctor), format!("doctor={}&room={}", world.doctor, world.room)] {
        let rows = world.list(&format!("/api/schedules/?{query}&date=2025-12-22")).await;
        assert_eq!(rows.len(), 1);
        assert_eq!(
            (&rows[0]["source"], &rows[0]["rule"], &rows[0]["id"]),
            (&json!("rule"), &json!(made), &json!(made))
        );
        assert_eq!((&rows[0]["free_slots"], &rows[0]["version"]), (&json!(8), &json!(1)));
    }
    let of_clinic = world.list(&format!("/api/schedules/?clinic={}&date=2025-12-15", world.clinic)).await;
    let sources: Vec<&Value> = of_clinic.iter().map(|row| &row["source"]).collect();
    assert_eq!(sources, [&json!("window"), &json!("rule")]);
}

#[tokio::test]
async fn an_appointment_is_booked_into_a_rule() {
    let mut world = World::new().await;
    with_rule(&mut world).await;
    // Neither room nor end are said: both come from the rule.
    let booked = world.try_book(world.booking("2025-12-22T10:00:00")).await.expect_status(201).unwrap();
    assert_eq!(booked.text("end_datetime"), "2025-12-22T10:30:00-03:00");
    assert_eq!(booked.text("room"), world.room);
    let refused = world.try_book(world.booking("2025-12-23T10:00:00-03:00")).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (409, "outside_availability"), "a Tuesday");
    let row = of_doctor(&world, "date=2025-12-22").await.remove(0);
    assert_eq!(row["free_slots"], 7);
}

#[tokio::test]
async fn time_of_one_doctor_never_overlaps() {
    let mut world = World::new().await;
    let made = id(&with_rule(&mut world).await);
    let room = world.add_room(&world.clinic, "Consultorio 2").await;
    let admin = world.admin().await;
    let window = |date: &str, from: &str| json!({ "doctor": world.doctor, "room": room, "date": date, "start_time": from, "end_time": "14:00" });
    let overlapping = admin.post("/api/schedules/", &window("2025-12-22", "12:30")).await.unwrap();
    assert_eq!((overlapping.status.as_u16(), overlapping.code().as_str()), (409, "already_exists"));
    for body in [window("2025-12-22", "13:00"), window("2025-12-23", "09:00")] {
        admin.post("/api/schedules/", &body).await.unwrap().expect_status(201).unwrap();
    }
    let other = |weekdays: Value, weeks: u8, from: &str| {
        json!({ "doctor": world.doctor, "room": room, "weekdays": weekdays, "start_time": from, "end_time": "15:00",
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
    // Another doctor may have the same hours, in the same room even.
    let body = json!({ "doctor": world.add_doctor("Ana", "Sol").await, "room": world.room, "weekdays": [1],
        "start_time": "09:00", "end_time": "13:00", "valid_from": DAY });
    world.made(RULES, &body).await;
}

#[tokio::test]
async fn a_rule_that_holds_appointments_is_not_taken_away() {
    let mut world = World::new().await;
    let made = with_rule(&mut world).await;
    let appointment =
        id(&world.try_book(world.booking("2025-12-29T12:00:00-03:00")).await.expect_status(201).unwrap().body);
    let path = format!("{RULES}{}/", id(&made));
    let admin = world.admin().await;
    for change in [
        json!({ "weekdays": [2] }),
        json!({ "end_time": "12:15" }),
        json!({ "valid_until": "2025-12-28" }),
        json!({ "valid_from": "2025-12-30" }),
        json!({ "interval_weeks": 4 }),
        json!({ "room": world.add_room(&world.clinic, "Consultorio 2").await }),
    ] {
        let refused = admin.patch(&path, &change).await.unwrap().expect_status(409).unwrap();
        let listed: Vec<String> = refused.body["appointments"].as_array().unwrap().iter().map(id).collect();
        assert_eq!((refused.code().as_str(), listed), ("in_use", vec![appointment.clone()]), "{change}");
    }
    assert_eq!(admin.delete(&path).await.unwrap().code(), "in_use");
    // What leaves the appointment its place passes: every second week, shorter, and up to that very day.
    let change = json!({ "interval_weeks": 2, "start_time": "12:00", "valid_until": "2025-12-29" });
    admin.patch(&path, &change).await.unwrap().expect_status(200).unwrap();
    admin.delete(&format!("{path}?force=true")).await.unwrap().expect_status(204).unwrap();
    let marked = world.appointment(&appointment).await;
    assert_eq!((&marked["needs_attention"], &marked["status"]), (&json!(true), &json!("PENDING")));
}

#[tokio::test]
async fn a_window_beside_a_rule_keeps_the_appointment() {
    let mut world = World::new().await;
    let made = with_rule(&mut world).await;
    let body = json!({ "doctor": world.doctor, "room": world.room, "date": "2025-12-15", "start_time": "13:00",
        "end_time": "14:00" });
    world.made("/api/schedules/", &body).await;
    // From the rule's time into the window's: both are needed.
    let long = json!({ "patient": world.patient, "doctor": world.doctor, "start_datetime": on_the_day("12:30"),
        "end_datetime": on_the_day("13:30") });
    let appointment = id(&world.try_book(long).await.expect_status(201).unwrap().body);
    let path = format!("{RULES}{}/", id(&made));
    let refused = world.admin().await.delete(&path).await.unwrap().expect_status(409).unwrap();
    assert_eq!(refused.body["appointments"][0]["id"], json!(appointment));
}

#[tokio::test]
async fn a_mark_by_force_has_its_author() {
    let mut world = World::new().await;
    let made = with_rule(&mut world).await;
    let appointment =
        id(&world.try_book(world.booking("2025-12-22T12:00:00-03:00")).await.expect_status(201).unwrap().body);
    let path = format!("{RULES}{}/?force=true", id(&made));
    world.admin().await.delete(&path).await.unwrap().expect_status(204).unwrap();
    let trail = world.list(&format!("/api/audit/?model=appointment&object_id={appointment}")).await;
    let rows: Vec<&Value> = trail.iter().filter(|row| row["action"] == "UPDATE").collect();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["changes"], json!({ "needs_attention": { "old": "false", "new": "true" } }));
    assert_eq!(rows[0]["actor_type"], "user");
    let rule = world.list(&format!("/api/audit/?model=rule&object_id={}", id(&made))).await;
    assert_eq!(rule.iter().map(|row| text(row, "action")).collect::<Vec<_>>().len(), 2, "made and removed");
}
