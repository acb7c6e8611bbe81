//! Do the payloads of `events/` work? They are what API Gateway, EventBridge and Twilio really send,
//! in both formats of API Gateway, and what `cargo lambda invoke` is given; each is replayed here
//! through the function that its name begins with.

mod replay;
mod world;

use crate::difference::assert_same;
use crate::payload;
use serde_json::{Value, json};
use store::keys::SHARDS;
use store::notification::DuePointer;
use store::patterns;
use testkit::test_app::Trouble;
use world::World;

/// Payloads whose answer says whether they worked: its status, and one telling member.
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
/// Payloads that are answered with nothing, whatever they did.
const INBOUND: [&str; 2] = ["webhook.inbound.http", "webhook.inbound.rest"];
const STATUS: &str = "webhook.status.rest";
const DAILY: &str = "reminders.daily";
const SHARD: &str = "reminders.shard";
/// Payloads that are replayed in `first_admin` and `key_rotation`.
pub(crate) const BOOTSTRAP: &str = "auth-admin.bootstrap";
pub(crate) const ROTATE: &str = "auth-admin.rotate";
/// One that is replayed in `fsck`.
pub(crate) const NIGHTLY: &str = "fsck.nightly";
/// One that is replayed in `domain_events`.
pub(crate) const CHANGES: &str = "publisher.changes";

#[test]
fn no_payload_is_left_out() {
    let replayed = ANSWERED
        .iter()
        .map(|(name, ..)| *name)
        .chain(INBOUND)
        .chain([STATUS, DAILY, SHARD, BOOTSTRAP, ROTATE, CHANGES, NIGHTLY]);
    assert_same("the payloads replayed here", replayed.map(str::to_owned), "events/", payload::names());
}

#[tokio::test]
async fn requests_are_answered() -> Result<(), Trouble> {
    for (name, status, member, expected) in ANSWERED {
        let world = if name.starts_with("notifications.") {
            World::with_an_appointment().await?.0
        } else {
            World::start().await?
        };
        let answer = world.replay(name).await?;
        assert_eq!(answer.status.as_u16(), *status, "{name}: {answer:?}");
        assert_eq!(answer.body.pointer(member), Some(&json!(expected)), "{name}: {member} of {}", answer.body);
    }
    Ok(())
}

/// The stage is a part of what the client sees, though not of the event's path.
#[tokio::test]
async fn what_was_made_is_where_the_client_will_look() -> Result<(), Trouble> {
    for (name, stage) in [("appointments.create.rest", "/prod"), ("appointments.create.http", "")] {
        let answer = World::start().await?.replay(name).await?;
        assert_eq!(answer.header("location"), format!("{stage}/api/appointments/{}/", answer.id()), "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn a_patient_confirms() -> Result<(), Trouble> {
    for name in INBOUND {
        let (world, appointment, _) = World::with_a_reminder().await?;
        let answer = world.replay(name).await?;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "text/xml".to_owned()), "{name}");
        let appointment = world.look(&format!("/api/appointments/{appointment}/")).await?;
        assert_eq!(
            (&appointment["status"], &appointment["confirmed_via"]),
            (&json!("CONFIRMED"), &json!("whatsapp")),
            "{name}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_webhook_that_nobody_signed_is_refused() -> Result<(), Trouble> {
    let (world, appointment, _) = World::with_a_reminder().await?;
    for name in INBOUND.into_iter().chain([STATUS]) {
        let answer = world.replay_unsigned(name).await?;
        assert_eq!((answer.status.as_u16(), answer.code()), (403, "permission_denied".to_owned()), "{name}");
    }
    assert_eq!(world.look(&format!("/api/appointments/{appointment}/")).await?["status"], "PENDING");
    Ok(())
}

#[tokio::test]
async fn a_message_was_delivered() -> Result<(), Trouble> {
    let (world, _, message) = World::with_a_reminder().await?;
    let path = format!("/api/notifications/{message}/");
    assert_eq!(world.look(&path).await?["status"], "sent");
    assert_eq!(world.replay(STATUS).await?.status, 200);
    assert_eq!(world.look(&path).await?["status"], "delivered");
    Ok(())
}

/// Two days before, at nine in the morning in Bogotá.
const DUE: &str = "2027-01-16T14:00:00Z";

/// Wakes the job with an event; how many messages it sent.
async fn wake(world: &World, event: Value) -> Result<u64, Trouble> {
    let event = lambda_runtime::LambdaEvent::new(event, lambda_runtime::Context::default());
    Ok(world.app.system.wake_reminders(event).await?.sent)
}

#[tokio::test]
async fn the_schedule_sends_what_is_due() -> Result<(), Trouble> {
    let (world, _) = World::with_an_appointment().await?;
    let daily = payload::json(DAILY);
    assert_eq!(wake(&world, daily.clone()).await?, 0, "nothing is due yet");
    world.app.set_now(DUE)?;
    assert_eq!(wake(&world, daily.clone()).await?, 1);
    assert_eq!(wake(&world, daily).await?, 0, "and only once");
    assert_eq!(world.app.outbox()?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_shard_sends_its_own_and_no_other() -> Result<(), Trouble> {
    let (world, _) = World::with_an_appointment().await?;
    world.app.set_now(DUE)?;
    let app = &world.app.system.app;
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
            assert_eq!(wake(&world, event.clone()).await?, sent, "shard {shard}");
        }
    }
    Ok(())
}
