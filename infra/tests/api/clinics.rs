//! Tests of clinics and rooms: their fields, and that upcoming appointments prevent their deactivation.

use crate::clinic_setup::{ClinicSetup, ZONE, id, text};
use serde_json::{Value, json};

const LIST: &str = "/api/clinics/clinics/";
const ROOMS: &str = "/api/clinics/rooms/";
const NOON: &str = "2025-12-01T12:00:00Z";

#[tokio::test]
async fn every_field_of_a_clinic_is_stored() {
    let setup = ClinicSetup::new().await;
    let admin = setup.admin().await;
    let made = admin.post(LIST, &json!({ "name": "Sur", "timezone": "America/Bogota" })).await.unwrap();
    let made = made.expect_status(201).unwrap();
    let mut wanted = json!({ "id": made.id(), "name": "Sur", "address": null, "phone_number": null,
        "timezone": "America/Bogota", "reminder_days_before": 2, "reminder_time": "09:00:00",
        "quiet_from": "20:00:00", "quiet_until": "08:00:00", "hold_minutes": 120, "overbook_per_day": 0,
        "notify_on_create": false, "notify_on_cancel": true, "notify_on_move": true,
        "emergency_number": "123", "quick_replies": [], "media_days": 30, "rooms": [],
        "is_active": true, "created_at": NOON, "updated_at": NOON, "version": 1 });
    assert_eq!(made.body, wanted);
    let path = format!("{LIST}{}/", made.id());
    assert_eq!((made.header("location"), made.header("etag")), (path.clone(), "\"1\"".to_owned()));

    let change = json!({ "name": "Sur II", "address": "Calle 1", "phone_number": "+12025550150",
        "timezone": ZONE, "reminder_days_before": 0, "reminder_time": "10:30", "quiet_from": "21:00",
        "quiet_until": "07:15:30", "hold_minutes": 30, "overbook_per_day": 2, "notify_on_create": true,
        "notify_on_cancel": false, "notify_on_move": false, "emergency_number": "4800-1234",
        "quick_replies": [{ "shortcut": "sí", "es": "Sí.", "pt": null, "en": null }], "media_days": 7 });
    let changed = admin.patch(&path, &change).await.unwrap().expect_status(200).unwrap();
    for (field, value) in change.as_object().unwrap() {
        wanted[field] = value.clone();
    }
    wanted["reminder_time"] = json!("10:30:00");
    wanted["quiet_from"] = json!("21:00:00");
    wanted["version"] = json!(2);
    let room = setup.create(ROOMS, &json!({ "clinic": made.id(), "name": "Sala" })).await;
    wanted["rooms"] = json!([]);
    assert_eq!(changed.body, wanted);
    wanted["rooms"] = json!([room]);
    assert_eq!(setup.operator().await.get(&path).await.unwrap().body, wanted);

    let replaced = admin.put(&path, &json!({ "name": "Sur", "timezone": ZONE })).await.unwrap();
    assert_eq!((&replaced.body["address"], &replaced.body["hold_minutes"]), (&Value::Null, &json!(120)));
}

#[tokio::test]
async fn read_only_and_invalid_values_are_refused() {
    let setup = ClinicSetup::new().await;
    let admin = setup.admin().await;
    let path = format!("{LIST}{}/", setup.clinic);
    for (field, value) in [
        ("id", json!("x")),
        ("rooms", json!([])),
        ("created_at", json!(NOON)),
        ("updated_at", json!(NOON)),
        ("version", json!(1)),
        ("media_days", json!(0)),
        ("media_days", json!(366)),
        ("name", json!("x".repeat(151))),
        ("address", json!("x".repeat(201))),
        ("timezone", json!("Buenos Aires")),
        ("timezone", json!("-03:00")),
        ("reminder_days_before", json!(15)),
        ("reminder_days_before", json!(-1)),
        ("reminder_time", json!("9:00")),
        ("quiet_from", json!("24:00")),
        ("quiet_until", json!("08:00:00.5")),
        ("hold_minutes", json!(-1)),
        ("overbook_per_day", json!("2")),
        ("notify_on_move", json!("true")),
    ] {
        let answer = admin.patch(&path, &json!({ field: value })).await.unwrap().expect_status(400).unwrap();
        let errors: Vec<&String> = answer.body["errors"].as_object().unwrap().keys().collect();
        assert_eq!(errors, [field], "{value}");
    }
}

#[tokio::test]
async fn every_field_of_a_room_is_stored() {
    let setup = ClinicSetup::new().await;
    let admin = setup.admin().await;
    let body = json!({ "clinic": setup.clinic, "name": "Quirófano", "capacity": 3 });
    let made = admin.post(ROOMS, &body).await.unwrap().expect_status(201).unwrap();
    let wanted = json!({ "id": made.id(), "clinic": setup.clinic, "name": "Quirófano", "capacity": 3,
        "is_active": true, "version": 1 });
    assert_eq!(made.body, wanted);
    let path = format!("{ROOMS}{}/", made.id());
    assert_eq!(made.header("location"), path);
    assert_eq!(setup.operator().await.get(&path).await.unwrap().body, wanted);
    let replaced = admin.put(&path, &json!({ "clinic": setup.clinic, "name": "Sala" })).await.unwrap();
    assert_eq!((&replaced.body["capacity"], &replaced.body["version"]), (&json!(1), &json!(2)));

    let elsewhere = setup.add_clinic("Norte").await;
    for (field, value) in [
        ("id", json!("x")),
        ("version", json!(2)),
        ("capacity", json!(0)),
        ("capacity", json!(51)),
        ("name", json!("x".repeat(101))),
        ("clinic", json!(elsewhere)),
        ("clinic", json!("x")),
    ] {
        let answer = admin.patch(&path, &json!({ field: value })).await.unwrap().expect_status(400).unwrap();
        assert!(answer.body["errors"][field].is_array(), "{field} {value}");
    }
    let nowhere = json!({ "clinic": "019b2f3e-7a10-7cc1-9d7e-0242ac120002", "name": "Sala" });
    assert!(admin.post(ROOMS, &nowhere).await.unwrap().body["errors"]["clinic"].is_array());
}

#[tokio::test]
async fn the_name_of_a_room_is_unique_in_its_clinic() {
    let setup = ClinicSetup::new().await;
    let admin = setup.admin().await;
    let twin = json!({ "clinic": setup.clinic, "name": "CONSULTORIO 1" });
    let taken = admin.post(ROOMS, &twin).await.unwrap().expect_status(409).unwrap();
    assert_eq!((taken.code().as_str(), taken.text("field").as_str()), ("already_exists", "name"));
    let norte = setup.add_clinic("Norte").await;
    let there = setup.add_room(&norte, "Consultorio 1").await;
    let room_ids = async |query: &str| setup.list(&format!("{ROOMS}?{query}")).await.iter().map(id).collect::<Vec<_>>();
    assert_eq!(room_ids(&format!("clinic={norte}")).await, [there.as_str()]);
    assert_eq!(room_ids("").await.len(), 2);
    admin.delete(&format!("{ROOMS}{there}/")).await.unwrap().expect_status(204).unwrap();
    assert!(room_ids(&format!("clinic={norte}")).await.is_empty());
    assert_eq!(room_ids("is_active=false").await, [there.as_str()]);
    assert_eq!(room_ids(&format!("is_active=false&clinic={norte}")).await, [there.as_str()]);
}

#[tokio::test]
async fn rooms_and_clinics_of_upcoming_appointments_cannot_be_deactivated() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    let (clinic, room) = (format!("{LIST}{}/", setup.clinic), format!("{ROOMS}{}/", setup.room));
    let admin = setup.admin().await;
    let off = json!({ "is_active": false });
    for answer in [
        admin.delete(&room).await,
        admin.patch(&room, &off).await,
        admin.delete(&clinic).await,
        admin.patch(&clinic, &off).await,
        admin.patch(&clinic, &json!({ "timezone": "America/Bogota" })).await,
    ] {
        let refused = answer.unwrap().expect_status(409).unwrap();
        assert_eq!((refused.code().as_str(), id(&refused.body["appointments"][0])), ("in_use", appointment.clone()));
    }
    let cancel = json!({ "action": "cancel", "reason": "obra" });
    setup.act(&appointment, &cancel).await.expect_status(200).unwrap();
    admin.delete(&room).await.unwrap().expect_status(204).unwrap();
    let refused = setup.try_book(setup.booking("2025-12-15T10:00:00-03:00")).await.expect_status(409).unwrap();
    assert_eq!(refused.body["cause"], "room_closed");
    admin.delete(&clinic).await.unwrap().expect_status(204).unwrap();
    assert!(setup.list(LIST).await.is_empty());
    assert_eq!(setup.list(&format!("{LIST}?is_active=false")).await.len(), 1);
    assert_eq!(admin.get(&clinic).await.unwrap().body["is_active"], false);
}

#[tokio::test]
async fn the_time_zone_cannot_change_while_windows_or_rules_use_it() {
    let setup = ClinicSetup::new().await;
    let clinic = setup.add_clinic("Norte").await;
    let room = setup.add_room(&clinic, "Sala").await;
    let admin = setup.admin().await;
    let path = format!("{LIST}{clinic}/");
    let elsewhere = json!({ "timezone": "America/Bogota" });
    let rule = json!({ "doctor": setup.doctor, "room": room, "weekdays": [3], "start_time": "09:00",
        "end_time": "10:00", "valid_from": "2025-12-01" });
    let rule = id(&setup.create("/api/schedules/rules/", &rule).await);
    let refused = admin.patch(&path, &elsewhere).await.unwrap().expect_status(409).unwrap();
    let named = json!([{ "id": rule, "doctor": setup.doctor, "doctor_name": "Alicia Mora", "room": room,
        "room_name": "Sala", "weekdays": [3], "start_time": "09:00:00", "end_time": "10:00:00",
        "valid_from": "2025-12-01", "valid_until": null }]);
    assert_eq!((refused.code().as_str(), &refused.body["rules"]), ("in_use", &named));
    admin.delete(&format!("/api/schedules/rules/{rule}/")).await.unwrap().expect_status(204).unwrap();
    let window = setup.add_window(&setup.doctor, &room, "2025-12-17", "09:00", "10:00").await;
    // A room that opens again would have its windows at other instants.
    let room = format!("{ROOMS}{room}/");
    admin.delete(&room).await.unwrap().expect_status(204).unwrap();
    let refused = admin.patch(&path, &elsewhere).await.unwrap().expect_status(409).unwrap();
    assert_eq!((refused.code().as_str(), &refused.body["windows"][0]["id"]), ("in_use", &json!(window)));
    let (day, from) = (&refused.body["windows"][0]["date"], &refused.body["windows"][0]["start_time"]);
    assert_eq!((day, from, &refused.body["rules"]), (&json!("2025-12-17"), &json!("09:00:00"), &Value::Null));
    admin.patch(&room, &json!({ "is_active": true })).await.unwrap().expect_status(200).unwrap();
    admin.delete(&format!("/api/schedules/{window}/")).await.unwrap().expect_status(204).unwrap();
    // What is over has no time in the new zone.
    let ended = json!({ "doctor": setup.doctor, "room": id(&setup.list(ROOMS).await[1]), "weekdays": [3],
        "start_time": "09:00", "end_time": "10:00", "valid_from": "2025-10-01", "valid_until": "2025-11-20" });
    setup.create("/api/schedules/rules/", &ended).await;
    admin.patch(&path, &elsewhere).await.unwrap().expect_status(200).unwrap();
}

#[tokio::test]
async fn a_reactivated_clinic_can_be_booked_again() {
    let setup = ClinicSetup::new().await;
    let path = format!("{LIST}{}/", setup.clinic);
    let admin = setup.admin().await;
    admin.delete(&path).await.unwrap().expect_status(204).unwrap();
    let refused = setup.try_book(setup.booking("2025-12-15T10:00:00-03:00")).await.expect_status(409).unwrap();
    assert_eq!(refused.body["cause"], "room_closed");
    admin.patch(&path, &json!({ "is_active": true })).await.unwrap().expect_status(200).unwrap();
    setup.book("10:00").await;
}

#[tokio::test]
async fn appointments_show_the_current_names() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    let admin = setup.admin().await;
    let rename = async |path: String, name: &str| {
        admin.patch(&path, &json!({ "name": name })).await.unwrap().expect_status(200).unwrap();
    };
    rename(format!("{LIST}{}/", setup.clinic), "Centro Médico").await;
    rename(format!("{ROOMS}{}/", setup.room), "Box 4").await;
    let now = setup.appointment(&appointment).await;
    assert_eq!((text(&now, "clinic_name"), text(&now, "room_name")), ("Centro Médico".into(), "Box 4".into()));
}
