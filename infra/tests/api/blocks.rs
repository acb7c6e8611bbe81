//! When is there no time? Blocks of a doctor, a room or a clinic.

use crate::schedules::{of_doctor, window};
use crate::world::{World, id, on_the_day, text};
use serde_json::{Value, json};

pub(crate) const BLOCKS: &str = "/api/schedules/blocks/";

pub(crate) fn block(of: &str, whose: &str, from: &str, until: &str) -> Value {
    json!({ of: whose, "start_datetime": on_the_day(from), "end_datetime": on_the_day(until) })
}

async fn refusal(world: &World, start: &str) -> String {
    world.try_book(world.booking(&on_the_day(start))).await.expect_status(409).unwrap().code()
}

fn reasons(window: &Value) -> Vec<(String, String)> {
    let slots = window["slots"].as_array().unwrap().iter().filter(|slot| slot["available"] == false);
    slots.map(|slot| (text(slot, "start_datetime")[11..16].to_owned(), text(slot, "reason"))).collect()
}

#[tokio::test]
async fn a_block_is_kept_to_the_field() {
    let world = World::new().await;
    let admin = world.admin().await;
    let body = json!({ "room": world.room, "start_datetime": "2025-12-15T10:00:00", "end_datetime": "2025-12-15T11:00:00",
        "reason": "Pintura" });
    let made = admin.post(BLOCKS, &body).await.unwrap().expect_status(201).unwrap();
    let wanted = json!({ "id": made.id(), "doctor": null, "room": world.room, "clinic": null,
        "start_datetime": "2025-12-15T10:00:00-03:00", "end_datetime": "2025-12-15T11:00:00-03:00",
        "reason": "Pintura", "version": 1 });
    assert_eq!(made.body, wanted, "a local time is the clinic's");
    let path = format!("{BLOCKS}{}/", made.id());
    assert_eq!(world.operator().await.get(&path).await.unwrap().body, wanted);
    let changed = admin.patch(&path, &json!({ "end_datetime": "2025-12-15T10:30:00-03:00" })).await.unwrap();
    assert_eq!(changed.expect_status(200).unwrap().header("etag"), "\"2\"");
    assert_eq!(reasons(&window(&world).await), [("10:00".into(), "blocked".into())]);
    let put = admin.put(&path, &body).await.unwrap().expect_status(200).unwrap();
    assert_eq!((&put.body["version"], reasons(&window(&world).await).len()), (&json!(3), 2));
    admin.delete(&path).await.unwrap().expect_status(204).unwrap();
    assert_eq!(admin.get(&path).await.unwrap().status, 404);
    assert!(reasons(&window(&world).await).is_empty());
    world.book("10:00").await;
}

#[tokio::test]
async fn what_is_wrong_with_a_block_is_named() {
    let world = World::new().await;
    let admin = world.admin().await;
    let nobody = "019b2f3e-7a10-7cc1-9d7e-0242ac120002";
    let exact = |of: Value| {
        let mut body = json!({ "start_datetime": on_the_day("10:00"), "end_datetime": on_the_day("11:00") });
        body.as_object_mut().unwrap().extend(of.as_object().unwrap().clone());
        body
    };
    for (field, body) in [
        ("doctor", exact(json!({}))),
        ("doctor", exact(json!({ "doctor": world.doctor, "room": world.room }))),
        ("doctor", exact(json!({ "doctor": nobody }))),
        ("room", exact(json!({ "room": nobody }))),
        ("clinic", exact(json!({ "clinic": nobody }))),
        ("end_datetime", exact(json!({ "room": world.room, "end_datetime": on_the_day("10:00") }))),
        ("start_datetime", exact(json!({ "doctor": world.doctor, "start_datetime": "2025-12-15T10:00:00" }))),
        ("end_datetime", exact(json!({ "room": world.room, "end_datetime": "mañana" }))),
    ] {
        let answer = admin.post(BLOCKS, &body).await.unwrap().expect_status(400).unwrap();
        let errors: Vec<&String> = answer.body["errors"].as_object().unwrap().keys().collect();
        assert_eq!(errors, [field], "{body}");
    }
}

#[tokio::test]
async fn nobody_books_into_blocked_time() {
    for of in ["doctor", "room", "clinic"] {
        let world = World::new().await;
        let whose = match of {
            "doctor" => &world.doctor,
            "room" => &world.room,
            _ => &world.clinic,
        };
        world.made(BLOCKS, &block(of, whose, "10:15", "10:45")).await;
        assert_eq!(refusal(&world, "10:00").await, "outside_availability", "{of}");
        assert_eq!(refusal(&world, "10:30").await, "outside_availability", "{of}");
        let blocked = |time: &str| (time.to_owned(), "blocked".to_owned());
        assert_eq!(reasons(&window(&world).await), [blocked("10:00"), blocked("10:30")], "{of}");
        world.book("09:30").await;
        world.book("11:00").await;
        // "Sobreturno" doesn't open what is closed.
        let change = json!({ "overbook_per_day": 2 });
        let path = format!("/api/clinics/clinics/{}/", world.clinic);
        world.admin().await.patch(&path, &change).await.unwrap().expect_status(200).unwrap();
        let mut body = world.booking(&on_the_day("10:30"));
        body["overbook"] = json!(true);
        body["reason"] = json!("urgente");
        assert_eq!(world.try_book(body).await.code(), "outside_availability", "{of}");
    }
}

#[tokio::test]
async fn what_is_closed_altogether_is_not_on_offer() {
    let world = World::new().await;
    world.made(BLOCKS, &block("doctor", &world.doctor, "08:00", "11:00")).await;
    world.made(BLOCKS, &block("room", &world.room, "11:00", "13:00")).await;
    assert!(of_doctor(&world, "date=2025-12-15").await.is_empty());
}

#[tokio::test]
async fn a_block_of_another_doctor_room_or_clinic_closes_nothing() {
    let world = World::new().await;
    let doctor = world.add_doctor("Bruno", "Paz").await;
    let clinic = world.add_clinic("Norte").await;
    let room = world.add_room(&clinic, "Consultorio 9").await;
    for (of, whose) in [("doctor", &doctor), ("room", &room), ("clinic", &clinic)] {
        world.made(BLOCKS, &block(of, whose, "09:00", "13:00")).await;
    }
    assert_eq!(window(&world).await["free_slots"], 8);
    world.book("10:00").await;
    let listed = world.list(&format!("{BLOCKS}?doctor={doctor}")).await;
    assert_eq!((listed.len(), world.list(BLOCKS).await.len()), (1, 3));
}

#[tokio::test]
async fn a_room_that_is_new_is_closed_as_its_clinic_is() {
    let world = World::new().await;
    world.made(BLOCKS, &block("clinic", &world.clinic, "10:00", "11:00")).await;
    let doctor = world.add_doctor("Bruno", "Paz").await;
    let room = world.add_room(&world.clinic, "Consultorio 2").await;
    world.open(&doctor, &room, "2025-12-15", "09:00", "13:00").await;
    let body = json!({ "patient": world.patient, "doctor": doctor, "start_datetime": on_the_day("10:00") });
    assert_eq!(world.try_book(body).await.code(), "outside_availability");
}

#[tokio::test]
async fn time_with_appointments_is_blocked_by_force_only() {
    for of in ["doctor", "room", "clinic"] {
        let world = World::new().await;
        let (before, inside) = (id(&world.book("09:00").await), id(&world.book("10:00").await));
        let whose = match of {
            "doctor" => &world.doctor,
            "room" => &world.room,
            _ => &world.clinic,
        };
        let admin = world.admin().await;
        let body = block(of, whose, "10:15", "12:00");
        let refused = admin.post(BLOCKS, &body).await.unwrap().expect_status(409).unwrap();
        let listed: Vec<String> = refused.body["appointments"].as_array().unwrap().iter().map(id).collect();
        assert_eq!((refused.code().as_str(), listed), ("in_use", vec![inside.clone()]), "{of}");
        world.book("11:00").await;
        let forced = admin.post(&format!("{BLOCKS}?force=true"), &body).await.unwrap().expect_status(201).unwrap();
        assert_eq!(world.appointment(&inside).await["needs_attention"], true, "{of}");
        assert_eq!(world.appointment(&before).await["needs_attention"], false, "{of}");
        // More of it needs to be insisted on again; less doesn't.
        let path = format!("{BLOCKS}{}/", forced.id());
        let more = admin.patch(&path, &json!({ "start_datetime": on_the_day("09:15") })).await.unwrap();
        assert_eq!(more.expect_status(409).unwrap().body["appointments"][0]["id"], json!(before), "{of}");
        admin.patch(&path, &json!({ "end_datetime": on_the_day("10:30") })).await.unwrap().expect_status(200).unwrap();
    }
}

#[tokio::test]
async fn a_cancelled_appointment_does_not_come_back_into_blocked_time() {
    let world = World::new().await;
    let appointment = id(&world.book("10:00").await);
    world.act(&appointment, &json!({ "action": "cancel", "reason": "viaje" })).await.expect_status(200).unwrap();
    let made = world.made(BLOCKS, &block("doctor", &world.doctor, "10:00", "11:00")).await;
    let reopen = json!({ "action": "reopen" });
    assert_eq!(world.act(&appointment, &reopen).await.expect_status(409).unwrap().code(), "outside_availability");
    let path = format!("{BLOCKS}{}/", id(&made));
    world.admin().await.delete(&path).await.unwrap().expect_status(204).unwrap();
    world.act(&appointment, &reopen).await.expect_status(200).unwrap();
}
