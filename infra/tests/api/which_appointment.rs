//! With several appointments the robot asks which is meant, and then does what was wanted.

use crate::replies::{DUE, last_words, says, status};
use crate::world::{PHONE, World, id, on_the_day};
use serde_json::json;

/// A mother and her child with the same number, both reminded.
async fn family() -> (World, String, String) {
    let world = World::new().await;
    let child = world.add_patient("Tomás", "50111222", PHONE).await;
    let own = id(&world.book("10:00").await);
    let booking = json!({ "patient": child, "doctor": world.doctor, "start_datetime": on_the_day("11:00") });
    let childs = world.try_book(booking).await.expect_status(201).unwrap().id();
    world.tick(DUE).await;
    (world, own, childs)
}

#[tokio::test]
async fn a_list_of_names_and_times_is_asked_and_answered() {
    for (words, number, expected) in [
        ("Confirmo", "2", ("PENDING", "CONFIRMED")),
        ("1", "1", ("CONFIRMED", "PENDING")),
        ("Reprogramar", "2", ("PENDING", "RESCHEDULED")),
    ] {
        let (world, own, childs) = family().await;
        says(&world, words).await;
        assert_eq!(
            last_words(&world),
            "¿De qué cita nos habla?\n1. Lucía, lunes 15 de diciembre, 10:00\n2. Tomás, lunes 15 de diciembre, 11:00"
        );
        assert_eq!((status(&world, &own).await, status(&world, &childs).await), ("PENDING".into(), "PENDING".into()));
        says(&world, number).await;
        let found = (status(&world, &own).await, status(&world, &childs).await);
        assert_eq!(found, (expected.0.into(), expected.1.into()), "{words}, {number}");
    }
}

#[tokio::test]
async fn a_cancellation_is_asked_once_more_for_the_chosen_one() {
    let (world, own, childs) = family().await;
    says(&world, "Cancelar").await;
    says(&world, "2").await;
    assert!(last_words(&world).starts_with("¿Cancelar su cita del lunes 15 de diciembre a las 11:00?"));
    assert_eq!(status(&world, &childs).await, "PENDING");
    says(&world, "1").await;
    assert_eq!((status(&world, &own).await, status(&world, &childs).await), ("PENDING".into(), "CANCELLED".into()));
}

#[tokio::test]
async fn a_number_that_is_not_in_the_list_does_nothing() {
    let (world, own, childs) = family().await;
    says(&world, "Confirmo").await;
    for words in ["3", "9", "las dos"] {
        says(&world, words).await;
        assert_eq!((status(&world, &own).await, status(&world, &childs).await), ("PENDING".into(), "PENDING".into()));
    }
}
