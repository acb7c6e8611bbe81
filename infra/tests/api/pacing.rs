//! How fast do messages go out, and how are long lists shared out?

use crate::reminders::{DUE, minutes_later, sent};
use crate::world::{World, id, on_the_day};
use domain::time::Instant;
use lambda_runtime::{Context, LambdaEvent};
use local::database::Database;
use local::kept_events::KeptEvents;
use serde_json::{Value, json};
use std::sync::Arc;
use testkit::test_app::TestApp;

/// A world whose doctor has time around the clock on a day, and so many appointments of as many patients on it.
async fn busy(world: &World, appointments: usize) {
    for number in 0..appointments {
        let patient = world.add_patient("Ana", &format!("8{number:04}"), &format!("+1202556{number:04}")).await;
        let (hour, minute) = (9 + number / 60, number % 60);
        let mut body = world.booking(&on_the_day(&format!("{hour:02}:{minute:02}")));
        body["patient"] = json!(patient);
        body["overbook"] = json!(true);
        body["reason"] = json!("sobreturno");
        world.try_book(body).await.expect_status(201).unwrap();
    }
}

async fn world(rate: &str, bus: Option<KeptEvents>) -> World {
    let app = TestApp::changed(Database::memory().await.unwrap(), |blueprint| {
        blueprint.settings.insert("MESSAGES_PER_SECOND".into(), rate.into());
        if let Some(bus) = bus {
            blueprint.events = Arc::new(bus);
            blueprint.tuning.shared_out_from = 20;
        }
    });
    let world = World::on(app.await.unwrap()).await;
    let path = format!("/api/clinics/clinics/{}/", world.clinic);
    world.admin().await.patch(&path, &json!({ "overbook_per_day": 50 })).await.unwrap().expect_status(200).unwrap();
    world
}

fn passed(world: &World) -> i64 {
    world.app.system.app.now().since(Instant::parse(DUE).unwrap()).num_milliseconds()
}

#[tokio::test]
async fn so_many_a_second_and_no_more() {
    for (rate, at_least) in [("20", 1_450), ("4", 7_250)] {
        let world = world(rate, None).await;
        busy(&world, 30).await;
        world.tick(DUE).await;
        assert_eq!(sent(&world), 30);
        let passed = passed(&world);
        assert!((at_least..at_least + 100).contains(&passed), "{rate} a second: {passed} ms for 30");
    }
}

#[tokio::test]
async fn one_number_gets_a_message_every_six_seconds() {
    let world = world("20", None).await;
    for time in ["09:00", "09:30", "10:00"] {
        world.book(time).await;
    }
    world.tick(DUE).await;
    let times: Vec<i64> = world.app.outbox().unwrap().iter().map(|message| message.date_created.timestamp()).collect();
    let gaps: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(times.len() == 3 && gaps.iter().all(|gap| (6..8).contains(gap)), "{gaps:?}");
}

/// What is asked for by hand waits for its turn too.
#[tokio::test]
async fn a_click_waits_for_its_turn() {
    let world = world("20", None).await;
    let appointments = [id(&world.book("09:00").await), id(&world.book("09:30").await)];
    let before = world.app.system.app.now();
    for appointment in &appointments {
        let path = format!("/api/notifications/whatsapp/send/{appointment}/");
        world.operator().await.post(&path, &json!({})).await.unwrap().expect_status(200).unwrap();
    }
    assert_eq!((sent(&world), world.app.system.app.now().since(before).num_seconds()), (2, 6));
}

async fn wake(world: &World, payload: Value, deadline: u64) -> app::messaging::reminders::Summary {
    let mut context = Context::default();
    context.deadline = deadline;
    world.app.system.wake_reminders(LambdaEvent::new(payload, context)).await.unwrap()
}

#[tokio::test]
async fn a_worker_does_its_shard_with_its_share() {
    let world = world("20", None).await;
    busy(&world, 24).await;
    world.app.set_now(DUE).unwrap();
    let mut all = 0;
    for shard in 0..store::keys::SHARDS {
        let event = json!({ "detail-type": "reminders.shard", "detail": { "shard": shard } });
        let (before, sent_before) = (passed(&world), sent(&world));
        wake(&world, event, 0).await;
        let done = sent(&world) - sent_before;
        all += done;
        // Which shards the appointments fall in is chance: one may have none.
        let least = 200 * i64::try_from(done.saturating_sub(1)).unwrap();
        assert!((least..least + 100).contains(&(passed(&world) - before)), "{done}: {}", passed(&world) - before);
    }
    assert_eq!(all, 24);
}

#[tokio::test]
async fn nothing_is_begun_shortly_before_the_end() {
    let world = world("4", None).await;
    // Ten of each shard may have been waiting for their turn already; the others are not begun.
    busy(&world, 50).await;
    world.app.set_now(DUE).unwrap();
    let deadline = u64::try_from(Instant::parse(DUE).unwrap().unix() + 46).unwrap() * 1000;
    let summary = wake(&world, json!({}), deadline).await;
    let gone = sent(&world);
    assert!((4..50).contains(&gone) && summary.held == 50 - gone as u64, "{gone}: {summary:?}");
    minutes_later(&world, 15).await;
    assert_eq!(sent(&world), 50);
}

/// The low-water mark doesn't pass what is left on an earlier day.
#[tokio::test]
async fn what_is_left_over_midnight_is_still_found() {
    let world = world("4", None).await;
    busy(&world, 10).await;
    // In UTC a day ends at 21:00. Nothing can be begun, twice.
    for now in [DUE, "2025-12-13T22:30:00-03:00"] {
        world.app.set_now(now).unwrap();
        let soon = u64::try_from(Instant::parse(now).unwrap().unix() + 10).unwrap() * 1000;
        assert_eq!(wake(&world, json!({}), soon).await.held, 10);
    }
    world.app.set_now("2025-12-14T12:00:00-03:00").unwrap();
    assert_eq!(wake(&world, json!({}), 0).await.expired, 10);
}

#[tokio::test]
async fn short_lists_are_not_shared_out() {
    let bus = KeptEvents::waking_workers();
    let world = world("20", Some(bus.clone())).await;
    busy(&world, 3).await;
    world.tick(DUE).await;
    assert_eq!((sent(&world), bus.all().len()), (3, 0));
}

#[tokio::test]
async fn long_lists_are_shared_out_to_workers() {
    let bus = KeptEvents::waking_workers();
    let world = world("20", Some(bus.clone())).await;
    busy(&world, 20).await;
    world.app.set_now(DUE).unwrap();
    let summary = wake(&world, json!({}), 0).await;
    assert!(summary.shared_out && summary.claimed == 0 && sent(&world) == 0, "{summary:?}");
    let events = bus.all();
    let of_all: Vec<String> = (0..store::keys::SHARDS).map(|shard| format!("{{\"shard\":{shard}}}")).collect();
    assert_eq!(events.iter().map(|event| event.detail.clone()).collect::<Vec<_>>(), of_all);
    // The bus may deliver twice.
    for event in events.iter().chain(&events) {
        let detail: Value = serde_json::from_str(&event.detail).unwrap();
        wake(&world, json!({ "detail-type": event.kind, "detail": detail }), 0).await;
    }
    assert_eq!(sent(&world), 20);
}

#[tokio::test]
async fn a_bus_that_is_down_leaves_the_work_to_the_run() {
    let bus = KeptEvents::waking_workers();
    bus.set_broken(true);
    let world = world("20", Some(bus)).await;
    busy(&world, 20).await;
    world.tick(DUE).await;
    assert_eq!(sent(&world), 20);
}
