//! "Reprogramar": the next free times are offered in the chat, and a number moves the appointment.

use crate::replies::{DUE, button, last_words, outbox, reminded, says, status};
use crate::world::{PHONE, World, id, on_the_day, text};
use local::system::{FAKE_ACCOUNT, FAKE_SENDER};
use serde_json::{Value, json};

/// The times of the last list, as they are written there.
fn offered(world: &World) -> Vec<String> {
    let words = last_words(world);
    words.lines().skip(1).map(|line| line.split_once(". ").unwrap().1.to_owned()).collect()
}

async fn moved(world: &World, appointment: &str) -> Value {
    world.appointment(&text(&world.appointment(appointment).await, "rescheduled_to")).await
}

#[tokio::test]
async fn a_number_moves_the_appointment() {
    let (world, appointment, _) = reminded().await;
    says(&world, "Reprogramar").await;
    let lines = offered(&world);
    let monday = |time: &str| format!("lunes 15 de diciembre, {time}");
    let expected = ["09:00", "09:30", "10:30", "11:00", "11:30", "12:00"].map(monday);
    assert_eq!(lines.split_last().unwrap(), (&"Ninguno de estos".to_owned(), expected.as_slice()));
    assert!(last_words(&world).starts_with("Elija un nuevo horario:"));
    assert_eq!(status(&world, &appointment).await, "RESCHEDULED");
    says(&world, "2").await;
    let new = moved(&world, &appointment).await;
    assert_eq!((text(&new, "status"), text(&new, "start_datetime")), ("CONFIRMED".into(), on_the_day("09:30")));
    assert_eq!((text(&new, "confirmed_via"), text(&new, "rescheduled_from")), ("whatsapp".into(), appointment.clone()));
    assert!(last_words(&world).contains("es ahora el lunes 15 de diciembre a las 09:30"));
    let old = world.appointment(&appointment).await;
    assert!(old["hold_until"].is_null() && old["needs_attention"] == json!(false), "{old}");
    world.book("10:00").await;
    let trail = world.list(&format!("/api/appointments/{appointment}/actions/")).await;
    let last = trail.iter().find(|row| row["action"] == "reschedule").unwrap();
    assert_eq!((text(&last["actor"], "type"), text(last, "channel")), ("patient".into(), "whatsapp".into()));
}

#[tokio::test]
async fn the_same_choice_twice_moves_once() {
    let (world, appointment, _) = reminded().await;
    says(&world, "Reprogramar").await;
    let form = [
        ("MessageSid", "SM00000000000000000000000000000009"),
        ("AccountSid", FAKE_ACCOUNT),
        ("From", &format!("whatsapp:{PHONE}")),
        ("To", FAKE_SENDER),
        ("Body", "1"),
    ];
    let form: Vec<_> = form.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    for _ in 0..2 {
        world.app.signed("/api/notifications/whatsapp/webhook/", &form).await.unwrap().expect_status(200).unwrap();
    }
    let new = id(&moved(&world, &appointment).await);
    // Another "1" answers nothing any more, least of all with yet another time.
    says(&world, "1").await;
    assert_eq!(id(&moved(&world, &appointment).await), new);
    assert_eq!(status(&world, &new).await, "CONFIRMED");
}

#[tokio::test]
async fn a_time_that_is_gone_brings_others() {
    let (world, appointment, _) = reminded().await;
    says(&world, "Reprogramar").await;
    let other = world.add_patient("Ana", "77", "+12025550177").await;
    let booking = json!({ "patient": other, "doctor": world.doctor, "start_datetime": on_the_day("09:00") });
    world.try_book(booking).await.expect_status(201).unwrap();
    says(&world, "1").await;
    assert_eq!(status(&world, &appointment).await, "RESCHEDULED");
    assert!(last_words(&world).starts_with("Ese horario ya no está libre. Elija otro:"));
    assert_eq!(offered(&world)[0], "lunes 15 de diciembre, 09:30");
    says(&world, "1").await;
    assert_eq!(text(&moved(&world, &appointment).await, "start_datetime"), on_the_day("09:30"));
}

#[tokio::test]
async fn none_of_these_is_for_a_person() {
    let (world, appointment, _) = reminded().await;
    says(&world, "Reprogramar").await;
    let none = offered(&world).len();
    says(&world, &none.to_string()).await;
    assert!(last_words(&world).contains("Le escribiremos para acordar otra"));
    let held = world.appointment(&appointment).await;
    assert!(held["needs_attention"] == json!(true) && held["rescheduled_to"].is_null(), "{held}");
    says(&world, "1").await;
    assert!(world.appointment(&appointment).await["rescheduled_to"].is_null(), "the list is over");
}

/// What is said to a list of times, in words.
#[tokio::test]
async fn words_answer_a_list_too() {
    for (words, status_after, said) in [
        ("2. lunes 15 de diciembre, 09:30", "RESCHEDULED", "Elija un nuevo horario:"),
        ("No, ninguno me sirve", "RESCHEDULED", "Le escribiremos para acordar otra"),
        ("mejor mantener mi cita", "CONFIRMED", "está confirmada"),
        ("cancelar", "RESCHEDULED", "¿Cancelar"),
        ("ok", "RESCHEDULED", "Elija un nuevo horario:"),
    ] {
        let (world, appointment, _) = reminded().await;
        says(&world, "Reprogramar").await;
        says(&world, words).await;
        let held = world.appointment(&appointment).await;
        assert_eq!(
            (text(&held, "status"), held["rescheduled_to"].clone()),
            (status_after.into(), json!(null)),
            "{words}"
        );
        assert!(last_words(&world).contains(said), "{words}: {}", last_words(&world));
    }
}

#[tokio::test]
async fn whoever_confirms_after_all_keeps_the_appointment() {
    let (world, appointment, message) = reminded().await;
    says(&world, "Reprogramar").await;
    let payload = button(&world, "confirm", &appointment).await;
    world.presses(&payload, &message.sid).await.expect_status(200).unwrap();
    let kept = world.appointment(&appointment).await;
    assert_eq!((text(&kept, "status"), kept["needs_attention"].clone()), ("CONFIRMED".into(), json!(false)));
    assert!(last_words(&world).contains("está confirmada"));
    // With the time gone to somebody else, there are others.
    let (world, appointment, message) = reminded().await;
    says(&world, "Reprogramar").await;
    world.tick("2025-12-13T11:00:00-03:00").await;
    let other = world.add_patient("Ana", "77", "+12025550177").await;
    let booking = json!({ "patient": other, "doctor": world.doctor, "start_datetime": on_the_day("10:00") });
    world.try_book(booking).await.expect_status(201).unwrap();
    let payload = button(&world, "confirm", &appointment).await;
    world.presses(&payload, &message.sid).await.expect_status(200).unwrap();
    assert_eq!(status(&world, &appointment).await, "RESCHEDULED");
    assert!(last_words(&world).starts_with("Ese horario ya no está libre"));
}

#[tokio::test]
async fn without_free_time_a_person_finds_one() {
    let (world, appointment, _) = reminded().await;
    let block = json!({
        "doctor": world.doctor, "reason": "congreso",
        "start_datetime": on_the_day("10:30"), "end_datetime": on_the_day("13:00"),
    });
    world.made("/api/schedules/blocks/", &block).await;
    for (number, time) in ["09:00", "09:30"].into_iter().enumerate() {
        let other = world.add_patient("Ana", &format!("7{number}"), &format!("+1202555017{number}")).await;
        let booking = json!({ "patient": other, "doctor": world.doctor, "start_datetime": on_the_day(time) });
        world.try_book(booking).await.expect_status(201).unwrap();
    }
    says(&world, "Reprogramar").await;
    assert_eq!(status(&world, &appointment).await, "RESCHEDULED");
    assert!(last_words(&world).contains("Le escribiremos para acordar otra"));
}

#[tokio::test]
async fn silence_ends_the_hold_and_the_patient_is_told() {
    let (world, appointment, _) = reminded().await;
    says(&world, "Reprogramar").await;
    world.tick("2025-12-13T11:00:00-03:00").await;
    let told =
        outbox(&world).into_iter().filter(|message| message.body.as_deref().unwrap().contains("Ya no reservamos"));
    assert_eq!(told.count(), 1);
    world.tick("2025-12-13T11:15:00-03:00").await;
    assert!(world.appointment(&appointment).await["hold_until"].is_null());
    // What was offered can still be taken, if it is still free.
    says(&world, "3").await;
    assert_eq!(text(&moved(&world, &appointment).await, "start_datetime"), on_the_day("10:30"));
}

/// A hold that staff asked for, or one that ends long after the patient wrote, ends silently: free text
/// is delivered in an open chat only.
#[tokio::test]
async fn nobody_is_written_to_out_of_a_chat() {
    let (world, appointment, _) = reminded().await;
    let before = outbox(&world).len();
    world.act(&appointment, &json!({ "action": "request_reschedule" })).await.expect_status(200).unwrap();
    world.tick("2025-12-13T11:00:00-03:00").await;
    assert!(world.appointment(&appointment).await["hold_until"].is_null());
    assert_eq!(outbox(&world).len(), before);

    let world = World::new().await;
    let settings = json!({ "hold_minutes": 10_000 });
    let path = format!("/api/clinics/clinics/{}/", world.clinic);
    world.admin().await.patch(&path, &settings).await.unwrap().expect_status(200).unwrap();
    let appointment = id(&world.book("10:00").await);
    world.tick(DUE).await;
    says(&world, "Reprogramar").await;
    let before = outbox(&world).len();
    world.tick(&on_the_day("10:00")).await;
    assert!(world.appointment(&appointment).await["hold_until"].is_null());
    assert_eq!(outbox(&world).len(), before);
}
