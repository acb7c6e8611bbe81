//! Tests of windows and rules that end at midnight, and of the night that they make together with what follows.

use crate::clinic_setup::{ClinicSetup, id, text};
use crate::schedules::windows_of_doctor;
use serde_json::{Value, json};

fn starts(window: &Value) -> Vec<String> {
    let slots = window["slots"].as_array().unwrap().iter().filter(|slot| slot["available"] == true);
    slots.map(|slot| text(slot, "start_datetime")[..16].to_owned()).collect()
}

#[tokio::test]
async fn a_window_may_end_at_midnight() {
    let setup = ClinicSetup::new().await;
    let body = json!({ "doctor": setup.doctor, "room": setup.room, "date": "2025-12-16", "start_time": "23:00",
        "end_time": "24:00" });
    let window = setup.create("/api/schedules/", &body).await;
    assert_eq!((text(&window, "end_time"), &window["free_slots"]), ("24:00:00".into(), &json!(2)));
    let path = format!("/api/schedules/{}/", id(&window));
    let admin = setup.admin().await;
    let moved = admin.patch(&path, &json!({ "start_time": "22:30" })).await.unwrap().expect_status(200).unwrap();
    assert_eq!((moved.text("end_time"), &moved.body["free_slots"]), ("24:00:00".into(), &json!(3)));
    for end_time in ["00:00", "24:01", "24:00:01", "25:00"] {
        let refused = admin.patch(&path, &json!({ "end_time": end_time })).await.unwrap();
        assert_eq!(refused.status.as_u16(), 400, "{end_time}");
    }
    let last = setup.try_book(setup.booking("2025-12-16T23:30:00-03:00")).await.expect_status(201).unwrap();
    assert_eq!(last.text("end_datetime"), "2025-12-17T00:00:00-03:00");
    let overlap = json!({ "doctor": setup.doctor, "room": setup.room, "date": "2025-12-16", "start_time": "23:45",
        "end_time": "24:00", "slot_minutes": 15 });
    assert_eq!(admin.post("/api/schedules/", &overlap).await.unwrap().code(), "already_exists");
}

#[tokio::test]
async fn windows_that_meet_at_midnight_are_one_stretch() {
    let setup = ClinicSetup::new().await;
    let evening = json!({ "doctor": setup.doctor, "room": setup.room, "date": "2025-12-16", "start_time": "22:00",
        "end_time": "24:00", "slot_minutes": 50 });
    setup.create("/api/schedules/", &evening).await;
    let night = json!({ "doctor": setup.doctor, "room": setup.room, "date": "2025-12-17", "start_time": "00:00",
        "end_time": "02:00", "slot_minutes": 40 });
    let night = setup.create("/api/schedules/", &night).await;
    let wanted = ["2025-12-17T00:30", "2025-12-17T01:10"];
    assert_eq!(starts(&night), wanted, "the first slot begins where that over midnight ends");
    // Each day alone shows the same slots as both.
    let evening = windows_of_doctor(&setup, "date=2025-12-16").await.remove(0);
    assert_eq!(starts(&evening), ["2025-12-16T22:00", "2025-12-16T22:50", "2025-12-16T23:40"]);
    assert_eq!(starts(&windows_of_doctor(&setup, "date=2025-12-17").await.remove(0)), wanted);
    assert_eq!(windows_of_doctor(&setup, "date_from=2025-12-16&date_to=2025-12-17").await.len(), 2);
    let slots = format!("/api/schedules/slots/?doctor={}&date_from=2025-12-17&date_to=2025-12-17", setup.doctor);
    let listed: Vec<String> =
        setup.list(&slots).await.iter().map(|slot| text(slot, "start_datetime")[..16].to_owned()).collect();
    assert_eq!(listed, wanted);

    let over = setup.try_book(setup.booking("2025-12-16T23:40:00-03:00")).await.expect_status(201).unwrap();
    assert_eq!(over.text("end_datetime"), "2025-12-17T00:30:00-03:00");
    assert_eq!(starts(&windows_of_doctor(&setup, "date=2025-12-17").await.remove(0)), wanted);
    // What covers it can't go, on either side.
    for date in ["2025-12-16", "2025-12-17"] {
        let window = windows_of_doctor(&setup, &format!("date={date}")).await.remove(0);
        let path = format!("/api/schedules/{}/", id(&window));
        assert_eq!(setup.admin().await.delete(&path).await.unwrap().code(), "in_use", "{date}");
    }
}

#[tokio::test]
async fn a_rule_of_whole_days_has_no_gap() {
    let setup = ClinicSetup::new().await;
    let doctor = setup.add_doctor("Bruno", "Paz").await;
    let rule = json!({ "doctor": doctor, "room": setup.room, "weekdays": [1, 2, 3, 4, 5, 6, 7],
        "start_time": "00:00", "end_time": "24:00", "slot_minutes": 60, "valid_from": "2025-12-01" });
    let rule = setup.create("/api/schedules/rules/", &rule).await;
    assert_eq!(text(&rule, "end_time"), "24:00:00");
    let list = format!("/api/schedules/?doctor={doctor}&date_from=2025-12-20&date_to=2025-12-21");
    let counts: Vec<Value> = setup.list(&list).await.into_iter().map(|day| day["free_slots"].clone()).collect();
    assert_eq!(counts, [json!(24), json!(24)]);
    let body = json!({ "patient": setup.patient, "doctor": doctor, "start_datetime": "2025-12-20T22:00:00-03:00",
        "end_datetime": "2025-12-21T02:30:00-03:00" });
    setup.try_book(body).await.expect_status(201).unwrap();
    // The slots of the next day begin where the appointment ends.
    let next = setup.list(&format!("/api/schedules/?doctor={doctor}&date=2025-12-21")).await.remove(0);
    assert_eq!(starts(&next)[..2], ["2025-12-21T02:30".to_owned(), "2025-12-21T03:30".to_owned()]);
}
