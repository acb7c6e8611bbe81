//! A message whose webhook never came is looked up at Twilio within the hour, and nothing is read into
//! it that was asked after it was written.

use crate::replies::{DUE, last_words, outbox, says, status};
use crate::world::{World, id, text};
use domain::time::TimeDelta;
use local::database::Database;
use local::fake_twilio::PatientReply;
use testkit::test_app::TestApp;

/// A reminded patient in a system that looks messages up.
async fn reminded() -> (World, String) {
    let on = |blueprint: &mut local::system::Blueprint| {
        blueprint.settings.insert("LOOK_UP_INBOUND".into(), "true".into());
    };
    let app = TestApp::changed(Database::memory().await.unwrap(), on).await.unwrap();
    let world = World::on(app).await;
    let appointment = id(&world.book("10:00").await);
    world.tick(DUE).await;
    (world, appointment)
}

/// The patient writes, and the webhook fails.
fn loses(world: &World, words: &str) {
    let reply = PatientReply { body: Some(words.into()), ..world.reply() };
    let _ = world.app.twilio().unwrap().inbound_form(&reply);
}

async fn later(world: &World, minutes: i64) {
    world.app.clock.advance(TimeDelta::minutes(minutes));
    world.app.system.run_reminders().await.unwrap();
}

#[tokio::test]
async fn what_never_arrived_is_found_within_the_hour_and_counts_once() {
    let (world, appointment) = reminded().await;
    later(&world, 5).await;
    loses(&world, "Confirmo");
    later(&world, 30).await;
    assert_eq!(status(&world, &appointment).await, "PENDING", "it is looked once an hour");
    for _ in 0..4 {
        later(&world, 61).await;
        assert_eq!(status(&world, &appointment).await, "CONFIRMED");
    }
    assert_eq!(outbox(&world).len(), 2, "the reminder and one answer");
    assert_eq!(world.list("/api/notifications/inbound/").await.len(), 1);
}

#[tokio::test]
async fn what_is_still_on_its_way_is_left_to_the_webhook() {
    let (world, appointment) = reminded().await;
    world.app.clock.advance(TimeDelta::minutes(70));
    loses(&world, "Confirmo");
    later(&world, 1).await;
    assert_eq!(status(&world, &appointment).await, "PENDING");
    later(&world, 61).await;
    assert_eq!(status(&world, &appointment).await, "CONFIRMED");
}

#[tokio::test]
async fn a_late_message_answers_nothing_that_was_asked_after_it() {
    let (world, appointment) = reminded().await;
    loses(&world, "1");
    world.app.clock.advance(TimeDelta::minutes(5));
    says(&world, "cancelar").await;
    assert!(last_words(&world).starts_with("¿Cancelar su cita"));
    // Found now, the "1" would be a yes to a question that came after it.
    later(&world, 61).await;
    assert_eq!(status(&world, &appointment).await, "PENDING");
    assert_eq!(world.list("/api/notifications/inbound/").await.len(), 2);
}

#[tokio::test]
async fn a_late_yes_does_not_answer_a_reminder_that_went_out_after_it() {
    let on = |blueprint: &mut local::system::Blueprint| {
        blueprint.settings.insert("LOOK_UP_INBOUND".into(), "true".into());
    };
    let world = World::on(TestApp::changed(Database::memory().await.unwrap(), on).await.unwrap()).await;
    let appointment = id(&world.book("10:00").await);
    // Nobody looks again before the reminder is out.
    world.tick("2025-12-13T08:30:00-03:00").await;
    loses(&world, "ok");
    world.tick(DUE).await;
    later(&world, 61).await;
    assert_eq!(status(&world, &appointment).await, "PENDING");
}

#[tokio::test]
async fn a_chat_counts_as_open_from_when_the_patient_wrote() {
    let (world, appointment) = reminded().await;
    loses(&world, "Confirmo");
    // Nothing ran for longer than a chat stays open.
    later(&world, 26 * 60).await;
    assert_eq!(status(&world, &appointment).await, "CONFIRMED");
    assert_eq!(outbox(&world).len(), 1, "an answer now would be refused");
    let answer = world.list(&format!("/api/notifications/?appointment={appointment}&kind=reply")).await.remove(0);
    assert_eq!(text(&answer, "status"), "expired");
}

#[tokio::test]
async fn the_name_of_a_file_is_no_answer_in_the_books_either() {
    let (world, appointment) = reminded().await;
    world.app.twilio().unwrap().lose_file(&world.reply().from, "confirmo.pdf");
    later(&world, 61).await;
    assert_eq!(status(&world, &appointment).await, "PENDING");
    let row = world.list("/api/notifications/inbound/").await.remove(0);
    assert_eq!((text(&row, "intent"), text(&row, "body")), ("media".into(), "confirmo.pdf".into()));
}
