//! Tests of changes of the calendar of a deactivated doctor, room or clinic: they are refused, and nothing is written.

use crate::blocks::{BLOCKS, block};
use crate::clinic_setup::{ClinicSetup, DAY, id, on_the_day};
use crate::holidays::HOLIDAYS;
use crate::rules::{RULES, rule_body};
use serde_json::{Value, json};
use testkit::test_app::TestResponse;

const WINDOWS: &str = "/api/schedules/";

#[track_caller]
fn assert_refused(answer: TestResponse, field: &str, what: &str) {
    let answer = answer.expect_status(400).unwrap_or_else(|error| panic!("{what}: {error}"));
    let errors: Vec<&String> = answer.body["errors"].as_object().unwrap().keys().collect();
    assert_eq!(errors, [field], "{what}");
}

/// The versions and times of all windows, rules, blocks, holidays and rooms.
async fn calendar(setup: &ClinicSetup) -> Vec<Value> {
    let days = "date_from=2025-12-01&date_to=2025-12-31";
    let mut rows = setup.list(&format!("{WINDOWS}windows/?clinic={}&{days}", setup.clinic)).await;
    for path in [RULES, BLOCKS, HOLIDAYS, "/api/clinics/rooms/"] {
        rows.extend(setup.list(path).await);
    }
    rows
}

#[tokio::test]
async fn nothing_is_changed_in_a_closed_place() {
    for closed in ["doctor", "room", "clinic"] {
        let setup = ClinicSetup::new().await;
        let admin = setup.admin().await;
        let window = setup.list(&format!("{WINDOWS}?doctor={}&date={DAY}", setup.doctor)).await.remove(0);
        let window = format!("{WINDOWS}{}/", id(&window));
        let rule = json!({ "doctor": setup.doctor, "room": setup.room, "weekdays": [2], "start_time": "09:00",
            "end_time": "10:00", "valid_from": DAY });
        let rule = format!("{RULES}{}/", id(&setup.create(RULES, &rule).await));
        let (blocked, place) = match closed {
            "doctor" => (block("doctor", &setup.doctor, "09:00", "10:00"), format!("/api/doctors/{}/", setup.doctor)),
            "room" => (block("room", &setup.room, "09:00", "10:00"), format!("/api/clinics/rooms/{}/", setup.room)),
            _ => (block("clinic", &setup.clinic, "09:00", "10:00"), format!("/api/clinics/clinics/{}/", setup.clinic)),
        };
        let made = format!("{BLOCKS}{}/", id(&setup.create(BLOCKS, &blocked).await));
        let holiday = json!({ "clinic": setup.clinic, "date": "2025-12-24", "name": "Patrono" });
        let own = format!("{HOLIDAYS}{}/", id(&setup.create(HOLIDAYS, &holiday).await));
        admin.delete(&place).await.unwrap().expect_status(204).unwrap();
        let before = calendar(&setup).await;

        // A window or a rule names its room; that the clinic is closed is a matter of the room.
        let field = if closed == "doctor" { "doctor" } else { "room" };
        let new = json!({ "doctor": setup.doctor, "room": setup.room, "date": "2025-12-18", "start_time": "09:00",
            "end_time": "10:00" });
        assert_refused(admin.post(WINDOWS, &new).await.unwrap(), field, "a new window");
        assert_refused(admin.patch(&window, &json!({ "end_time": "12:00" })).await.unwrap(), field, "a window");
        assert_refused(admin.post(RULES, &rule_body(&setup)).await.unwrap(), field, "a new rule");
        assert_refused(admin.patch(&rule, &json!({ "end_time": "11:00" })).await.unwrap(), field, "a rule");
        let end = json!({ "end_datetime": on_the_day("11:00") });
        assert_refused(admin.post(BLOCKS, &blocked).await.unwrap(), closed, "a new block");
        assert_refused(admin.patch(&made, &end).await.unwrap(), closed, "a block");
        if closed == "clinic" {
            let of_room = block("room", &setup.room, "09:00", "10:00");
            assert_refused(admin.post(BLOCKS, &of_room).await.unwrap(), "room", "a new block of its room");
            let new = json!({ "clinic": setup.clinic, "date": "2025-12-23", "name": "Otro" });
            assert_refused(admin.post(HOLIDAYS, &new).await.unwrap(), "clinic", "a new holiday");
            assert_refused(admin.patch(&own, &json!({ "date": "2025-12-22" })).await.unwrap(), "clinic", "a holiday");
            let room = json!({ "clinic": setup.clinic, "name": "Nueva" });
            assert_refused(admin.post("/api/clinics/rooms/", &room).await.unwrap(), "clinic", "a new room");
            let path = format!("/api/clinics/rooms/{}/", setup.room);
            assert_refused(admin.patch(&path, &json!({ "capacity": 3 })).await.unwrap(), "clinic", "a room");
        }
        assert_eq!(calendar(&setup).await, before, "{closed}");
        // What was made can still be removed.
        for path in [&window, &rule, &made, &own] {
            admin.delete(path).await.unwrap().expect_status(204).unwrap();
        }
    }
}

#[tokio::test]
async fn a_window_leaves_a_closed_room() {
    let setup = ClinicSetup::new().await;
    let admin = setup.admin().await;
    let window = setup.list(&format!("{WINDOWS}?doctor={}&date={DAY}", setup.doctor)).await.remove(0);
    let other = setup.add_room(&setup.clinic, "Consultorio 2").await;
    let room = format!("/api/clinics/rooms/{}/", setup.room);
    admin.delete(&room).await.unwrap().expect_status(204).unwrap();
    let moved = admin.patch(&format!("{WINDOWS}{}/", id(&window)), &json!({ "room": other })).await.unwrap();
    assert_eq!(moved.expect_status(200).unwrap().body["free_slots"], 8);
    // A closed room of a closed clinic stays as it is; it isn't opened.
    admin.delete(&format!("/api/clinics/clinics/{}/", setup.clinic)).await.unwrap().expect_status(204).unwrap();
    assert_refused(admin.patch(&room, &json!({ "is_active": true })).await.unwrap(), "clinic", "opening a room");
    admin.patch(&room, &json!({ "name": "Depósito" })).await.unwrap().expect_status(200).unwrap();
}
