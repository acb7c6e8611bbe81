//! What are slots and bookings on a day whose clocks change? The hour that is skipped isn't there; the
//! one that is repeated is there twice.

use crate::schedules::of_doctor;
use crate::world::{World, id, text};
use serde_json::{Value, json};

fn slots(window: &Value) -> Vec<(String, Value)> {
    let slots = window["slots"].as_array().unwrap().iter();
    slots.map(|slot| (text(slot, "start_datetime"), slot["reason"].clone())).collect()
}

/// A doctor in New York, where clocks change at 02:00.
async fn in_new_york(world: &mut World, date: &str) -> Value {
    let clinic = world.made("/api/clinics/clinics/", &json!({ "name": "NY", "timezone": "America/New_York" })).await;
    world.clinic = id(&clinic);
    world.room = world.add_room(&world.clinic, "Room").await;
    world.doctor = world.add_doctor("Nora", "York").await;
    world.open(&world.doctor, &world.room, date, "00:00", "04:00").await;
    of_doctor(world, &format!("date={date}")).await.remove(0)
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
