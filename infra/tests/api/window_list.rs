//! Tests of the list of windows as they were made, also those that don't apply now.

use crate::blocks::{BLOCKS, block};
use crate::clinic_setup::{ClinicSetup, DAY, id, text};
use crate::holidays::HOLIDAYS;
use serde_json::{Value, json};

const LIST: &str = "/api/schedules/windows/";

async fn windows(setup: &ClinicSetup, query: &str) -> Vec<Value> {
    setup.list(&format!("{LIST}?{query}")).await
}

/// Whether the doctor's only window applies, and why it doesn't.
async fn status(setup: &ClinicSetup) -> (bool, Option<String>) {
    let listed = windows(setup, &format!("doctor={}&date={DAY}", setup.doctor)).await;
    assert_eq!(listed.len(), 1, "it is listed whether or not it applies");
    (listed[0]["applies"].as_bool().unwrap(), listed[0]["because"].as_str().map(str::to_owned))
}

#[tokio::test]
async fn every_field_of_a_window_is_listed() {
    let setup = ClinicSetup::new().await;
    let listed = windows(&setup, &format!("clinic={}&date={DAY}", setup.clinic)).await;
    let wanted = json!({ "id": listed[0]["id"], "doctor": setup.doctor, "doctor_name": "Alicia Mora",
        "clinic": setup.clinic, "clinic_name": "Centro", "room": setup.room, "room_name": "Consultorio 1",
        "date": DAY, "start_time": "09:00:00", "end_time": "13:00:00", "slot_minutes": 30,
        "instead_of_rules": false, "applies": true, "because": null, "version": 1 });
    assert_eq!(listed, [wanted]);
}

#[tokio::test]
async fn a_window_says_why_it_does_not_apply() {
    let setup = ClinicSetup::new().await;
    let admin = setup.admin().await;
    let not = |why: &str| (false, Some(why.to_owned()));
    assert_eq!(status(&setup).await, (true, None));
    let half = id(&setup.create(BLOCKS, &block("doctor", &setup.doctor, "08:00", "11:00")).await);
    assert_eq!(status(&setup).await, (true, None), "a part of it applies");
    let rest = id(&setup.create(BLOCKS, &block("room", &setup.room, "11:00", "14:00")).await);
    assert_eq!(status(&setup).await, not("block"));
    let holiday = id(&setup.create(HOLIDAYS, &json!({ "date": DAY, "name": "Fiesta" })).await);
    assert_eq!(status(&setup).await, not("holiday"));
    for path in [format!("{BLOCKS}{half}/"), format!("{BLOCKS}{rest}/"), format!("{HOLIDAYS}{holiday}/")] {
        admin.delete(&path).await.unwrap().expect_status(204).unwrap();
    }
    let own = json!({ "date": DAY, "name": "Patrono", "clinic": setup.clinic });
    let own = id(&setup.create(HOLIDAYS, &own).await);
    assert_eq!(status(&setup).await, not("holiday"));
    admin.delete(&format!("{HOLIDAYS}{own}/")).await.unwrap().expect_status(204).unwrap();
    for (path, why) in [
        (format!("/api/clinics/rooms/{}/", setup.room), "room_closed"),
        (format!("/api/clinics/clinics/{}/", setup.clinic), "clinic_closed"),
        (format!("/api/doctors/{}/", setup.doctor), "doctor_inactive"),
    ] {
        admin.delete(&path).await.unwrap().expect_status(204).unwrap();
        assert_eq!(status(&setup).await, not(why));
    }
    // Also by the filters that read from the room's side, and by its id.
    for filter in [format!("room={}", setup.room), format!("clinic={}", setup.clinic)] {
        let listed = windows(&setup, &format!("{filter}&date={DAY}")).await;
        assert_eq!(listed.len(), 1, "{filter}");
        let one = admin.get(&format!("/api/schedules/{}/", id(&listed[0]))).await.unwrap().expect_status(200).unwrap();
        assert_eq!((&one.body["free_slots"], &one.body["slots"]), (&json!(0), &json!([])));
    }
}

/// Guards forget closures that are over.
#[tokio::test]
async fn a_window_that_is_over_still_says_why_it_did_not_apply() {
    let setup = ClinicSetup::new().await;
    setup.create(BLOCKS, &block("clinic", &setup.clinic, "08:00", "14:00")).await;
    setup.app.set_now("2025-12-20T09:00:00-03:00").unwrap();
    setup
        .create(
            BLOCKS,
            &json!({ "doctor": setup.doctor, "start_datetime": "2025-12-22T09:00:00-03:00",
        "end_datetime": "2025-12-22T10:00:00-03:00" }),
        )
        .await;
    assert_eq!(status(&setup).await, (false, Some("block".to_owned())));
}

#[tokio::test]
async fn windows_are_filtered_and_hidden_as_schedules_are() {
    let setup = ClinicSetup::new().await;
    let norte = setup.add_clinic("Norte").await;
    let room = setup.add_room(&norte, "Sala").await;
    setup.add_window(&setup.doctor, &room, DAY, "14:00", "15:00").await;
    setup.add_window(&setup.doctor, &setup.room, "2025-12-14", "09:00", "10:00").await;
    let starts = async |query: &str| {
        let rows = windows(&setup, query).await;
        rows.iter().map(|row| format!("{} {}", text(row, "date"), text(row, "start_time"))).collect::<Vec<_>>()
    };
    let doctor = format!("doctor={}", setup.doctor);
    let all = starts(&format!("{doctor}&date_from=2025-12-01&date_to=2025-12-31")).await;
    assert_eq!(all, ["2025-12-14 09:00:00", "2025-12-15 09:00:00", "2025-12-15 14:00:00"]);
    assert_eq!(starts(&format!("{doctor}&clinic={norte}&date={DAY}")).await, ["2025-12-15 14:00:00"]);
    assert_eq!(starts(&format!("{doctor}&room={}&date={DAY}", setup.room)).await, ["2025-12-15 09:00:00"]);
    setup.app.add_user("norte@example.com", domain::user::Role::Operator, &[&norte]).await.unwrap();
    let there = setup.app.sign_in("norte@example.com").await.unwrap();
    let seen = there.get(&format!("{LIST}?{doctor}&date={DAY}")).await.unwrap().expect_status(200).unwrap().results();
    assert_eq!(seen.iter().map(|row| text(row, "room")).collect::<Vec<_>>(), [room]);
    for wrong in [format!("date={DAY}"), format!("{doctor}&date_from=2025-12-01&date_to=2026-01-01")] {
        assert_eq!(setup.admin().await.get(&format!("{LIST}?{wrong}")).await.unwrap().status, 400, "{wrong}");
    }
    let first = setup.admin().await.get(&format!("{LIST}?{doctor}&date={DAY}&page_size=1")).await.unwrap();
    let next = setup.admin().await.get(&first.text("next")).await.unwrap().expect_status(200).unwrap();
    assert_eq!((first.results().len(), text(&next.results()[0], "start_time")), (1, "14:00:00".to_owned()));
}
