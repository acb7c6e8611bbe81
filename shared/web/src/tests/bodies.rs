//! What is read of a body, and what is said of one that can't be.

use super::Stage;
use super::events::Event;
use serde_json::{Value, json};

fn create() -> Event {
    Event::new("POST", "/api/notes/").by("olga")
}

#[tokio::test]
async fn a_new_thing() {
    let answer = Stage::new().call(&create().body(json!({"title": "t"}))).await;
    assert_eq!((answer.status, answer.json["title"].as_str()), (201, Some("t")));
    assert_eq!(answer.header("location"), "/prod/api/notes/01940000-0000-7000-8000-000000000001/");
    assert_eq!(answer.header("etag"), "\"1\"");
    assert_eq!(answer.header("idempotency-replayed"), "");
}

#[tokio::test]
async fn a_body_has_to_be_there_and_json() {
    let stage = Stage::new();
    for event in [create(), create().header("Content-Type", "text/plain"), create().text("application/xml", "{}")] {
        assert_eq!(stage.call(&event).await.code(), "unsupported_media_type");
    }
    for text in ["", "[]", "{\"title\":", "\"x\""] {
        assert_eq!(stage.call(&create().text("application/json", text)).await.code(), "malformed", "{text}");
    }
    let most = format!("{{\"title\":\"{}\"}}", "x".repeat(65_536 - 12));
    assert_eq!(stage.call(&create().text("application/json", &most)).await.status, 201);
    assert_eq!(stage.call(&create().text("application/json", &format!("{most} "))).await.code(), "too_large");
}

#[tokio::test]
async fn everything_wrong_is_said_at_once() {
    let stage = Stage::new();
    let event = create().text("application/json", r#"{"weight": "secret", "colour": 1, "text": "a", "text": "b"}"#);
    let answer = stage.call(&event.header("Idempotency-Key", "").header("Accept-Language", "en")).await;
    assert_eq!((answer.status, answer.code()), (400, "validation_error"));
    assert_eq!(
        answer.json["errors"],
        json!({
            "Idempotency-Key": ["This field is required."],
            "colour": ["This field is not known."],
            "text": ["This field appears more than once."],
            "title": ["This field is required."],
            "weight": ["The value is not of the expected type."],
        })
    );
    assert!(!answer.json.to_string().contains("secret"));
}

#[tokio::test]
async fn a_patch_changes_what_it_names() {
    let stage = Stage::new();
    let patch = |body| Event::new("PATCH", "/api/notes/01940000-0000-7000-8000-000000000001/").by("olga").body(body);
    let answer = stage.call(&patch(json!({"title": "after"})).header("If-Match", "\"3\"")).await;
    assert_eq!((answer.status, answer.header("etag")), (200, "\"4\""));
    assert_eq!((&answer.json["title"], &answer.json["text"]), (&json!("after"), &json!("text")));
    assert_eq!(answer.json["heard"]["if_match"], 3);
    let answer = stage.call(&patch(json!({"text": null})).header("If-Match", "*")).await;
    assert_eq!((&answer.json["title"], &answer.json["text"]), (&json!("before"), &Value::Null));
    assert_eq!(answer.json["heard"]["if_match"], Value::Null);
    let answer = stage.call(&patch(json!({})).header("If-Match", "W/\"3\"")).await;
    assert_eq!(answer.json["heard"]["if_match"], u64::MAX);
    let answer = stage.call(&patch(json!({"title": null, "weight": [], "colour": 1}))).await;
    assert_eq!((answer.status, answer.fields()), (400, vec!["colour", "title", "weight"]));
}

#[tokio::test]
async fn a_body_that_may_be_left_out() {
    let stage = Stage::new();
    let send = Event::new("POST", "/api/notes/x/send/01940000-0000-7000-8000-00000000000c/").by("olga");
    let answer = stage.call(&send).await;
    assert_eq!((answer.status, &answer.json["heard"]["force"]), (200, &json!(false)));
    assert_eq!(answer.json["heard"]["room"], "01940000-0000-7000-8000-00000000000c");
    assert_eq!(stage.call(&send.clone().body(json!({"force": true}))).await.json["heard"]["force"], true);
    assert_eq!(stage.call(&send.clone().body(json!({"farce": true}))).await.fields(), ["farce"]);
    assert_eq!(stage.call(&send.text("text/plain", "force")).await.status, 415);
}

#[tokio::test]
async fn a_key_makes_a_post_happen_once() {
    let stage = Stage::new();
    let body = |text: &str| create().text("application/json", text);
    let key = |event: Event| event.header("Idempotency-Key", "k 1");
    let first = stage.call(&key(body(r#"{"title": "t", "weight": 1}"#))).await;
    let same = stage.call(&key(body(r#"{"weight":1,"title":"t"}"#))).await;
    assert_eq!(first.json["heard"]["from_client"], true);
    assert_eq!(first.header("idempotency-replayed"), "true");
    assert_eq!(first.json["heard"]["scope"], same.json["heard"]["scope"]);
    assert_eq!(first.json["heard"]["fingerprint"], same.json["heard"]["fingerprint"]);

    let other_body = stage.call(&key(body(r#"{"title": "u"}"#))).await;
    assert_eq!(first.json["heard"]["scope"], other_body.json["heard"]["scope"]);
    assert_ne!(first.json["heard"]["fingerprint"], other_body.json["heard"]["fingerprint"]);
    let other_user = stage.call(&key(body(r#"{"title": "t", "weight": 1}"#)).by("otto")).await;
    assert_ne!(first.json["heard"]["scope"], other_user.json["heard"]["scope"]);

    let without = stage.call(&body(r#"{"title": "t", "weight": 1}"#)).await;
    assert_eq!(without.json["heard"]["from_client"], false);
    assert_eq!(without.json["heard"]["fingerprint"], "");
    let wrong = stage.call(&body(r#"{"title": "t"}"#).header("Idempotency-Key", "clé")).await;
    assert_eq!(wrong.fields(), ["Idempotency-Key"]);
    let deaf = Event::new("POST", "/api/secret/").by("olga").body(json!({"title": "t"}));
    assert_eq!(stage.call(&key(deaf)).await.status, 204);
}
