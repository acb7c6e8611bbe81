//! Whom the robot couldn't reach is shown to a person.

use crate::reminders::{DUE, minutes_later, reminder};
use crate::world::{World, id, text};
use local::fake_twilio::FailMode;
use serde_json::{Value, json};

async fn worklist(world: &World) -> Vec<String> {
    let rows = world.list("/api/appointments/?needs_attention=true").await;
    rows.iter().map(|row| text(row, "id")).collect()
}

async fn reported(world: &World, status: &str) {
    let sid = world.app.outbox().unwrap().remove(0).sid;
    let row = world.list("/api/notifications/?kind=reminder").await.remove(0);
    let form = [("MessageSid", sid.as_str()), ("AccountSid", local::system::FAKE_ACCOUNT), ("MessageStatus", status)];
    let form: Vec<_> = form.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let path = format!("/api/notifications/whatsapp/status/?n={}.1", id(&row));
    world.app.signed(&path, &form).await.unwrap().expect_status(200).unwrap();
}

#[tokio::test]
async fn taken_and_never_seen_to_arrive() {
    for (status, shown) in [("sent", true), ("delivered", false), ("read", false), ("undelivered", true)] {
        let world = World::new().await;
        let appointment = id(&world.book("10:00").await);
        world.tick(DUE).await;
        reported(&world, status).await;
        minutes_later(&world, 23 * 60).await;
        let early = status == "undelivered";
        assert_eq!(worklist(&world).await, if early { vec![appointment.clone()] } else { vec![] }, "{status}");
        minutes_later(&world, 61).await;
        assert_eq!(worklist(&world).await, if shown { vec![appointment.clone()] } else { vec![] }, "{status}");
        assert_eq!(text(&reminder(&world, &appointment).await, "status"), status);
    }
}

#[tokio::test]
async fn refused_or_too_late() {
    let world = World::new().await;
    let (refused, late) = (id(&world.book("10:00").await), id(&world.book("11:00").await));
    world.app.twilio().unwrap().fail(FailMode::Refused, Some(63024), 1);
    let path = format!("/api/notifications/whatsapp/send/{refused}/");
    world.operator().await.post(&path, &json!({})).await.unwrap().expect_status(200).unwrap();
    assert_eq!(worklist(&world).await, std::slice::from_ref(&refused));
    // The job is down for more than a day.
    world.tick("2025-12-14T09:00:01-03:00").await;
    assert_eq!(text(&reminder(&world, &late).await, "status"), "expired");
    assert_eq!(worklist(&world).await, [refused, late.clone()]);
    // What a person has seen to is off the list, and the trail says that the robot put it there.
    let done = json!({ "needs_attention": false });
    let path = format!("/api/appointments/{late}/");
    world.operator().await.patch(&path, &done).await.unwrap().expect_status(200).unwrap();
    minutes_later(&world, 15).await;
    assert!(!worklist(&world).await.contains(&late));
    let trail = world.list(&format!("/api/audit/?object_id={late}")).await;
    let marked = |row: &&Value| row["changes"]["needs_attention"]["new"] == "true";
    assert_eq!(trail.iter().filter(marked).count(), 1, "{trail:?}");
}

#[tokio::test]
async fn what_is_over_or_off_needs_nobody() {
    let world = World::new().await;
    let appointment = id(&world.book("10:00").await);
    world.tick(DUE).await;
    world.act(&appointment, &json!({ "action": "cancel", "reason": "x" })).await.expect_status(200).unwrap();
    minutes_later(&world, 1).await;
    minutes_later(&world, 25 * 60).await;
    let rows = world.list("/api/notifications/?kind=notice").await;
    assert_eq!(text(&rows[0], "status"), "sent");
    // Its reminder doesn't matter any more; but whether the patient knows that the appointment is off does.
    assert_eq!(worklist(&world).await, std::slice::from_ref(&appointment));
    let world = World::new().await;
    world.book("10:00").await;
    world.tick(DUE).await;
    minutes_later(&world, 5 * 24 * 60).await;
    assert!(worklist(&world).await.is_empty(), "it is over");
}
