//! Tests of patients who come without an appointment: the slot that is running now is booked from its start.

use crate::appointments::error_fields;
use crate::clinic_setup::{ClinicSetup, on_the_day};
use serde_json::{Value, json};
use testkit::test_app::TestResponse;

async fn walk_in(setup: &ClinicSetup, now: &str, members: Value) -> TestResponse {
    setup.app.set_now(&on_the_day(now)).unwrap();
    let mut body = json!({ "patient": setup.patient, "doctor": setup.doctor, "walk_in": true });
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    setup.try_book(body).await
}

fn times(booked: &TestResponse) -> (String, String) {
    (booked.text("start_datetime"), booked.text("end_datetime"))
}

#[tokio::test]
async fn a_walk_in_takes_the_running_slot_from_its_start() {
    for (now, members, start, end) in [
        ("10:02", json!({}), "10:00", "10:30"),
        ("10:00", json!({ "room": null }), "10:00", "10:30"),
        ("10:29", json!({ "start_datetime": "2025-12-15T10:29" }), "10:00", "10:30"),
        ("12:59", json!({ "start_datetime": on_the_day("12:30") }), "12:30", "13:00"),
        ("10:03", json!({ "end_datetime": on_the_day("10:15") }), "10:00", "10:15"),
    ] {
        let setup = ClinicSetup::new().await;
        let booked = walk_in(&setup, now, members.clone()).await.expect_status(201).unwrap();
        assert_eq!(times(&booked), (on_the_day(start), on_the_day(end)), "{now} {members}");
        assert_eq!((booked.text("status"), booked.text("room")), ("PENDING".into(), setup.room.clone()));
        assert_eq!(booked.body["reminder"]["status"], "expired");
        let history = setup.list(&format!("/api/appointments/{}/actions/", booked.id())).await;
        assert_eq!(history[0]["payload"]["walk_in"], "true");
        // The next slot is free.
        let ana = setup.add_patient("Ana", "77", "+12025550177").await;
        if end != "13:00" {
            let next = json!({ "patient": ana, "doctor": setup.doctor, "start_datetime": on_the_day("10:30") });
            setup.try_book(next).await.expect_status(201).unwrap();
        }
    }
}

#[tokio::test]
async fn a_running_slot_that_is_taken_is_refused_and_may_be_overbooked() {
    let setup = ClinicSetup::new().await;
    let ana = setup.add_patient("Ana", "77", "+12025550177").await;
    setup.book("10:00").await;
    let refused = walk_in(&setup, "10:05", json!({ "patient": ana })).await.expect_status(409).unwrap();
    assert_eq!(
        (refused.code().as_str(), &refused.body["offers"][0]["start_datetime"]),
        ("slot_taken", &json!(on_the_day("10:30")))
    );
    let clinic = format!("/api/clinics/clinics/{}/", setup.clinic);
    let allow = json!({ "overbook_per_day": 1 });
    setup.admin().await.patch(&clinic, &allow).await.unwrap().expect_status(200).unwrap();
    let urgent = json!({ "patient": ana, "overbook": true, "reason": "urgencia" });
    let booked = walk_in(&setup, "10:05", urgent).await.expect_status(201).unwrap();
    assert_eq!((times(&booked).0, &booked.body["overbook"]), (on_the_day("10:00"), &json!(true)));
}

#[tokio::test]
async fn there_is_no_walk_in_outside_of_a_slot() {
    let setup = ClinicSetup::new().await;
    for now in ["08:59", "13:00"] {
        let refused = walk_in(&setup, now, json!({})).await.expect_status(409).unwrap();
        assert_eq!(
            (refused.code().as_str(), refused.text("cause").as_str()),
            ("outside_availability", "no_availability")
        );
    }
    for (members, field) in [
        (json!({ "start_datetime": on_the_day("09:59") }), "start_datetime"),
        (json!({ "start_datetime": on_the_day("10:30") }), "start_datetime"),
        (json!({ "end_datetime": on_the_day("10:04") }), "end_datetime"),
        (json!({ "end_datetime": on_the_day("10:05") }), "end_datetime"),
        (json!({ "walk_in": false }), "start_datetime"),
        (json!({ "walk_in": "yes" }), "walk_in"),
        (json!({ "walk_in": false, "start_datetime": on_the_day("10:00") }), "start_datetime"),
    ] {
        let refused = walk_in(&setup, "10:05", members.clone()).await.expect_status(400).unwrap();
        assert_eq!(error_fields(&refused), [field], "{members}");
    }
    let block =
        json!({ "doctor": setup.doctor, "start_datetime": on_the_day("10:00"), "end_datetime": on_the_day("11:00") });
    setup.create("/api/schedules/blocks/", &block).await;
    let refused = walk_in(&setup, "10:05", json!({})).await.expect_status(409).unwrap();
    assert_eq!(refused.text("cause"), "block");
}

/// The running slot is one of those that are on offer: after an appointment it begins at the end of its buffer.
#[tokio::test]
async fn the_running_slot_begins_after_a_buffer() {
    let setup = ClinicSetup::new().await;
    let doctor = format!("/api/doctors/{}/", setup.doctor);
    let buffer = json!({ "buffer_minutes": 15 });
    setup.admin().await.patch(&doctor, &buffer).await.unwrap().expect_status(200).unwrap();
    setup.book("09:00").await;
    let ana = setup.add_patient("Ana", "77", "+12025550177").await;
    let booked = walk_in(&setup, "09:50", json!({ "patient": ana })).await.expect_status(201).unwrap();
    assert_eq!(times(&booked), (on_the_day("09:45"), on_the_day("10:15")));
}

#[tokio::test]
async fn who_is_here_gets_no_notice() {
    let setup = ClinicSetup::new().await;
    let clinic = format!("/api/clinics/clinics/{}/", setup.clinic);
    let announce = json!({ "notify_on_create": true });
    setup.admin().await.patch(&clinic, &announce).await.unwrap().expect_status(200).unwrap();
    let booked = walk_in(&setup, "10:02", json!({})).await.expect_status(201).unwrap();
    let notices = format!("/api/notifications/?appointment={}&kind=notice", booked.id());
    assert!(setup.list(&notices).await.is_empty(), "not even one that isn't sent any more");
    let ana = setup.add_patient("Ana", "77", "+12025550177").await;
    let later = json!({ "patient": ana, "doctor": setup.doctor, "start_datetime": on_the_day("12:30") });
    let later = setup.try_book(later).await.expect_status(201).unwrap();
    let notices = format!("/api/notifications/?appointment={}&kind=notice", later.id());
    assert_eq!(setup.list(&notices).await.len(), 1, "others get one");
}
