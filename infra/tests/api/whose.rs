//! Which appointment does a patient mean? The one that the answered message was about; never somebody
//! else's, one that is over, or simply the last.

use crate::replies::{DUE, button, last_words, outbox, reminded, says, status};
use crate::world::{PHONE, World, id, on_the_day, text};
use local::fake_twilio::PatientReply;
use serde_json::{Value, json};

#[tokio::test]
async fn nobody_presses_somebody_elses_button() {
    let world = World::new().await;
    let mine = id(&world.book("10:00").await);
    let ana = world.add_patient("Ana", "77", "+12025550177").await;
    let booking = json!({ "patient": ana, "doctor": world.doctor, "start_datetime": on_the_day("11:00") });
    let hers = world.try_book(booking).await.expect_status(201).unwrap().id();
    world.tick(DUE).await;
    let her_message = outbox(&world).into_iter().find(|message| message.to.ends_with("0177")).unwrap();
    let payload = button(&world, "cancel", &hers).await;
    world.presses(&payload, &her_message.sid).await.expect_status(200).unwrap();
    let quoted =
        PatientReply { body: Some("Confirmo".into()), original_sid: Some(her_message.sid.clone()), ..world.reply() };
    world.app.patient_writes(&quoted).await.unwrap().expect_status(200).unwrap();
    world.presses("cancel:019b2f3e-7a10-7cc1-9d7e-0242ac120002", "SM0").await.expect_status(200).unwrap();
    assert_eq!(status(&world, &hers).await, "PENDING");
    assert_eq!(status(&world, &mine).await, "PENDING", "nor is it taken for one of their own");
}

#[tokio::test]
async fn with_two_appointments_the_answered_message_tells_which() {
    let world = World::new().await;
    let child = world.add_patient("Tomás", "50111222", PHONE).await;
    let own = id(&world.book("10:00").await);
    let booking = json!({ "patient": child, "doctor": world.doctor, "start_datetime": on_the_day("11:00") });
    let childs = world.try_book(booking).await.expect_status(201).unwrap().id();
    // Two reminders to one number are kept apart in time.
    for minute in ["00:00", "01:00", "02:00"] {
        world.tick(&format!("2025-12-13T09:{minute}-03:00")).await;
    }
    assert_eq!(outbox(&world).len(), 2);
    says(&world, "Confirmo").await;
    let statuses = (status(&world, &own).await, status(&world, &childs).await);
    assert_eq!(statuses, ("PENDING".into(), "PENDING".into()), "the last one is never the answer");

    let about = |appointment: &str, rows: &[Value]| {
        text(rows.iter().find(|row| text(row, "appointment") == appointment).unwrap(), "external_id")
    };
    let rows = world.list("/api/notifications/?kind=reminder").await;
    let quoted =
        PatientReply { body: Some("Confirmo".into()), original_sid: Some(about(&childs, &rows)), ..world.reply() };
    world.app.patient_writes(&quoted).await.unwrap().expect_status(200).unwrap();
    assert_eq!((status(&world, &own).await, status(&world, &childs).await), ("PENDING".into(), "CONFIRMED".into()));
}

#[tokio::test]
async fn after_the_start_a_message_only_informs() {
    let (world, appointment, message) = reminded().await;
    let before = world.appointment(&appointment).await;
    world.app.set_now(&on_the_day("10:00")).unwrap();
    for action in ["confirm", "cancel", "reschedule"] {
        let payload = button(&world, action, &appointment).await;
        world.presses(&payload, &message.sid).await.expect_status(200).unwrap();
        assert!(last_words(&world).contains("ya no se puede cambiar"), "{action}");
    }
    says(&world, "confirmo").await;
    assert_eq!(world.appointment(&appointment).await, before);
}

#[tokio::test]
async fn a_late_answer_to_an_old_message_leaves_the_new_appointment_alone() {
    let (world, appointment, message) = reminded().await;
    let wish = json!({ "action": "reschedule", "start_datetime": on_the_day("12:00") });
    let new = world.act(&appointment, &wish).await.expect_status(201).unwrap().id();
    let payload = button(&world, "cancel", &appointment).await;
    world.presses(&payload, &message.sid).await.expect_status(200).unwrap();
    assert_eq!(
        (status(&world, &appointment).await, status(&world, &new).await),
        ("RESCHEDULED".into(), "PENDING".into())
    );
    assert!(last_words(&world).contains("cambió: ahora es el lunes 15 de diciembre a las 12:00"));
}
