//! What other systems are told: exactly what was committed, whatever went wrong on the way.

use crate::events::CHANGES;
use crate::payload;
use crate::sending::{outbox, send};
use crate::world::{World, id, on_the_day, text};
use app::support::ports::Event;
use dev::domain_events::example;
use domain::event::Name;
use local::database::Database;
use local::fake_twilio::FailMode;
use local::kept_events::KeptEvents;
use local::stream::{Stream, deliver};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use store::change::KINDS;
use testkit::faulty_client::Wire;
use testkit::faulty_client::fault::FaultPlan;
use testkit::test_app::TestApp;

/// A world whose changes are told.
struct Told {
    world: World,
    wire: Wire,
    changes: Stream,
    bus: KeptEvents,
}

impl Told {
    async fn new() -> Self {
        let (changes, bus) = (Stream::default(), KeptEvents::default());
        let wire = Wire::over(changes.clone());
        let database = Database::memory().await.unwrap().through(&wire);
        let app = TestApp::changed(database, |blueprint| blueprint.events = Arc::new(bus.clone()));
        Self { world: World::on(app.await.unwrap()).await, wire, changes, bus }
    }

    /// What was told by now, with the details read.
    async fn told(&self) -> Vec<(&'static str, Value)> {
        deliver(&self.world.app.system, &self.changes).await.unwrap();
        self.bus.all().into_iter().map(read).collect()
    }

    /// The same of one appointment: names only.
    async fn told_of(&self, appointment: &str) -> Vec<&'static str> {
        let about = self.told().await.into_iter().filter(|(_, detail)| text(detail, "appointment") == appointment);
        about.map(|(name, _)| name).collect()
    }

    /// The operator does something, and it works.
    async fn act(&self, appointment: &str, action: &str) {
        let body = json!({ "action": action, "reason": "motivo" });
        self.world.act(appointment, &body).await.expect_status(200).unwrap();
    }
}

fn read(event: Event) -> (&'static str, Value) {
    (event.kind, serde_json::from_str(&event.detail).unwrap())
}

/// What has to be told of a row of the history.
fn of_history(row: &Value) -> Option<&'static str> {
    Some(match text(row, "action").as_str() {
        "create" => "appointment.created",
        "confirm" | "keep" => "appointment.confirmed",
        "unconfirm" => "appointment.unconfirmed",
        "cancel" => "appointment.cancelled",
        "reopen" => "appointment.reopened",
        "request_reschedule" | "reschedule" => "appointment.rescheduled",
        "complete" => "appointment.completed",
        "no_show" => "appointment.no_show",
        "correct" if row["to_status"] == "NO_SHOW" => "appointment.no_show",
        "correct" => "appointment.completed",
        "hold_expired" => return None,
        other => panic!("is {other} told?"),
    })
}

#[tokio::test]
async fn an_appointments_whole_life_is_told() {
    let told = Told::new().await;
    let appointment = id(&told.world.book("10:00").await);
    for action in ["confirm", "unconfirm", "cancel", "reopen", "request_reschedule", "keep"] {
        told.act(&appointment, action).await;
    }
    told.world.app.set_now("2025-12-15T10:10:00-03:00").unwrap();
    for action in ["no_show", "correct"] {
        told.act(&appointment, action).await;
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
    assert_eq!(told.told_of(&appointment).await, names.map(|name| format!("appointment.{name}")));
    let (_, last) = told.told().await.pop().unwrap();
    let expected = json!({
        "version": 1, "id": last["id"], "occurred_at": last["occurred_at"], "appointment": appointment,
        "status": "COMPLETED", "patient": told.world.patient, "doctor": told.world.doctor,
        "clinic": told.world.clinic, "room": told.world.room, "rescheduled_from": null, "rescheduled_to": null,
    });
    assert_eq!(last, expected);
}

#[tokio::test]
async fn a_move_is_told_of_both_appointments() {
    let told = Told::new().await;
    let old = id(&told.world.book("10:00").await);
    told.act(&old, "request_reschedule").await;
    let body = json!({ "action": "reschedule", "start_datetime": on_the_day("11:00") });
    let new = told.world.act(&old, &body).await.expect_status(201).unwrap().id();
    assert_eq!(told.told_of(&old).await, ["appointment.created", "appointment.rescheduled", "appointment.rescheduled"]);
    assert_eq!(told.told_of(&new).await, ["appointment.created"]);
    let all = told.told().await;
    let of = |appointment: &str, place: usize| {
        all.iter().filter(|(_, detail)| text(detail, "appointment") == appointment).nth(place).unwrap().1.clone()
    };
    assert_eq!(of(&old, 1)["rescheduled_to"], json!(null), "wanted");
    assert_eq!(of(&old, 2)["rescheduled_to"], json!(new), "found");
    assert_eq!(of(&new, 0)["rescheduled_from"], json!(old));
}

#[tokio::test]
async fn a_message_that_failed_is_told_once() {
    let told = Told::new().await;
    let appointment = id(&told.world.book("10:00").await);
    told.world.app.twilio().unwrap().fail(FailMode::Refused, None, 1);
    let path = format!("/api/notifications/whatsapp/send/{appointment}/");
    told.world.operator().await.post(&path, &json!({})).await.unwrap();
    let lost = |told: Vec<(&'static str, Value)>| {
        let lost = told.into_iter().filter(|(name, _)| *name == "notification.failed");
        lost.map(|(_, detail)| (text(&detail, "status"), detail["error_code"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(lost(told.told().await), [("failed".to_owned(), json!(21211))]);

    let other = id(&told.world.book("11:00").await);
    send(&told.world, &other, json!({})).await;
    let message = outbox(&told.world).pop().unwrap();
    for status in ["undelivered", "undelivered", "failed"] {
        let form = told.world.app.twilio().unwrap().status_form(&message.sid, status, Some(63024)).unwrap();
        let url = message.status_callback.as_ref().unwrap();
        let path = url.strip_prefix(testkit::test_app::PUBLIC_URL).unwrap();
        told.world.app.signed(path, &form).await.unwrap().expect_status(200).unwrap();
    }
    let lost = lost(told.told().await);
    assert_eq!(lost[1..], [("undelivered".to_owned(), json!(63024))]);
}

#[tokio::test]
async fn what_the_bus_does_not_take_comes_again() {
    let told = Told::new().await;
    told.bus.set_broken(true);
    let appointment = id(&told.world.book("10:00").await);
    assert!(deliver(&told.world.app.system, &told.changes).await.is_err());
    told.act(&appointment, "confirm").await;
    assert!(!told.changes.is_empty() && told.bus.all().is_empty());
    told.bus.set_broken(false);
    assert_eq!(told.told_of(&appointment).await, ["appointment.created", "appointment.confirmed"]);
}

/// Eight appointments, each led through its life by two at once who take no for an answer, while every tenth
/// request to the table goes wrong: what is told is what the history says, each of it once.
#[tokio::test]
async fn whatever_goes_wrong_events_and_history_agree() {
    for seed in 0..3 {
        let told = Told::new().await;
        let operator = told.world.operator().await;
        told.wire.plan(Some(FaultPlan::new(seed, 0.1)));
        let act = async |appointment: &str, actions: &[&str]| {
            for action in actions {
                let body = json!({ "action": action, "reason": "motivo" });
                operator.post(&format!("/api/appointments/{appointment}/actions/"), &body).await.unwrap();
            }
        };
        let lives = (9..17).map(|half_hour| {
            let body = told.world.booking(&on_the_day(&format!("{:02}:{}0", (half_hour + 9) / 2, half_hour % 2 * 3)));
            // Its key makes it the same booking, where it stands and nobody could be told.
            let once = told.world.app.with_token(&operator.token()).header("idempotency-key", &format!("{half_hour}"));
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
        told.wire.plan(None);

        let mut events: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        let mut ids = BTreeSet::new();
        for (name, detail) in told.told().await {
            assert!(ids.insert(text(&detail, "id")), "{name} comes twice");
            events.entry(text(&detail, "appointment")).or_default().push(name);
        }
        let mut history = BTreeMap::new();
        for appointment in told.world.list("/api/appointments/?page_size=100").await {
            let rows = told.world.list(&format!("/api/appointments/{}/actions/?page_size=100", id(&appointment))).await;
            history.insert(id(&appointment), rows.iter().filter_map(of_history).collect::<Vec<_>>());
        }
        let actions: usize = history.values().map(Vec::len).sum();
        assert!(history.len() > 5 && actions > 40, "seed {seed}: {actions} actions");
        assert_eq!(events, history, "seed {seed}");
    }
}

/// One row that can't be read holds up nothing behind it.
#[tokio::test]
async fn what_cannot_be_read_is_passed_over() {
    let told = Told::new().await;
    let mut batch = payload::json(CHANGES);
    let mut other = batch["Records"][0].clone();
    other["dynamodb"]["NewImage"]["v"]["N"] = json!("99");
    batch["Records"].as_array_mut().unwrap().insert(0, other);
    let batch = serde_json::from_value(batch).unwrap();
    told.world.app.system.wake_publisher(batch).await.unwrap();
    let names: Vec<&str> = told.bus.all().iter().map(|event| event.kind).collect();
    assert_eq!(names, ["appointment.confirmed"]);
}

/// The payload is what the stream sends, and the event made of it is the one that `infra/docs/events.md` shows.
#[tokio::test]
async fn a_batch_of_the_stream_is_told() {
    let told = Told::new().await;
    let batch = serde_json::from_value(payload::json(CHANGES)).unwrap();
    told.world.app.system.wake_publisher(batch).await.unwrap();
    let events: Vec<_> = told.bus.all().into_iter().map(read).collect();
    let expected = json!({
        "version": 1, "id": "01940000-0000-7000-8000-000000000005.2", "occurred_at": "2026-11-23T14:35:12Z",
        "appointment": "01940000-0000-7000-8000-000000000005", "status": "CONFIRMED",
        "patient": "01940000-0000-7000-8000-000000000001", "doctor": "01940000-0000-7000-8000-000000000002",
        "clinic": "01940000-0000-7000-8000-000000000004", "room": "01940000-0000-7000-8000-000000000003",
        "rescheduled_from": null, "rescheduled_to": null,
    });
    assert_eq!(serde_json::to_value(example(Name::Confirmed)).unwrap(), expected, "infra/docs/events.md");
    assert_eq!(events, [("appointment.confirmed", expected)]);
}

/// Lambda hands over what the template's filter lets through; the store reads the same kinds.
#[test]
fn the_template_filters_by_the_kinds_that_are_read() {
    let template = std::fs::read_to_string(crate::contract::repository("template.yaml")).unwrap();
    let kinds = serde_json::to_string(&KINDS).unwrap();
    let filter = format!(r#"{{"eventName":["INSERT","MODIFY"],"dynamodb":{{"NewImage":{{"kind":{{"S":{kinds}}}}}}}}}"#);
    assert!(template.contains(&filter), "template.yaml doesn't filter the stream by {filter}");
}
