//! Tests of slots and bookings on days when the clocks change: a skipped hour has no slots, a repeated hour has its
//! slots twice.

use crate::clinic_setup::{ClinicSetup, id, text};
use crate::schedules::windows_of_doctor;
use serde_json::{Value, json};

fn slots(window: &Value) -> Vec<(String, Value)> {
    let slots = window["slots"].as_array().unwrap().iter();
    slots.map(|slot| (text(slot, "start_datetime"), slot["reason"].clone())).collect()
}

/// A window of a new doctor at a new clinic in this time zone.
async fn window_in(setup: &mut ClinicSetup, zone: &str, date: &str, hours: [&str; 2]) -> Value {
    setup.clinic = id(&setup.create("/api/clinics/clinics/", &json!({ "name": zone, "timezone": zone })).await);
    setup.room = setup.add_room(&setup.clinic, "Sala").await;
    setup.doctor = setup.add_doctor("Nora", zone).await;
    setup.add_window(&setup.doctor, &setup.room, date, hours[0], hours[1]).await;
    windows_of_doctor(setup, &format!("date={date}")).await.remove(0)
}

/// A window in New York, where the clocks change at 02:00.
async fn new_york_window(setup: &mut ClinicSetup, date: &str) -> Value {
    window_in(setup, "America/New_York", date, ["00:00", "04:00"]).await
}

async fn start_problem(setup: &ClinicSetup, start: &str) -> String {
    let refused = setup.try_book(setup.booking(start)).await.expect_status(400).unwrap();
    text(&json!({ "text": refused.body["errors"]["start_datetime"][0] }), "text")
}

#[tokio::test]
async fn a_skipped_hour_has_no_slots() {
    let mut setup = ClinicSetup::new().await;
    let window = new_york_window(&mut setup, "2026-03-08").await;
    let starts: Vec<String> = slots(&window).into_iter().map(|(start, _)| start[11..].to_owned()).collect();
    let wanted =
        ["00:00:00-05:00", "00:30:00-05:00", "01:00:00-05:00", "01:30:00-05:00", "03:00:00-04:00", "03:30:00-04:00"];
    assert_eq!(starts, wanted);
    assert!(start_problem(&setup, "2026-03-08T02:30:00").await.contains("no existe"));
    let booked = setup.try_book(setup.booking("2026-03-08T03:00")).await.expect_status(201).unwrap();
    assert_eq!(booked.text("start_datetime"), "2026-03-08T03:00:00-04:00");
}

#[tokio::test]
async fn a_repeated_hour_has_slots_twice() {
    let mut setup = ClinicSetup::new().await;
    let window = new_york_window(&mut setup, "2026-11-01").await;
    assert_eq!(slots(&window).len(), 10);
    assert!(start_problem(&setup, "2026-11-01T01:30:00").await.contains("dos veces"));
    for offset in ["-04:00", "-05:00"] {
        let start = format!("2026-11-01T01:30:00{offset}");
        let booked = setup.try_book(setup.booking(&start)).await.expect_status(201).unwrap();
        assert_eq!(booked.text("start_datetime"), start);
    }
}

#[tokio::test]
async fn a_midnight_that_does_not_exist_begins_the_day_an_hour_later() {
    // In Santiago and in Havana the clocks go from 00:00 to 01:00.
    for (zone, date, offset) in
        [("America/Santiago", "2026-09-06", "-03:00"), ("America/Havana", "2026-03-08", "-04:00")]
    {
        let mut setup = ClinicSetup::new().await;
        let window = window_in(&mut setup, zone, date, ["00:00", "02:00"]).await;
        let starts: Vec<String> = slots(&window).into_iter().map(|(start, _)| start).collect();
        assert_eq!(starts, ["01:00", "01:30"].map(|time| format!("{date}T{time}:00{offset}")), "{zone}");
        assert!(start_problem(&setup, &format!("{date}T00:30:00")).await.contains("no existe"), "{zone}");
        let appointment = setup.try_book(setup.booking(&format!("{date}T01:00:00"))).await.expect_status(201).unwrap();
        // The appointment belongs to that day, in lists and for holidays.
        assert_eq!(setup.list(&format!("/api/appointments/?date={date}")).await.len(), 1, "{zone}");
        let holiday = json!({ "clinic": setup.clinic, "date": date, "name": "Fiesta" });
        let refused = setup.admin().await.post("/api/clinics/holidays/", &holiday).await.unwrap();
        assert_eq!(refused.body["appointments"][0]["id"], json!(appointment.id()), "{zone}");
    }
}

#[tokio::test]
async fn a_window_over_a_repeated_last_hour_has_its_slots_twice() {
    // In Santiago the clocks go from 24:00 back to 23:00.
    let mut setup = ClinicSetup::new().await;
    let window = window_in(&mut setup, "America/Santiago", "2026-04-04", ["22:30", "23:30"]).await;
    let starts: Vec<String> = slots(&window).into_iter().map(|(start, _)| start[11..].to_owned()).collect();
    assert_eq!(starts, ["22:30:00-03:00", "23:00:00-03:00", "23:30:00-03:00", "23:00:00-04:00"]);
}

#[tokio::test]
async fn each_clinic_keeps_its_own_time_zone() {
    // Ciudad Juárez and Tijuana change with the United States, Mexico City not at all.
    for (zone, before, after) in [
        ("America/Tijuana", "-08:00", "-07:00"),
        ("America/Ciudad_Juarez", "-07:00", "-06:00"),
        ("America/Mexico_City", "-06:00", "-06:00"),
    ] {
        let mut setup = ClinicSetup::new().await;
        window_in(&mut setup, zone, "2026-03-07", ["09:00", "10:00"]).await;
        let rule = json!({ "doctor": setup.doctor, "room": setup.room, "weekdays": [7], "start_time": "09:00",
            "end_time": "10:00", "valid_from": "2026-03-08" });
        setup.create("/api/schedules/rules/", &rule).await;
        for (date, offset) in [("2026-03-07", before), ("2026-03-08", after)] {
            let booked = setup.try_book(setup.booking(&format!("{date}T09:00"))).await.expect_status(201).unwrap();
            assert_eq!(booked.text("start_datetime"), format!("{date}T09:00:00{offset}"), "{zone}");
        }
    }
}
