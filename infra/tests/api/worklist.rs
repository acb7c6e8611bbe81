//! What the robot left to people, with the conversation around it.

use crate::replies::{outbox, reminded, says, status};
use crate::world::{PHONE, id, on_the_day, text};
use domain::user::Role;
use serde_json::{Value, json};

const LIST: &str = "/api/notifications/inbound/";

#[tokio::test]
async fn a_message_is_shown_as_it_came_with_what_came_of_it() {
    let (world, appointment, _) = reminded().await;
    says(&world, " Sí, confirmo ").await;
    let row = world.list(LIST).await.remove(0);
    let members: Vec<&str> = row.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        members,
        [
            "appointment",
            "body",
            "button_payload",
            "from",
            "id",
            "intent",
            "message_sid",
            "needs_attention",
            "outcome",
            "received_at",
            "version"
        ]
    );
    assert_eq!(row["from"], PHONE);
    assert_eq!(row["body"], " Sí, confirmo ");
    assert_eq!((text(&row, "intent"), text(&row, "outcome")), ("confirm".into(), "confirmed".into()));
    assert_eq!((text(&row, "appointment"), row["needs_attention"].clone()), (appointment, Value::Bool(false)));
    assert_eq!(text(&row, "received_at"), "2025-12-13T09:00:00-03:00", "by the clinic's clock");
    assert_eq!(status(&world, &text(&row, "appointment")).await, "CONFIRMED");
}

#[tokio::test]
async fn what_was_left_to_people_is_listed_until_somebody_has_looked() {
    let (world, _, _) = reminded().await;
    says(&world, "quizás vaya, no sé").await;
    says(&world, "depende del tráfico").await;
    let left = world.list(&format!("{LIST}?needs_attention=true")).await;
    assert_eq!((left.len(), text(&left[0], "body")), (1, "depende del tráfico".into()));
    assert_eq!(world.list(&format!("{LIST}?needs_attention=false")).await.len(), 1);
    let path = format!("{LIST}{}/", id(&left[0]));
    let operator = world.operator().await;
    let seen = json!({ "needs_attention": false });
    operator
        .clone()
        .header("if-match", "\"1\"")
        .unwrap()
        .patch(&path, &seen)
        .await
        .unwrap()
        .expect_status(412)
        .unwrap();
    let after = operator.patch(&path, &seen).await.unwrap().expect_status(200).unwrap();
    assert_eq!(after.body["needs_attention"], false);
    assert_eq!(after.header("etag"), format!("\"{}\"", after.body["version"]));
    assert!(world.list(&format!("{LIST}?needs_attention=true")).await.is_empty());
    let trail = world.list(&format!("/api/audit/?object_id={}", id(&left[0]))).await;
    assert_eq!(trail[0]["changes"]["needs_attention"], json!({ "old": "true", "new": "false" }));
    // A PATCH changes the members given: none is none.
    for (body, code) in [(json!({}), 200), (json!({ "needs_attention": "no" }), 400), (json!({ "body": "x" }), 400)] {
        operator.patch(&path, &body).await.unwrap().expect_status(code).unwrap();
    }
}

#[tokio::test]
async fn one_message_comes_with_the_whole_conversation() {
    let (world, appointment, _) = reminded().await;
    for words in ["¿?", "Reprogramar", "7"] {
        says(&world, words).await;
    }
    let last = world.list(LIST).await.remove(0);
    assert_eq!(text(&last, "body"), "7");
    let path = format!("{LIST}{}/", id(&last));
    let detail = world.operator().await.get(&path).await.unwrap().expect_status(200).unwrap().body;
    let thread = detail["thread"].as_array().unwrap();
    let directions: Vec<String> = thread.iter().map(|line| text(line, "direction")).collect();
    assert_eq!(directions.iter().filter(|direction| *direction == "in").count(), 3);
    assert_eq!(directions.iter().filter(|direction| *direction == "out").count(), outbox(&world).len());
    assert_eq!(directions[0], "out", "it began with our reminder");
    let said: Vec<String> = outbox(&world).iter().map(|message| message.body.clone().unwrap()).collect();
    for line in thread.iter().filter(|line| text(line, "direction") == "out") {
        assert!(said.contains(&text(line, "body")) && text(line, "status") == "sent", "{line}");
    }
    assert_eq!(text(&detail, "appointment"), appointment);
}

#[tokio::test]
async fn another_clinics_messages_are_not_there() {
    let (world, _, _) = reminded().await;
    says(&world, "Confirmo").await;
    let elsewhere = world.add_clinic("Norte").await;
    world.app.add_user("norte@example.com", Role::Operator, &[&elsewhere]).await.unwrap();
    let row = world.list(LIST).await.remove(0);
    let client = world.app.sign_in("norte@example.com").await.unwrap();
    assert!(client.get(LIST).await.unwrap().results().is_empty());
    let path = format!("{LIST}{}/", id(&row));
    client.get(&path).await.unwrap().expect_status(404).unwrap();
    client.patch(&path, &json!({ "needs_attention": true })).await.unwrap().expect_status(404).unwrap();
}

#[tokio::test]
async fn a_thread_shows_only_what_its_reader_may_see() {
    let (world, _, _) = reminded().await;
    says(&world, "Confirmo").await;
    let elsewhere = world.add_clinic("Norte").await;
    let room = world.add_room(&elsewhere, "Sala 9").await;
    let doctor = world.add_doctor("Berta", "Paz").await;
    world.open(&doctor, &room, "2025-12-15", "15:00", "18:00").await;
    let booking = json!({ "patient": world.patient, "doctor": doctor, "start_datetime": on_the_day("16:00") });
    world.try_book(booking).await.expect_status(201).unwrap();
    world.tick("2025-12-13T11:00:00-03:00").await;
    says(&world, "¿dónde queda?").await;
    world.app.add_user("norte@example.com", Role::Operator, &[&elsewhere]).await.unwrap();
    let client = world.app.sign_in("norte@example.com").await.unwrap();
    let rows = client.get(LIST).await.unwrap().results();
    for row in &rows {
        let detail = client.get(&format!("{LIST}{}/", id(row))).await.unwrap().expect_status(200).unwrap().body;
        for line in detail["thread"].as_array().unwrap() {
            assert!(!text(line, "body").contains("Centro") && text(line, "body") != "Confirmo", "{line}");
        }
    }
    assert!(!rows.is_empty());
}
