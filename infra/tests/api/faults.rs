//! Does a reminder go out once when Twilio is busy, refuses, breaks, or accepts and doesn't say so?

use crate::reminders::{DUE, minutes_later, reminder, sent, state};
use crate::world::{World, id, on_the_day, text};
use local::fake_twilio::FailMode;
use serde_json::json;

fn twilio_fails(world: &World, mode: FailMode) {
    world.app.twilio().unwrap().fail(mode, None, 1);
}

#[tokio::test]
async fn too_many_requests_means_later() {
    let world = World::new().await;
    let appointment = id(&world.book("10:00").await);
    twilio_fails(&world, FailMode::TooManyRequests);
    world.tick(DUE).await;
    assert_eq!(state(&reminder(&world, &appointment).await), ("pending".into(), 1));
    minutes_later(&world, 1).await;
    assert_eq!(sent(&world), 0, "not at once");
    minutes_later(&world, 2).await;
    assert_eq!((sent(&world), state(&reminder(&world, &appointment).await)), (1, ("sent".into(), 2)));
}

#[tokio::test]
async fn a_refusal_is_final() {
    let world = World::new().await;
    let appointment = id(&world.book("10:00").await);
    twilio_fails(&world, FailMode::Refused);
    world.tick(DUE).await;
    let row = reminder(&world, &appointment).await;
    assert_eq!((state(&row), &row["error_code"]), (("failed".into(), 1), &json!(21211)));
    assert!(!text(&row, "error_message").is_empty() && !text(&row, "error_message").contains("+1202"));
    assert_eq!(world.appointment(&appointment).await["reminder"]["status"], "failed");
    minutes_later(&world, 60).await;
    assert_eq!((sent(&world), state(&reminder(&world, &appointment).await)), (0, ("failed".into(), 1)));
}

#[tokio::test]
async fn a_lost_answer_is_looked_up_and_found() {
    let world = World::new().await;
    let appointment = id(&world.book("10:00").await);
    twilio_fails(&world, FailMode::TimeoutAfterAccept);
    world.tick(DUE).await;
    assert_eq!((sent(&world), state(&reminder(&world, &appointment).await)), (1, ("unknown".into(), 1)));
    minutes_later(&world, 1).await;
    assert_eq!(text(&reminder(&world, &appointment).await, "status"), "unknown", "the lease isn't over");
    minutes_later(&world, 1).await;
    let row = reminder(&world, &appointment).await;
    assert_eq!(text(&row, "external_id"), world.app.outbox().unwrap()[0].sid);
    assert_eq!(state(&row), ("sent".into(), 1));
    minutes_later(&world, 60).await;
    assert_eq!(sent(&world), 1);
}

#[tokio::test]
async fn a_message_that_nobody_finds_is_sent_again_only_after_a_quarter_of_an_hour() {
    for mode in [FailMode::ServerError, FailMode::TimeoutBeforeAccept] {
        let world = World::new().await;
        let appointment = id(&world.book("10:00").await);
        twilio_fails(&world, mode);
        world.tick(DUE).await;
        assert_eq!(state(&reminder(&world, &appointment).await), ("unknown".into(), 1), "{mode:?}");
        for _ in 0..14 {
            minutes_later(&world, 1).await;
            assert_eq!(sent(&world), 0, "{mode:?}");
        }
        for _ in 0..5 {
            minutes_later(&world, 1).await;
        }
        assert_eq!((sent(&world), state(&reminder(&world, &appointment).await)), (1, ("sent".into(), 2)), "{mode:?}");
    }
}

#[tokio::test]
async fn the_job_goes_on_after_a_message_that_fails() {
    let world = World::new().await;
    for (number, time) in ["09:00", "10:00", "11:00"].iter().enumerate() {
        let patient = world.add_patient("Ana", &format!("7{number}"), &format!("+1202555017{number}")).await;
        let booking = json!({ "patient": patient, "doctor": world.doctor, "start_datetime": on_the_day(time) });
        world.try_book(booking).await.expect_status(201).unwrap();
    }
    twilio_fails(&world, FailMode::Refused);
    world.tick(DUE).await;
    assert_eq!(sent(&world), 2);
}
