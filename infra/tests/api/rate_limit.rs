//! Tests of the rate limits of sending: per second, per recipient, and per shard when a long list is spread over
//! several workers.

use crate::clinic_setup::{ClinicSetup, id, on_the_day};
use crate::reminders::{DUE, run_minutes_later, sent_count};
use domain::time::{Instant, TimeDelta};
use lambda_runtime::{Context, LambdaEvent};
use local::database::Database;
use local::memory_events::MemoryEvents;
use serde_json::{Value, json};
use std::sync::Arc;
use testkit::test_app::TestApp;

/// Books this many overbooked appointments of as many patients on one day.
async fn book_many(setup: &ClinicSetup, appointments: usize) {
    for number in 0..appointments {
        let patient = setup.add_patient("Ana", &format!("8{number:04}"), &format!("+1202556{number:04}")).await;
        let (hour, minute) = (9 + number / 60, number % 60);
        let mut body = setup.booking(&on_the_day(&format!("{hour:02}:{minute:02}")));
        body["patient"] = json!(patient);
        body["overbook"] = json!(true);
        body["reason"] = json!("sobreturno");
        setup.try_book(body).await.expect_status(201).unwrap();
    }
}

async fn setup_with_rate(rate: &str, bus: Option<MemoryEvents>) -> ClinicSetup {
    let app = TestApp::changed(Database::memory().await.unwrap(), |config| {
        config.settings.insert("MESSAGES_PER_SECOND".into(), rate.into());
        if let Some(bus) = bus {
            config.events = Arc::new(bus);
            config.tuning.worker_threshold = 20;
        }
    });
    let setup = ClinicSetup::with_app(app.await.unwrap()).await;
    let path = format!("/api/clinics/clinics/{}/", setup.clinic);
    setup.admin().await.patch(&path, &json!({ "overbook_per_day": 50 })).await.unwrap().expect_status(200).unwrap();
    setup
}

fn elapsed_ms(setup: &ClinicSetup) -> i64 {
    setup.app.system.app.now().since(Instant::parse(DUE).unwrap()).num_milliseconds()
}

#[tokio::test]
async fn messages_per_second_are_limited() {
    for (rate, at_least) in [("20", 1_450), ("4", 7_250)] {
        let setup = setup_with_rate(rate, None).await;
        book_many(&setup, 30).await;
        setup.run_job_at(DUE).await;
        assert_eq!(sent_count(&setup), 30);
        let passed = elapsed_ms(&setup);
        assert!((at_least..at_least + 100).contains(&passed), "{rate} a second: {passed} ms for 30");
    }
}

#[tokio::test]
async fn one_number_gets_at_most_a_message_every_six_seconds() {
    let setup = setup_with_rate("20", None).await;
    for time in ["09:00", "09:30", "10:00"] {
        setup.book(time).await;
    }
    setup.run_job_at(DUE).await;
    let times: Vec<i64> = setup.app.outbox().unwrap().iter().map(|message| message.date_created.timestamp()).collect();
    let gaps: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(times.len() == 3 && gaps.iter().all(|gap| (6..8).contains(gap)), "{gaps:?}");
}

#[tokio::test]
async fn the_send_endpoint_obeys_the_rate_limit() {
    let setup = setup_with_rate("20", None).await;
    let appointments = [id(&setup.book("09:00").await), id(&setup.book("09:30").await)];
    let before = setup.app.system.app.now();
    for appointment in &appointments {
        let path = format!("/api/notifications/whatsapp/send/{appointment}/");
        setup.operator().await.post(&path, &json!({})).await.unwrap().expect_status(200).unwrap();
        setup.app.advance(TimeDelta::seconds(1));
    }
    assert_eq!((sent_count(&setup), setup.app.system.app.now().since(before).num_seconds()), (2, 7));
}

async fn wake_job(setup: &ClinicSetup, payload: Value, deadline: u64) -> app::messaging::reminders::Summary {
    let mut context = Context::default();
    context.deadline = deadline;
    setup.app.system.wake_reminders(LambdaEvent::new(payload, context)).await.unwrap()
}

#[tokio::test]
async fn a_worker_sends_its_shard_at_its_share_of_the_rate() {
    let setup = setup_with_rate("20", None).await;
    book_many(&setup, 24).await;
    setup.app.set_now(DUE).unwrap();
    let mut all = 0;
    for shard in 0..store::keys::SHARDS {
        let event = json!({ "detail-type": "reminders.shard", "detail": { "shard": shard } });
        let (before, sent_before) = (elapsed_ms(&setup), sent_count(&setup));
        wake_job(&setup, event, 0).await;
        let done = sent_count(&setup) - sent_before;
        all += done;
        // The ids decide the shard, so that a shard may have no appointment.
        let least = 200 * i64::try_from(done.saturating_sub(1)).unwrap();
        assert!(
            (least..least + 100).contains(&(elapsed_ms(&setup) - before)),
            "{done}: {}",
            elapsed_ms(&setup) - before
        );
    }
    assert_eq!(all, 24);
}

#[tokio::test]
async fn no_message_is_started_shortly_before_the_deadline() {
    let setup = setup_with_rate("4", None).await;
    // Up to ten of each shard may be waiting for the rate limit already; the others aren't started.
    book_many(&setup, 50).await;
    setup.app.set_now(DUE).unwrap();
    let deadline = u64::try_from(Instant::parse(DUE).unwrap().unix() + 46).unwrap() * 1000;
    let summary = wake_job(&setup, json!({}), deadline).await;
    let gone = sent_count(&setup);
    assert!((4..50).contains(&gone) && summary.held == 50 - gone as u64, "{gone}: {summary:?}");
    run_minutes_later(&setup, 15).await;
    assert_eq!(sent_count(&setup), 50);
}

/// The low-water mark must not pass unsent reminders of an earlier day.
#[tokio::test]
async fn unsent_reminders_are_found_after_midnight() {
    let setup = setup_with_rate("4", None).await;
    book_many(&setup, 10).await;
    // The UTC day ends at 21:00 local time. Two runs have no time to send anything.
    for now in [DUE, "2025-12-13T22:30:00-03:00"] {
        setup.app.set_now(now).unwrap();
        let soon = u64::try_from(Instant::parse(now).unwrap().unix() + 10).unwrap() * 1000;
        assert_eq!(wake_job(&setup, json!({}), soon).await.held, 10);
    }
    setup.app.set_now("2025-12-14T12:00:00-03:00").unwrap();
    assert_eq!(wake_job(&setup, json!({}), 0).await.expired, 10);
}

#[tokio::test]
async fn short_lists_are_sent_by_the_run_itself() {
    let bus = MemoryEvents::waking_workers();
    let setup = setup_with_rate("20", Some(bus.clone())).await;
    book_many(&setup, 3).await;
    setup.run_job_at(DUE).await;
    assert_eq!((sent_count(&setup), bus.all().len()), (3, 0));
}

#[tokio::test]
async fn long_lists_are_spread_over_workers() {
    let bus = MemoryEvents::waking_workers();
    let setup = setup_with_rate("20", Some(bus.clone())).await;
    book_many(&setup, 20).await;
    setup.app.set_now(DUE).unwrap();
    let summary = wake_job(&setup, json!({}), 0).await;
    assert!(summary.shared_out && summary.claimed == 0 && sent_count(&setup) == 0, "{summary:?}");
    assert!(summary.seals > 0, "the other steps run in the run that woke the workers: {summary:?}");
    let events = bus.all();
    let of_all: Vec<String> = (0..store::keys::SHARDS).map(|shard| format!("{{\"shard\":{shard}}}")).collect();
    assert_eq!(events.iter().map(|event| event.detail.clone()).collect::<Vec<_>>(), of_all);
    // The bus may deliver an event twice.
    for event in events.iter().chain(&events) {
        let detail: Value = serde_json::from_str(&event.detail).unwrap();
        wake_job(&setup, json!({ "detail-type": event.kind, "detail": detail }), 0).await;
    }
    assert_eq!(sent_count(&setup), 20);
}

#[tokio::test]
async fn the_run_sends_a_long_list_itself_if_the_bus_is_down() {
    let bus = MemoryEvents::waking_workers();
    bus.set_broken(true);
    let setup = setup_with_rate("20", Some(bus)).await;
    book_many(&setup, 20).await;
    setup.run_job_at(DUE).await;
    assert_eq!(sent_count(&setup), 20);
}
