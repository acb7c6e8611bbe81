//! Who isn't known costs little and is told where to turn to, once a day. Who is known by anything is no
//! stranger.

use crate::replies::{DUE, button, last_words, outbox, reminded, says, status};
use crate::world::{World, id, text};
use domain::time::TimeDelta;
use local::fake_twilio::PatientReply;
use testkit::faulty_client::{Wire, operation};

const STRANGER: &str = "+5511987650000";

fn writes(world: &World, words: &str) -> PatientReply {
    PatientReply { from: STRANGER.into(), body: Some(words.into()), ..world.reply() }
}

#[tokio::test]
async fn a_stranger_is_told_once_a_day_and_kept_from_nobody() {
    let world = World::new().await;
    for words in ["oi, quero marcar uma consulta", "alô?", "1", "cancelar"] {
        world.app.patient_writes(&writes(&world, words)).await.unwrap().expect_status(200).unwrap();
    }
    assert_eq!(outbox(&world).len(), 1);
    assert!(last_words(&world).contains("ligue para a clínica"), "in the language of the country");
    world.app.clock.advance(TimeDelta::hours(25));
    world.app.patient_writes(&writes(&world, "e agora?")).await.unwrap().expect_status(200).unwrap();
    assert_eq!(outbox(&world).len(), 2);

    let kept = world.list("/api/notifications/inbound/").await;
    assert_eq!(kept.len(), 5);
    assert!(kept.iter().all(|row| text(row, "outcome") == "stranger" && row["needs_attention"] == false));
}

#[tokio::test]
async fn whoever_says_stop_is_told_nothing() {
    let world = World::new().await;
    let answer = world.app.patient_writes(&writes(&world, "STOP")).await.unwrap().expect_status(200).unwrap();
    assert!(answer.body.as_str().unwrap().contains("<Response/>"));
    assert_eq!(outbox(&world).len(), 0);
}

#[tokio::test]
async fn a_flood_costs_one_write_a_message() {
    let wire = Wire::default();
    let world = World::through(&wire).await;
    world.app.patient_writes(&writes(&world, "oi")).await.unwrap().expect_status(200).unwrap();
    wire.record();
    let flood = async {
        for number in 0..20 {
            let reply = writes(&world, &format!("spam {number}"));
            world.app.patient_writes(&reply).await.unwrap().expect_status(200).unwrap();
        }
    };
    operation(1, flood).await;
    let written: Vec<_> = wire.take(1).into_iter().filter(|exchange| exchange.kind.writes()).collect();
    let rows =
        written.iter().map(|exchange| exchange.request["TransactItems"].as_array().unwrap().len()).sum::<usize>();
    assert_eq!((written.len(), rows), (20, 20));
    assert_eq!(outbox(&world).len(), 1);
}

#[tokio::test]
async fn a_patient_who_was_never_reminded_is_no_stranger() {
    let world = World::new().await;
    let appointment = id(&world.book("10:00").await);
    says(&world, "cancelar").await;
    assert!(last_words(&world).contains("Una persona de la clínica"));
    assert_eq!(status(&world, &appointment).await, "PENDING", "nothing was asked of that patient yet");
    let left = world.list("/api/notifications/inbound/?needs_attention=true").await;
    assert_eq!((left.len(), text(&left[0], "outcome")), (1, "no_visit".into()));
}

#[tokio::test]
async fn somebody_who_hides_the_number_is_known_by_what_they_answer() {
    let (world, appointment, reminder) = reminded().await;
    let hidden = PatientReply { from: "MX.1502998877665544".into(), ..world.reply() };
    // Out of nothing: nobody knows who that is.
    let reply = PatientReply { body: Some("confirmo".into()), ..hidden.clone() };
    world.app.patient_writes(&reply).await.unwrap().expect_status(200).unwrap();
    assert_eq!(status(&world, &appointment).await, "PENDING");
    // With a button that hangs on no message of ours: anybody can write that.
    let payload = button(&world, "confirm", &appointment).await;
    let made_up = PatientReply { button_payload: Some(payload), ..hidden.clone() };
    for original_sid in [None, Some("SM00000000000000000000000000000000".to_owned())] {
        let reply = PatientReply { original_sid, ..made_up.clone() };
        world.app.patient_writes(&reply).await.unwrap().expect_status(200).unwrap();
        assert_eq!(status(&world, &appointment).await, "PENDING");
    }
    // Hung on the reminder, as a button always is.
    let reply = PatientReply { original_sid: Some(reminder.sid.clone()), ..reply };
    world.app.patient_writes(&reply).await.unwrap().expect_status(200).unwrap();
    assert_eq!(status(&world, &appointment).await, "CONFIRMED");
    assert_eq!(
        outbox(&world).last().unwrap().to,
        "whatsapp:MX.1502998877665544",
        "the answer goes to where it came from"
    );
}

#[tokio::test]
async fn another_way_to_write_a_number_is_no_other_number() {
    for (dialled, comes_back) in
        [("+525512345678", "+5215512345678"), ("+5491123456789", "+541123456789"), ("+5511987654321", "+551187654321")]
    {
        let world = World::new().await;
        let patient = world.add_patient("Ana", "77", dialled).await;
        let booking = serde_json::json!({ "patient": patient, "doctor": world.doctor,
            "start_datetime": crate::world::on_the_day("10:00") });
        let appointment = world.try_book(booking).await.expect_status(201).unwrap().id();
        world.tick(DUE).await;
        let reply = PatientReply { from: comes_back.into(), body: Some("Confirmo".into()), ..world.reply() };
        world.app.patient_writes(&reply).await.unwrap().expect_status(200).unwrap();
        assert_eq!(status(&world, &appointment).await, "CONFIRMED", "{dialled}");
        let sent = outbox(&world);
        assert_eq!(sent[0].to, format!("whatsapp:{dialled}"), "no digit is made up");
        assert_eq!(sent[1].to, format!("whatsapp:{comes_back}"), "the answer goes back verbatim");
    }
}
