//! What are slots and bookings on a day whose clocks change? The hour that is skipped isn't there; the
//! one that is repeated is there twice.

use crate::schedules::of_doctor;
use crate::world::{World, id, text};
use serde_json::{Value, json};

fn slots(window: &Value) -> Vec<(String, Value)> {
    let slots = window["slots"].as_array().unwrap().iter();
    slots.map(|slot| (text(slot, "start_datetime"), slot["reason"].clone())).collect()
}

/// A new doctor's window at a clinic in this zone.
async fn window_in(world: &mut World, zone: &str, date: &str, hours: [&str; 2]) -> Value {
    world.clinic = id(&world.made("/api/clinics/clinics/", &json!({ "name": zone, "timezone": zone })).await);
    world.room = world.add_room(&world.clinic, "Sala").await;
    world.doctor = world.add_doctor("Nora", zone).await;
    world.open(&world.doctor, &world.room, date, hours[0], hours[1]).await;
    of_doctor(world, &format!("date={date}")).await.remove(0)
}

/// A doctor in New York, where clocks change at 02:00.
async fn in_new_york(world: &mut World, date: &str) -> Value {
    window_in(world, "America/New_York", date, ["00:00", "04:00"]).await
}

async fn named_problem(world: &World, start: &str) -> String {
    let refused = world.try_book(world.booking(start)).await.expect_status(400).unwrap();
    text(&json!({ "text": refused.body["errors"]["start_datetime"][0] }), "text")
}

#[tokio::test]
async fn a_skipped_hour_has_no_slots() {
    let mut world = World::new().await;
    let window = in_new_york(&mut world, "2026-03-08").await;
    let starts: Vec<String> = slots(&window).into_iter().map(|(start, _)| start[11..].to_owned()).collect();
    let wanted =
        ["00:00:00-05:00", "00:30:00-05:00", "01:00:00-05:00", "01:30:00-05:00", "03:00:00-04:00", "03:30:00-04:00"];
    assert_eq!(starts, wanted);
    assert!(named_problem(&world, "2026-03-08T02:30:00").await.contains("no existe"));
    let booked = world.try_book(world.booking("2026-03-08T03:00")).await.expect_status(201).unwrap();
    assert_eq!(booked.text("start_datetime"), "2026-03-08T03:00:00-04:00");
}

#[tokio::test]
async fn a_repeated_hour_has_slots_twice() {
    let mut world = World::new().await;
    let window = in_new_york(&mut world, "2026-11-01").await;
    assert_eq!(slots(&window).len(), 10);
    assert!(named_problem(&world, "2026-11-01T01:30:00").await.contains("dos veces"));
    for offset in ["-04:00", "-05:00"] {
        let start = format!("2026-11-01T01:30:00{offset}");
        let booked = world.try_book(world.booking(&start)).await.expect_status(201).unwrap();
        assert_eq!(booked.text("start_datetime"), start);
    }
}

#[tokio::test]
async fn a_midnight_that_does_not_exist_begins_the_day_an_hour_later() {
    // In Santiago and in Havana the clocks go from 00:00 to 01:00.
    for (zone, date, offset) in
        [("America/Santiago", "2026-09-06", "-03:00"), ("America/Havana", "2026-03-08", "-04:00")]
    {
        let mut world = World::new().await;
        let window = window_in(&mut world, zone, date, ["00:00", "02:00"]).await;
        let starts: Vec<String> = slots(&window).into_iter().map(|(start, _)| start).collect();
        assert_eq!(starts, ["01:00", "01:30"].map(|time| format!("{date}T{time}:00{offset}")), "{zone}");
        assert!(named_problem(&world, &format!("{date}T00:30:00")).await.contains("no existe"), "{zone}");
        let appointment = world.try_book(world.booking(&format!("{date}T01:00:00"))).await.expect_status(201).unwrap();
        // The day is still that day: in lists, and as a holiday.
        assert_eq!(world.list(&format!("/api/appointments/?date={date}")).await.len(), 1, "{zone}");
        let holiday = json!({ "clinic": world.clinic, "date": date, "name": "Fiesta" });
        let refused = world.admin().await.post("/api/clinics/holidays/", &holiday).await.unwrap();
        assert_eq!(refused.body["appointments"][0]["id"], json!(appointment.id()), "{zone}");
    }
}

#[tokio::test]
async fn a_last_hour_that_is_repeated_is_worked_twice() {
    // In Santiago the clocks go from 24:00 back to 23:00.
    let mut world = World::new().await;
    let window = window_in(&mut world, "America/Santiago", "2026-04-04", ["22:30", "23:30"]).await;
    let starts: Vec<String> = slots(&window).into_iter().map(|(start, _)| start[11..].to_owned()).collect();
    assert_eq!(starts, ["22:30:00-03:00", "23:00:00-03:00", "23:30:00-03:00", "23:00:00-04:00"]);
}

#[tokio::test]
async fn clinics_on_both_sides_of_a_change_keep_their_own_clocks() {
    // Ciudad Juárez and Tijuana change with the United States, Mexico City not at all.
    for (zone, before, after) in [
        ("America/Tijuana", "-08:00", "-07:00"),
        ("America/Ciudad_Juarez", "-07:00", "-06:00"),
        ("America/Mexico_City", "-06:00", "-06:00"),
    ] {
        let mut world = World::new().await;
        window_in(&mut world, zone, "2026-03-07", ["09:00", "10:00"]).await;
        let rule = json!({ "doctor": world.doctor, "room": world.room, "weekdays": [7], "start_time": "09:00",
            "end_time": "10:00", "valid_from": "2026-03-08" });
        world.made("/api/schedules/rules/", &rule).await;
        for (date, offset) in [("2026-03-07", before), ("2026-03-08", after)] {
            let booked = world.try_book(world.booking(&format!("{date}T09:00"))).await.expect_status(201).unwrap();
            assert_eq!(booked.text("start_datetime"), format!("{date}T09:00:00{offset}"), "{zone}");
        }
    }
}
