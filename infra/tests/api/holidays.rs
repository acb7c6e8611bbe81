//! When is there no time at all? Holidays, of one clinic or of all.

use crate::schedules::of_doctor;
use crate::world::{DAY, World, id, on_the_day, text};
use domain::user::Role;
use serde_json::{Value, json};

pub(crate) const HOLIDAYS: &str = "/api/clinics/holidays/";

async fn names(world: &World, query: &str) -> Vec<String> {
    world.list(&format!("{HOLIDAYS}{query}")).await.iter().map(|row| text(row, "name")).collect()
}

#[tokio::test]
async fn a_holiday_is_kept_to_the_field() {
    let world = World::new().await;
    let admin = world.admin().await;
    let body = json!({ "clinic": world.clinic, "date": "2025-12-16", "name": "Patrono" });
    let made = admin.post(HOLIDAYS, &body).await.unwrap().expect_status(201).unwrap();
    let wanted =
        json!({ "id": made.id(), "clinic": world.clinic, "date": "2025-12-16", "name": "Patrono", "version": 1 });
    assert_eq!(made.body, wanted);
    let path = format!("{HOLIDAYS}{}/", made.id());
    assert_eq!(world.operator().await.get(&path).await.unwrap().body, wanted);
    let changed = admin.patch(&path, &json!({ "date": DAY })).await.unwrap().expect_status(200).unwrap();
    assert_eq!((changed.text("date").as_str(), changed.header("etag").as_str()), (DAY, "\"2\""));
    assert!(of_doctor(&world, "date=2025-12-15").await.is_empty());
    admin.put(&path, &body).await.unwrap().expect_status(200).unwrap();
    assert_eq!(of_doctor(&world, "date=2025-12-15").await.len(), 1, "the day it was moved from is open again");
    let elsewhere = json!({ "clinic": null });
    assert_eq!(admin.patch(&path, &elsewhere).await.unwrap().status, 400, "it stays its clinic's");
    admin.delete(&path).await.unwrap().expect_status(204).unwrap();
    assert_eq!(admin.get(&path).await.unwrap().status, 404);
    for (field, value) in [("date", json!("16/12/2025")), ("name", json!("")), ("clinic", json!("x"))] {
        let mut wrong = body.clone();
        wrong[field] = value;
        let answer = admin.post(HOLIDAYS, &wrong).await.unwrap().expect_status(400).unwrap();
        assert_eq!(answer.body["errors"].as_object().unwrap().keys().collect::<Vec<_>>(), [field]);
    }
}

#[tokio::test]
async fn holidays_are_listed_by_clinic_and_days() {
    let world = World::new().await;
    let other = world.add_clinic("Norte").await;
    for (clinic, date, name) in [
        (json!(world.clinic), "2025-12-16", "Patrono"),
        (json!(other), "2025-12-17", "Mudanza"),
        (Value::Null, "2025-12-25", "Navidad"),
        (Value::Null, "2026-01-01", "Año Nuevo"),
    ] {
        world.made(HOLIDAYS, &json!({ "clinic": clinic, "date": date, "name": name })).await;
    }
    assert_eq!(names(&world, "").await, ["Patrono", "Mudanza", "Navidad", "Año Nuevo"]);
    assert_eq!(names(&world, &format!("?clinic={other}")).await, ["Mudanza", "Navidad", "Año Nuevo"]);
    assert_eq!(names(&world, "?date_from=2025-12-17&date_to=2025-12-25").await, ["Mudanza", "Navidad"]);
    assert_eq!(world.admin().await.get(&format!("{HOLIDAYS}?date_from=x")).await.unwrap().status, 400);
}

#[tokio::test]
async fn there_is_no_time_on_a_holiday() {
    for everywhere in [false, true] {
        let world = World::new().await;
        let clinic = if everywhere { Value::Null } else { json!(world.clinic) };
        world.made(HOLIDAYS, &json!({ "clinic": clinic, "date": DAY, "name": "Fiesta" })).await;
        assert!(of_doctor(&world, "date=2025-12-15").await.is_empty());
        let refused = world.try_book(world.booking(&on_the_day("10:00"))).await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (409, "outside_availability"));
        // Elsewhere it is a day like any other, unless it is everybody's.
        let other = world.add_clinic("Norte").await;
        let room = world.add_room(&other, "Consultorio 9").await;
        let doctor = world.add_doctor("Bruno", "Paz").await;
        world.open(&doctor, &room, DAY, "09:00", "13:00").await;
        let body = json!({ "patient": world.patient, "doctor": doctor, "start_datetime": on_the_day("10:00") });
        assert_eq!(world.try_book(body).await.status.as_u16(), if everywhere { 409 } else { 201 });
    }
}

#[tokio::test]
async fn a_holiday_is_a_day_by_the_clinics_own_clock() {
    let world = World::new().await;
    let body = json!({ "name": "Tijuana", "timezone": "America/Tijuana" });
    let clinic = id(&world.made("/api/clinics/clinics/", &body).await);
    let room = world.add_room(&clinic, "Sala").await;
    world.open(&world.doctor, &room, DAY, "18:00", "23:00").await;
    world.made(HOLIDAYS, &json!({ "date": "2025-12-16", "name": "Fiesta" })).await;
    // 22:00 of the 15th in Tijuana is 03:00 of the 16th in Buenos Aires, and 06:00 UTC.
    let late = world.booking("2025-12-15T22:00:00-08:00");
    world.try_book(late).await.expect_status(201).unwrap();
}

#[tokio::test]
async fn a_day_with_appointments_becomes_a_holiday_by_force_only() {
    let world = World::new().await;
    let appointment = id(&world.book("10:00").await);
    let admin = world.admin().await;
    let body = json!({ "date": DAY, "name": "Duelo" });
    let refused = admin.post(HOLIDAYS, &body).await.unwrap().expect_status(409).unwrap();
    assert_eq!((refused.code().as_str(), &refused.body["appointments"][0]["id"]), ("in_use", &json!(appointment)));
    admin.post(&format!("{HOLIDAYS}?force=true"), &body).await.unwrap().expect_status(201).unwrap();
    assert_eq!(world.appointment(&appointment).await["needs_attention"], true);
}

#[tokio::test]
async fn who_sees_one_clinic_does_not_close_all() {
    let world = World::new().await;
    world.app.add_user("jefa@example.com", Role::Admin, &[&world.clinic]).await.unwrap();
    let chief = world.app.sign_in("jefa@example.com").await.unwrap();
    let everywhere = json!({ "date": DAY, "name": "Fiesta" });
    assert_eq!(chief.post(HOLIDAYS, &everywhere).await.unwrap().status, 400);
    let made = world.made(HOLIDAYS, &everywhere).await;
    let path = format!("{HOLIDAYS}{}/", id(&made));
    assert_eq!(chief.get(&path).await.unwrap().status, 200);
    assert_eq!(chief.delete(&path).await.unwrap().status, 403);
    let other = world.add_clinic("Norte").await;
    let theirs = world.made(HOLIDAYS, &json!({ "clinic": other, "date": DAY, "name": "Patrono" })).await;
    assert_eq!(chief.get(&format!("{HOLIDAYS}{}/", id(&theirs))).await.unwrap().status, 404);
    let own = json!({ "clinic": world.clinic, "date": "2025-12-17", "name": "Patrono" });
    chief.post(HOLIDAYS, &own).await.unwrap().expect_status(201).unwrap();
}
