//! Replays the payloads of `events/`, each through the function that its file name begins with. They are real events
//! of API Gateway (both formats), EventBridge and Twilio, for `cargo lambda invoke`.

mod payload_setup;
mod replay;

use crate::list_comparison::assert_same;
use crate::payload;
use payload_setup::PayloadSetup;
use serde_json::{Value, json};
use store::keys::SHARDS;
use store::notification::DuePointer;
use store::patterns;
use testkit::test_app::TestError;

/// Payloads with the expected status and one expected member of the answer.
const ANSWERED: &[(&str, u16, &str, &str)] = &[
    ("appointments.create.http", 201, "/start_datetime", "2027-01-18T10:00:00-05:00"),
    ("appointments.create.rest", 201, "/patient_name", "Ana Gómez"),
    ("audit.list.rest", 200, "/results/0/actor_type", "user"),
    ("audit.verify.rest", 200, "/date", "2026-11-23"),
    ("auth.token.rest", 200, "/user/email", "admin@example.com"),
    ("auth.users.rest", 200, "/results/0/email", "admin@example.com"),
    ("clinics.list.rest", 200, "/results/0/name", "Clínica Norte"),
    ("docs.health.http", 200, "/status", "ok"),
    ("docs.health.rest", 200, "/status", "ok"),
    ("doctors.list.rest", 200, "/results/0/full_name", "Raúl Ruiz"),
    ("notifications.send.rest", 200, "/notification/status", "sent"),
    ("patients.list.http", 200, "/results/0/last_name", "Gómez"),
    ("patients.list.rest", 200, "/results/0/last_name", "Gómez"),
    ("schedules.day.rest", 200, "/results/0/date", "2027-01-18"),
];
/// The payload whose answer is a page.
const PAGE: &str = "console.sign-in.rest";
/// Payloads whose answer is empty.
const INBOUND: [&str; 2] = ["webhook.inbound.http", "webhook.inbound.rest"];
const STATUS: &str = "webhook.status.rest";
const DAILY: &str = "reminders.daily";
const SHARD: &str = "reminders.shard";
/// Replayed in `first_admin` and `key_rotation`.
pub(crate) const BOOTSTRAP: &str = "auth-admin.bootstrap";
pub(crate) const ROTATE: &str = "auth-admin.rotate";
/// Replayed in `fsck`.
pub(crate) const NIGHTLY: &str = "fsck.nightly";
/// Replayed in `domain_events`.
pub(crate) const CHANGES: &str = "publisher.changes";

#[test]
fn every_payload_is_replayed() {
    let replayed = ANSWERED
        .iter()
        .map(|(name, ..)| *name)
        .chain(INBOUND)
        .chain([PAGE, STATUS, DAILY, SHARD, BOOTSTRAP, ROTATE, CHANGES, NIGHTLY]);
    assert_same("the payloads replayed here", replayed.map(str::to_owned), "events/", payload::names());
}

#[tokio::test]
async fn requests_get_the_expected_answer() -> Result<(), TestError> {
    for (name, status, member, expected) in ANSWERED {
        let setup = if name.starts_with("notifications.") {
            PayloadSetup::with_an_appointment().await?.0
        } else {
            PayloadSetup::start().await?
        };
        let answer = setup.replay(name).await?;
        assert_eq!(answer.status.as_u16(), *status, "{name}: {answer:?}");
        assert_eq!(answer.body.pointer(member), Some(&json!(expected)), "{name}: {member} of {}", answer.body);
    }
    Ok(())
}

/// The links of a page have the stage, the event's path doesn't.
#[tokio::test]
async fn the_links_of_a_page_have_the_stage() -> Result<(), TestError> {
    let answer = PayloadSetup::start().await?.replay(PAGE).await?;
    let page = answer.body.as_str().unwrap_or_default();
    assert!(answer.status == 200 && page.contains("action=\"/prod/sign-in\""), "{answer:?}");
    for link in page.split(" href=\"").chain(page.split(" src=\"")).skip(1).map(|rest| rest.split('"').next().unwrap())
    {
        assert!(link.starts_with("/prod/") || link.starts_with("data:") || !link.starts_with('/'), "{link}");
    }
    Ok(())
}

/// The client's URL has the stage, the event's path doesn't.
#[tokio::test]
async fn the_location_header_has_the_stage() -> Result<(), TestError> {
    for (name, stage) in [("appointments.create.rest", "/prod"), ("appointments.create.http", "")] {
        let answer = PayloadSetup::start().await?.replay(name).await?;
        assert_eq!(answer.header("location"), format!("{stage}/api/appointments/{}/", answer.id()), "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn an_inbound_message_confirms_the_appointment() -> Result<(), TestError> {
    for name in INBOUND {
        let (setup, appointment, _) = PayloadSetup::with_a_reminder().await?;
        let answer = setup.replay(name).await?;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "text/xml".to_owned()), "{name}");
        let appointment = setup.get_as_admin(&format!("/api/appointments/{appointment}/")).await?;
        assert_eq!(
            (&appointment["status"], &appointment["confirmed_via"]),
            (&json!("CONFIRMED"), &json!("whatsapp")),
            "{name}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn an_unsigned_webhook_is_refused() -> Result<(), TestError> {
    let (setup, appointment, _) = PayloadSetup::with_a_reminder().await?;
    for name in INBOUND.into_iter().chain([STATUS]) {
        let answer = setup.replay_unsigned(name).await?;
        assert_eq!((answer.status.as_u16(), answer.code()), (403, "permission_denied".to_owned()), "{name}");
    }
    assert_eq!(setup.get_as_admin(&format!("/api/appointments/{appointment}/")).await?["status"], "PENDING");
    Ok(())
}

#[tokio::test]
async fn a_status_callback_marks_the_message_delivered() -> Result<(), TestError> {
    let (setup, _, message) = PayloadSetup::with_a_reminder().await?;
    let path = format!("/api/notifications/{message}/");
    assert_eq!(setup.get_as_admin(&path).await?["status"], "sent");
    assert_eq!(setup.replay(STATUS).await?.status, 200);
    assert_eq!(setup.get_as_admin(&path).await?["status"], "delivered");
    Ok(())
}

/// Two days before the appointment, at 09:00 in Bogotá.
const DUE: &str = "2027-01-16T14:00:00Z";

/// Runs the job with an event. Returns the number of messages sent.
async fn wake(setup: &PayloadSetup, event: Value) -> Result<u64, TestError> {
    let event = lambda_runtime::LambdaEvent::new(event, lambda_runtime::Context::default());
    Ok(setup.app.system.wake_reminders(event).await?.sent)
}

#[tokio::test]
async fn the_schedule_sends_what_is_due() -> Result<(), TestError> {
    let (setup, _) = PayloadSetup::with_an_appointment().await?;
    let daily = payload::json(DAILY);
    assert_eq!(wake(&setup, daily.clone()).await?, 0, "nothing is due yet");
    setup.app.set_now(DUE)?;
    assert_eq!(wake(&setup, daily.clone()).await?, 1);
    assert_eq!(wake(&setup, daily).await?, 0, "and only once");
    assert_eq!(setup.app.outbox()?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_shard_sends_only_its_own_messages() -> Result<(), TestError> {
    let (setup, _) = PayloadSetup::with_an_appointment().await?;
    setup.app.set_now(DUE)?;
    let app = &setup.app.system.app;
    let mut event = payload::json(SHARD);
    let (mut own, mut others) = (Vec::new(), Vec::new());
    for shard in 0..SHARDS {
        let due = patterns::due(app.now().utc_day(), shard, app.now());
        let due: Vec<DuePointer> = app.table.query_all(&due).await?;
        if due.is_empty() { &mut others } else { &mut own }.push(shard);
    }
    assert_eq!(own.len(), 1, "one message is due");
    for (shards, sent) in [(others, 0), (own, 1)] {
        for shard in shards {
            event["detail"]["shard"] = json!(shard);
            assert_eq!(wake(&setup, event.clone()).await?, sent, "shard {shard}");
        }
    }
    Ok(())
}
