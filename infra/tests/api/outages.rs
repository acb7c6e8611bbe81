//! The job is down for a while. Each reminder goes out once, none at night, none after the appointment.

use crate::reminders::{minutes_later, reminder, sent};
use crate::world::{World, id, on_the_day, text};
use domain::time::{Instant, TimeDelta, Zone};
use futures_util::future::join_all;
use serde_json::json;

/// Down from before the reminders are due for so many minutes; then it ticks as usual, often twice at a
/// time.
async fn after(outage: i64) -> (World, Vec<String>) {
    let world = World::new().await;
    let mut appointments = Vec::new();
    for (number, time) in ["09:00", "10:00", "12:30"].into_iter().enumerate() {
        let patient = world.add_patient("Ana", &format!("7{number}"), &format!("+1202555017{number}")).await;
        let mut body = world.booking(&on_the_day(time));
        body["patient"] = json!(patient);
        appointments.push(world.try_book(body).await.expect_status(201).unwrap().id());
    }
    minutes_later(&world, 15).await;
    world.app.set_now("2025-12-13T08:59:00-03:00").unwrap();
    world.app.advance(TimeDelta::minutes(outage));
    for minutes in [15; 16].into_iter().chain([60; 44]) {
        for run in join_all((0..2).map(|_| world.app.system.run_reminders())).await {
            run.unwrap();
        }
        world.app.advance(TimeDelta::minutes(minutes));
    }
    (world, appointments)
}

#[tokio::test]
async fn an_outage_loses_nothing_and_doubles_nothing() {
    let zone = Zone::parse("America/Argentina/Buenos_Aires").unwrap();
    for (minutes, expected) in
        [(30, "sent"), (6 * 60, "sent"), (18 * 60, "sent"), (24 * 60, "sent"), (25 * 60, "expired")]
    {
        let (world, appointments) = after(minutes).await;
        for appointment in &appointments {
            assert_eq!(text(&reminder(&world, appointment).await, "status"), expected, "{minutes} minutes");
        }
        let messages = world.app.outbox().unwrap();
        assert_eq!(messages.len(), if expected == "sent" { 3 } else { 0 }, "{minutes} minutes");
        for message in messages {
            let at = Instant::from_utc(message.date_created);
            let hour = zone.local(at).format("%H").to_string();
            assert!(("08".."20").contains(&hour.as_str()), "{minutes} minutes: at {hour}");
            assert!(at < Instant::parse(&on_the_day("09:00")).unwrap());
        }
    }
}

/// However long: what is due is found from the low-water mark on, and comes before a person.
#[tokio::test]
async fn after_months_nothing_is_forgotten() {
    let world = World::new().await;
    let appointment = id(&world.book("10:00").await);
    minutes_later(&world, 15).await;
    world.tick("2026-06-01T09:00:00-03:00").await;
    assert_eq!((sent(&world), text(&reminder(&world, &appointment).await, "status")), (0, "expired".into()));
}
