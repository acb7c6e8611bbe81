//! What if our own account, sender or template is wrong? Nothing is lost, and nobody is flooded.

use crate::reminders::{DUE, minutes_later, reminder, sent, state};
use crate::world::{World, id, text};
use local::fake_twilio::FailMode;
use serde_json::json;

/// A world with so many appointments, all of which are to be reminded of at once.
pub(crate) async fn world(appointments: usize) -> (World, Vec<String>) {
    let world = World::new().await;
    let mut all = Vec::new();
    for (number, time) in
        ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30"].into_iter().take(appointments).enumerate()
    {
        let patient = world.add_patient("Ana", &format!("7{number}"), &format!("+1202555017{number}")).await;
        let mut body = world.booking(&crate::world::on_the_day(time));
        body["patient"] = json!(patient);
        all.push(world.try_book(body).await.expect_status(201).unwrap().id());
    }
    (world, all)
}

#[tokio::test]
async fn wrong_settings_leave_everything_pending_until_they_are_right() {
    let (world, appointments) = world(6).await;
    let twilio = world.app.twilio().unwrap();
    twilio.fail(FailMode::Refused, Some(63007), 1000);
    world.app.set_now(DUE).unwrap();
    let summary = world.app.system.run_reminders().await.unwrap();
    assert!(summary.breaker_open && summary.sent == 0, "{summary:?}");
    let tried = summary.refused["configuration"];
    assert!((3..=6).contains(&tried) && tried + summary.held == 6, "{summary:?}");
    for appointment in &appointments {
        let row = reminder(&world, appointment).await;
        assert_eq!(text(&row, "status"), "pending");
    }
    // While it cools down nothing is tried; then one is, if one has waited long enough itself.
    let (mut last_try, mut probes) = (0, 0);
    for minute in [5, 11, 16, 22, 27, 33] {
        world.app.set_now(DUE).unwrap();
        world.app.advance(domain::time::TimeDelta::minutes(minute));
        let summary = world.app.system.run_reminders().await.unwrap();
        let tried = summary.refused.get("configuration").copied().unwrap_or(0);
        let most = u64::from(minute >= last_try + 10);
        assert!(summary.breaker_open && tried <= most, "minute {minute}: {summary:?}");
        if tried > 0 {
            (last_try, probes) = (minute, probes + tried);
        }
    }
    assert!(probes > 0, "it is never found out whether the settings are right again");
    twilio.fail(FailMode::None, None, 0);
    minutes_later(&world, 11).await;
    minutes_later(&world, 20).await;
    assert_eq!(sent(&world), 6, "each goes out once it can");
    for appointment in &appointments {
        let row = reminder(&world, appointment).await;
        assert_eq!((text(&row, "status"), &row["error_code"]), ("sent".into(), &json!(null)));
    }
}

#[tokio::test]
async fn one_bad_message_stops_no_other() {
    let (world, appointments) = world(6).await;
    world.app.twilio().unwrap().fail(FailMode::Refused, Some(21656), 1);
    world.app.set_now(DUE).unwrap();
    let summary = world.app.system.run_reminders().await.unwrap();
    assert!(!summary.breaker_open && summary.sent == 5, "{summary:?}");
    minutes_later(&world, 20).await;
    assert_eq!(sent(&world), 6);
    let mut states = Vec::new();
    for appointment in &appointments {
        states.push(state(&reminder(&world, appointment).await));
    }
    states.sort_unstable();
    assert_eq!(states.iter().filter(|(_, attempts)| *attempts == 2).count(), 1, "{states:?}");
}

#[tokio::test]
async fn without_an_account_a_click_says_why() {
    let world = World::new().await;
    let appointment = id(&world.book("10:00").await);
    world.app.twilio().unwrap().fail(FailMode::Refused, Some(20003), 10);
    let path = format!("/api/notifications/whatsapp/send/{appointment}/");
    let answer = world.operator().await.post(&path, &json!({})).await.unwrap().expect_status(200).unwrap();
    let row = &answer.body["notification"];
    assert_eq!((row["status"].clone(), row["error_code"].clone()), (json!("pending"), json!(20003)));
    assert_eq!(answer.body["message_sid"], json!(null));
}
