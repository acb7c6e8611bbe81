//! Who gets through.

use super::events::Event;
use super::{Stage, notes};
use crate::Policy;

#[tokio::test]
async fn nobody_without_a_token() {
    let stage = Stage::new();
    for event in [
        Event::new("GET", "/api/notes/"),
        Event::new("GET", "/api/notes/").header("Authorization", "Basic b2xnYQ=="),
        Event::new("GET", "/api/notes/").header("Authorization", "Bearer "),
        Event::new("GET", "/api/notes/").by("nobody"),
    ] {
        let answer = stage.call(&event).await;
        assert_eq!((answer.status, answer.code()), (401, "not_authenticated"));
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
    let answer = stage.call(&Event::new("GET", "/api/notes/").by("old")).await;
    assert_eq!((answer.status, answer.code()), (401, "token_expired"));
    assert_eq!(answer.header("www-authenticate"), "Bearer error=\"invalid_token\"");
}

#[tokio::test]
async fn a_role_is_enough_or_not() {
    let stage = Stage::new();
    let delete = Event::new("DELETE", "/api/notes/1/");
    let answer = stage.call(&delete.clone().by("olga")).await;
    assert_eq!((answer.status, answer.code()), (403, "permission_denied"));
    let answer = stage.call(&delete.by("ada")).await;
    assert_eq!((answer.status, answer.header("content-type")), (204, ""));
    assert_eq!(stage.call(&Event::new("GET", "/api/notes/").header("authorization", "bearer ada")).await.status, 200);
}

#[tokio::test]
async fn what_does_not_say_who_may_call_it_is_not_served() {
    let stage = Stage::new();
    for event in [Event::new("GET", "/api/forgotten/"), Event::new("GET", "/api/forgotten/").by("ada")] {
        let answer = stage.call(&event).await;
        assert_eq!((answer.status, answer.code()), (403, "permission_denied"));
    }
}

#[tokio::test]
async fn checks_come_in_their_order() {
    let stage = Stage::new();
    // Nothing is right with this one; each time, the first thing wrong is named.
    let all_wrong = Event::new("POST", "/api/notes/?surprise=1").text("text/plain", "{");
    assert_eq!(stage.call(&all_wrong).await.status, 401);
    let answer = stage.call(&all_wrong.by("olga")).await;
    assert_eq!((answer.status, answer.code()), (415, "unsupported_media_type"));
    let large = Event::new("POST", "/api/notes/?surprise=1").by("olga").text("application/json", &"x".repeat(65_537));
    assert_eq!(stage.call(&large).await.code(), "too_large");
    let parameter = Event::new("POST", "/api/notes/?surprise=1").by("olga").text("application/json", "{");
    assert_eq!(stage.call(&parameter).await.fields(), ["surprise"]);
    let malformed = Event::new("POST", "/api/notes/").by("olga").text("application/json", "{");
    assert_eq!(stage.call(&malformed).await.code(), "malformed");
}

#[test]
fn the_policy_as_a_table() {
    insta::assert_snapshot!(Policy::of(&notes::router()).table());
}
