//! Request bodies: how they are read, and how invalid ones are refused.

use super::NotesApi;
use super::events::GatewayEvent;
use serde_json::{Value, json};

fn create() -> GatewayEvent {
    GatewayEvent::new("POST", "/api/notes/").by("olga")
}

#[tokio::test]
async fn a_created_resource_has_location_and_etag() {
    let answer = NotesApi::new().call(&create().body(json!({"title": "t"}))).await;
    assert_eq!((answer.status, answer.json["title"].as_str()), (201, Some("t")));
    assert_eq!(answer.header("location"), "/prod/api/notes/01940000-0000-7000-8000-000000000001/");
    assert_eq!(answer.header("etag"), "\"1\"");
    assert_eq!(answer.header("idempotency-replayed"), "");
}

#[tokio::test]
async fn a_body_is_required_and_has_to_be_json() {
    let api = NotesApi::new();
    for event in [create(), create().header("Content-Type", "text/plain"), create().text("application/xml", "{}")] {
        assert_eq!(api.call(&event).await.code(), "unsupported_media_type");
    }
    for text in ["", "[]", "{\"title\":", "\"x\""] {
        assert_eq!(api.call(&create().text("application/json", text)).await.code(), "malformed", "{text}");
    }
    let most = format!("{{\"title\":\"{}\"}}", "x".repeat(65_536 - 12));
    assert_eq!(api.call(&create().text("application/json", &most)).await.status, 201);
    assert_eq!(api.call(&create().text("application/json", &format!("{most} "))).await.code(), "too_large");
}

#[tokio::test]
async fn all_errors_are_reported_at_once() {
    let api = NotesApi::new();
    let event = create().text("application/json", r#"{"weight": "secret", "colour": 1, "text": "a", "text": "b"}"#);
    let answer = api.call(&event.header("Idempotency-Key", "").header("Accept-Language", "en")).await;
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
async fn a_patch_changes_the_given_members_only() {
    let api = NotesApi::new();
    let patch =
        |body| GatewayEvent::new("PATCH", "/api/notes/01940000-0000-7000-8000-000000000001/").by("olga").body(body);
    let answer = api.call(&patch(json!({"title": "after"})).header("If-Match", "\"3\"")).await;
    assert_eq!((answer.status, answer.header("etag")), (200, "\"4\""));
    assert_eq!((&answer.json["title"], &answer.json["text"]), (&json!("after"), &json!("text")));
    assert_eq!(answer.json["received"]["if_match"], 3);
    let answer = api.call(&patch(json!({"text": null})).header("If-Match", "*")).await;
    assert_eq!((&answer.json["title"], &answer.json["text"]), (&json!("before"), &Value::Null));
    assert_eq!(answer.json["received"]["if_match"], Value::Null);
    let answer = api.call(&patch(json!({})).header("If-Match", "W/\"3\"")).await;
    assert_eq!(answer.json["received"]["if_match"], u64::MAX);
    let answer = api.call(&patch(json!({"title": null, "weight": [], "colour": 1}))).await;
    assert_eq!((answer.status, answer.fields()), (400, vec!["colour", "title", "weight"]));
}

#[tokio::test]
async fn an_optional_body_may_be_left_out() {
    let api = NotesApi::new();
    let send = GatewayEvent::new("POST", "/api/notes/x/send/01940000-0000-7000-8000-00000000000c/").by("olga");
    let answer = api.call(&send).await;
    assert_eq!((answer.status, &answer.json["received"]["force"]), (200, &json!(false)));
    assert_eq!(answer.json["received"]["room"], "01940000-0000-7000-8000-00000000000c");
    assert_eq!(api.call(&send.clone().body(json!({"force": true}))).await.json["received"]["force"], true);
    assert_eq!(api.call(&send.clone().body(json!({"farce": true}))).await.fields(), ["farce"]);
    assert_eq!(api.call(&send.text("text/plain", "force")).await.status, 415);
}

#[tokio::test]
async fn a_client_key_makes_an_idempotency_key_per_user_and_path() {
    let api = NotesApi::new();
    let body = |text: &str| create().text("application/json", text);
    let key = |event: GatewayEvent| event.header("Idempotency-Key", "k 1");
    let first = api.call(&key(body(r#"{"title": "t", "weight": 1}"#))).await;
    let same = api.call(&key(body(r#"{"weight":1,"title":"t"}"#))).await;
    assert_eq!(first.json["received"]["from_client"], true);
    assert_eq!(first.header("idempotency-replayed"), "true");
    assert_eq!(first.json["received"]["scope"], same.json["received"]["scope"]);
    assert_eq!(first.json["received"]["fingerprint"], same.json["received"]["fingerprint"]);

    let other_body = api.call(&key(body(r#"{"title": "u"}"#))).await;
    assert_eq!(first.json["received"]["scope"], other_body.json["received"]["scope"]);
    assert_ne!(first.json["received"]["fingerprint"], other_body.json["received"]["fingerprint"]);
    let other_user = api.call(&key(body(r#"{"title": "t", "weight": 1}"#)).by("otto")).await;
    assert_ne!(first.json["received"]["scope"], other_user.json["received"]["scope"]);

    let without = api.call(&body(r#"{"title": "t", "weight": 1}"#)).await;
    assert_eq!(without.json["received"]["from_client"], false);
    assert_eq!(without.json["received"]["fingerprint"], "");
    let wrong = api.call(&body(r#"{"title": "t"}"#).header("Idempotency-Key", "clé")).await;
    assert_eq!(wrong.fields(), ["Idempotency-Key"]);
    let without_idempotency = GatewayEvent::new("POST", "/api/secret/").by("olga").body(json!({"title": "t"}));
    assert_eq!(api.call(&key(without_idempotency)).await.status, 204);
}
