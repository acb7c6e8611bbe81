//! Tests of the domain events for other systems: exactly the committed changes are published, whatever fails.

use crate::clinic_setup::{ClinicSetup, id, on_the_day, text};
use crate::events::CHANGES;
use crate::payload;
use crate::sending::{let_time_pass, outbox, send_reminder};
use app::support::ports::Event;
use dev::domain_events::example;
use domain::event::EventName;
use local::database::Database;
use local::fake_twilio::FailMode;
use local::memory_events::MemoryEvents;
use local::stream::{Stream, deliver_changes};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use store::change::STREAMED_KINDS;
use testkit::faulty_client::FaultyClient;
use testkit::faulty_client::fault::FaultPlan;
use testkit::test_app::TestApp;

/// A setup whose table has a stream that the publisher reads.
struct PublisherSetup {
    setup: ClinicSetup,
    faulty_client: FaultyClient,
    changes: Stream,
    bus: MemoryEvents,
}

impl PublisherSetup {
    async fn new() -> Self {
        let (changes, bus) = (Stream::default(), MemoryEvents::default());
        let faulty_client = FaultyClient::over(changes.clone());
        let database = Database::memory().await.unwrap().through(&faulty_client);
        let app = TestApp::changed(database, |config| config.events = Arc::new(bus.clone()));
        Self { setup: ClinicSetup::with_app(app.await.unwrap()).await, faulty_client, changes, bus }
    }

    /// The events published so far: names and parsed details.
    async fn published(&self) -> Vec<(&'static str, Value)> {
        deliver_changes(&self.setup.app.system, &self.changes).await.unwrap();
        self.bus.all().iter().map(read_event).collect()
    }

    /// The names of the events about one appointment.
    async fn published_about(&self, appointment: &str) -> Vec<&'static str> {
        let about = self.published().await.into_iter().filter(|(_, detail)| text(detail, "appointment") == appointment);
        about.map(|(name, _)| name).collect()
    }

    /// Performs an action as the operator.
    async fn act(&self, appointment: &str, action: &str) {
        let body = json!({ "action": action, "reason": "motivo" });
        self.setup.act(appointment, &body).await.expect_status(200).unwrap();
    }
}

fn read_event(event: &Event) -> (&'static str, Value) {
    (event.kind, serde_json::from_str(&event.detail).unwrap())
}

/// The event that has to be published for a row of an appointment's history.
fn event_of_action(row: &Value) -> Option<&'static str> {
    Some(match text(row, "action").as_str() {
        "create" => "appointment.created",
        "confirm" | "keep" => "appointment.confirmed",
        "unconfirm" => "appointment.unconfirmed",
        "cancel" => "appointment.cancelled",
        "reopen" => "appointment.reopened",
        "request_reschedule" | "reschedule" => "appointment.rescheduled",
        "no_show" | "correct" if row["to_status"] == "NO_SHOW" => "appointment.no_show",
        "complete" | "correct" => "appointment.completed",
        "hold_expired" => return None,
        other => panic!("is there an event for {other}?"),
    })
}

#[tokio::test]
async fn every_change_of_an_appointment_is_published() {
    let publisher = PublisherSetup::new().await;
    let appointment = id(&publisher.setup.book("10:00").await);
    for action in ["confirm", "unconfirm", "cancel", "reopen", "request_reschedule", "keep"] {
        publisher.act(&appointment, action).await;
    }
    publisher.setup.app.set_now("2025-12-15T10:10:00-03:00").unwrap();
    for action in ["no_show", "correct"] {
        publisher.act(&appointment, action).await;
    }
    let names = [
        "created",
        "confirmed",
        "unconfirmed",
        "cancelled",
        "reopened",
        "rescheduled",
        "confirmed",
        "no_show",
        "completed",
    ];
    assert_eq!(publisher.published_about(&appointment).await, names.map(|name| format!("appointment.{name}")));
    let (_, last) = publisher.published().await.pop().unwrap();
    let expected = json!({
        "version": 1, "id": last["id"], "occurred_at": last["occurred_at"], "appointment": appointment,
        "status": "COMPLETED", "patient": publisher.setup.patient, "doctor": publisher.setup.doctor,
        "clinic": publisher.setup.clinic, "room": publisher.setup.room, "rescheduled_from": null, "rescheduled_to": null,
    });
    assert_eq!(last, expected);
}

#[tokio::test]
async fn a_move_is_published_for_both_appointments() {
    let publisher = PublisherSetup::new().await;
    let old = id(&publisher.setup.book("10:00").await);
    publisher.act(&old, "request_reschedule").await;
    let body = json!({ "action": "reschedule", "start_datetime": on_the_day("11:00") });
    let new = publisher.setup.act(&old, &body).await.expect_status(201).unwrap().id();
    assert_eq!(
        publisher.published_about(&old).await,
        ["appointment.created", "appointment.rescheduled", "appointment.rescheduled"]
    );
    assert_eq!(publisher.published_about(&new).await, ["appointment.created"]);
    let all = publisher.published().await;
    let of = |appointment: &str, index: usize| {
        all.iter().filter(|(_, detail)| text(detail, "appointment") == appointment).nth(index).unwrap().1.clone()
    };
    assert_eq!(of(&old, 1)["rescheduled_to"], json!(null), "requested");
    assert_eq!(of(&old, 2)["rescheduled_to"], json!(new), "moved");
    assert_eq!(of(&new, 0)["rescheduled_from"], json!(old));
}

#[tokio::test]
async fn a_failed_message_is_published_once() {
    let publisher = PublisherSetup::new().await;
    let appointment = id(&publisher.setup.book("10:00").await);
    publisher.setup.app.twilio().unwrap().fail(FailMode::Refused, None, 1);
    let path = format!("/api/notifications/whatsapp/send/{appointment}/");
    publisher.setup.operator().await.post(&path, &json!({})).await.unwrap();
    let lost = |events: Vec<(&'static str, Value)>| {
        let lost = events.into_iter().filter(|(name, _)| *name == "notification.failed");
        lost.map(|(_, detail)| (text(&detail, "status"), detail["error_code"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(lost(publisher.published().await), [("failed".to_owned(), json!(21211))]);

    let other = id(&publisher.setup.book("11:00").await);
    let_time_pass(&publisher.setup);
    send_reminder(&publisher.setup, &other, json!({})).await;
    let message = outbox(&publisher.setup).pop().unwrap();
    for status in ["undelivered", "undelivered", "failed"] {
        let form = publisher.setup.app.twilio().unwrap().status_form(&message.sid, status, Some(63024)).unwrap();
        let url = message.status_callback.as_ref().unwrap();
        let path = url.strip_prefix(testkit::test_app::PUBLIC_URL).unwrap();
        publisher.setup.app.post_signed(path, &form).await.unwrap().expect_status(200).unwrap();
    }
    let lost = lost(publisher.published().await);
    assert_eq!(lost[1..], [("undelivered".to_owned(), json!(63024))]);
}

#[tokio::test]
async fn events_that_the_bus_rejects_are_published_again() {
    let publisher = PublisherSetup::new().await;
    publisher.bus.set_broken(true);
    let appointment = id(&publisher.setup.book("10:00").await);
    assert!(deliver_changes(&publisher.setup.app.system, &publisher.changes).await.is_err());
    publisher.act(&appointment, "confirm").await;
    assert!(!publisher.changes.is_empty() && publisher.bus.all().is_empty());
    publisher.bus.set_broken(false);
    assert_eq!(publisher.published_about(&appointment).await, ["appointment.created", "appointment.confirmed"]);
}

/// Eight appointments, each changed by two clients at the same time that ignore refusals, while every tenth request to
/// the table fails: the events are those of the history, each published once.
#[tokio::test]
async fn events_and_history_agree_under_faults() {
    for seed in 0..3 {
        let publisher = PublisherSetup::new().await;
        let operator = publisher.setup.operator().await;
        publisher.faulty_client.plan(Some(FaultPlan::new(seed, 0.1)));
        let act = async |appointment: &str, actions: &[&str]| {
            for action in actions {
                let body = json!({ "action": action, "reason": "motivo" });
                operator.post(&format!("/api/appointments/{appointment}/actions/"), &body).await.unwrap();
            }
        };
        let lives = (9..17).map(|half_hour| {
            let body =
                publisher.setup.booking(&on_the_day(&format!("{:02}:{}0", (half_hour + 9) / 2, half_hour % 2 * 3)));
            // The key makes a repeated request the same booking if only its answer was lost.
            let once =
                publisher.setup.app.with_token(&operator.token()).header("idempotency-key", &format!("{half_hour}"));
            let (once, act) = (once.unwrap(), &act);
            async move {
                let mut appointment = String::new();
                while appointment.is_empty() {
                    appointment = once.post("/api/appointments/", &body).await.unwrap().id();
                }
                futures_util::future::join(
                    act(&appointment, &["confirm", "unconfirm", "cancel", "reopen", "confirm", "unconfirm"]),
                    act(
                        &appointment,
                        &["confirm", "request_reschedule", "keep", "request_reschedule", "keep", "cancel"],
                    ),
                )
                .await;
            }
        });
        futures_util::future::join_all(lives).await;
        publisher.faulty_client.plan(None);

        let mut events: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        let mut ids = BTreeSet::new();
        for (name, detail) in publisher.published().await {
            assert!(ids.insert(text(&detail, "id")), "{name} comes twice");
            events.entry(text(&detail, "appointment")).or_default().push(name);
        }
        let mut history = BTreeMap::new();
        for appointment in publisher.setup.list("/api/appointments/?page_size=100").await {
            let rows =
                publisher.setup.list(&format!("/api/appointments/{}/actions/?page_size=100", id(&appointment))).await;
            history.insert(id(&appointment), rows.iter().filter_map(event_of_action).collect::<Vec<_>>());
        }
        let actions: usize = history.values().map(Vec::len).sum();
        assert!(history.len() > 5 && actions > 40, "seed {seed}: {actions} actions");
        assert_eq!(events, history, "seed {seed}");
    }
}

/// A row that can't be read doesn't block the rows after it.
#[tokio::test]
async fn a_row_that_cannot_be_read_is_skipped() {
    let publisher = PublisherSetup::new().await;
    let mut batch = payload::json(CHANGES);
    let mut other = batch["Records"][0].clone();
    other["dynamodb"]["NewImage"]["v"]["N"] = json!("99");
    batch["Records"].as_array_mut().unwrap().insert(0, other);
    let batch = serde_json::from_value(batch).unwrap();
    publisher.setup.app.system.wake_publisher(batch).await.unwrap();
    let names: Vec<&str> = publisher.bus.all().iter().map(|event| event.kind).collect();
    assert_eq!(names, ["appointment.confirmed"]);
}

/// The payload is a real batch of the stream; its event is the example in `infra/docs/events.md`.
#[tokio::test]
async fn a_batch_of_the_stream_is_published() {
    let publisher = PublisherSetup::new().await;
    let batch = serde_json::from_value(payload::json(CHANGES)).unwrap();
    publisher.setup.app.system.wake_publisher(batch).await.unwrap();
    let events: Vec<_> = publisher.bus.all().iter().map(read_event).collect();
    let expected = json!({
        "version": 1, "id": "01940000-0000-7000-8000-000000000005.2", "occurred_at": "2026-11-23T14:35:12Z",
        "appointment": "01940000-0000-7000-8000-000000000005", "status": "CONFIRMED",
        "patient": "01940000-0000-7000-8000-000000000001", "doctor": "01940000-0000-7000-8000-000000000002",
        "clinic": "01940000-0000-7000-8000-000000000004", "room": "01940000-0000-7000-8000-000000000003",
        "rescheduled_from": null, "rescheduled_to": null,
    });
    assert_eq!(serde_json::to_value(example(EventName::Confirmed)).unwrap(), expected, "infra/docs/events.md");
    assert_eq!(events, [("appointment.confirmed", expected)]);
}

/// The template's filter lets exactly the kinds through that the store reads.
#[test]
fn the_template_filters_by_the_kinds_that_are_read() {
    let template = std::fs::read_to_string(crate::contract::repository_path("template.yaml")).unwrap();
    let kinds = serde_json::to_string(&STREAMED_KINDS).unwrap();
    let filter = format!(r#"{{"eventName":["INSERT","MODIFY"],"dynamodb":{{"NewImage":{{"kind":{{"S":{kinds}}}}}}}}}"#);
    assert!(template.contains(&filter), "template.yaml doesn't filter the stream by {filter}");
}
