//! What does "1" mean? It answers the question that was asked last; where that isn't certain, nothing
//! happens and the patient is asked again.

use crate::replies::{last_words, reminded, says, status};
use crate::world::{World, id};
use serde_json::json;

const CHOICES: &str = "Responda 1 Confirmar, 2 Reprogramar o 3 Cancelar";

#[tokio::test]
async fn a_question_is_repeated_in_its_own_words() {
    for (answer, wanted) in [("1", "CANCELLED"), ("2", "PENDING")] {
        let (world, appointment, _) = reminded().await;
        says(&world, "Cancelar").await;
        let question = last_words(&world);
        says(&world, "este... no sé bien").await;
        assert_eq!(last_words(&world), question, "with the other choices 1 would mean something else");
        says(&world, answer).await;
        assert_eq!(status(&world, &appointment).await, wanted);
    }
}

#[tokio::test]
async fn what_answers_a_question_a_day_old_is_no_confirmation() {
    for answer in ["1", "sí"] {
        let (world, appointment, _) = reminded().await;
        says(&world, "Cancelar").await;
        world.app.set_now("2025-12-14T09:00:00-03:00").unwrap();
        says(&world, answer).await;
        assert_eq!(status(&world, &appointment).await, "PENDING", "{answer}");
        assert!(last_words(&world).contains(CHOICES));
        says(&world, "1").await;
        assert_eq!(status(&world, &appointment).await, "CONFIRMED", "now it was asked what 1 answers");
    }
}

#[tokio::test]
async fn a_reminder_after_the_question_makes_1_unclear() {
    let (world, first, _) = reminded().await;
    let second = second_appointment(&world).await;
    world.app.set_now("2025-12-13T19:00:00-03:00").unwrap();
    says(&world, "Cancelar").await;
    world.tick("2025-12-14T09:00:00-03:00").await;
    assert!(last_words(&world).contains(CHOICES));
    says(&world, "1").await;
    for appointment in [&first, &second] {
        assert_eq!(status(&world, appointment).await, "PENDING", "cancel the one or confirm the other?");
    }
}

#[tokio::test]
async fn a_reminder_long_after_the_question_is_answered_as_usual() {
    let (world, first, _) = reminded().await;
    says(&world, "Cancelar").await;
    let second = second_appointment(&world).await;
    let cancel = json!({ "action": "cancel", "reason": "llamó" });
    world.act(&first, &cancel).await.expect_status(200).unwrap();
    world.tick("2025-12-14T09:00:00-03:00").await;
    world.app.set_now("2025-12-14T10:00:00-03:00").unwrap();
    says(&world, "1").await;
    assert_eq!(status(&world, &second).await, "CONFIRMED");
}

/// An appointment of the same patient on the next day.
async fn second_appointment(world: &World) -> String {
    world.open(&world.doctor, &world.room, "2025-12-16", "09:00", "13:00").await;
    id(&world.book("2025-12-16T10:00:00-03:00").await)
}
