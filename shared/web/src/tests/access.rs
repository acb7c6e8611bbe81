//! Authentication, roles, and the order of checks.

use super::events::GatewayEvent;
use super::{NotesApi, notes};
use crate::Policy;

#[tokio::test]
async fn a_request_without_a_valid_token_is_refused() {
    let api = NotesApi::new();
    for event in [
        GatewayEvent::new("GET", "/api/notes/"),
        GatewayEvent::new("GET", "/api/notes/").header("Authorization", "Basic b2xnYQ=="),
        GatewayEvent::new("GET", "/api/notes/").header("Authorization", "Bearer "),
        GatewayEvent::new("GET", "/api/notes/").by("nobody"),
    ] {
        let answer = api.call(&event).await;
        assert_eq!((answer.status, answer.code()), (401, "not_authenticated"));
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
    let answer = api.call(&GatewayEvent::new("GET", "/api/notes/").by("old")).await;
    assert_eq!((answer.status, answer.code()), (401, "token_expired"));
    assert_eq!(answer.header("www-authenticate"), "Bearer error=\"invalid_token\"");
}

#[tokio::test]
async fn the_role_has_to_suffice() {
    let api = NotesApi::new();
    let delete = GatewayEvent::new("DELETE", "/api/notes/1/");
    let answer = api.call(&delete.clone().by("olga")).await;
    assert_eq!((answer.status, answer.code()), (403, "permission_denied"));
    let answer = api.call(&delete.by("ada")).await;
    assert_eq!((answer.status, answer.header("content-type")), (204, ""));
    assert_eq!(
        api.call(&GatewayEvent::new("GET", "/api/notes/").header("authorization", "bearer ada")).await.status,
        200
    );
}

#[tokio::test]
async fn a_route_without_declared_access_is_not_served() {
    let api = NotesApi::new();
    for event in [GatewayEvent::new("GET", "/api/forgotten/"), GatewayEvent::new("GET", "/api/forgotten/").by("ada")] {
        let answer = api.call(&event).await;
        assert_eq!((answer.status, answer.code()), (403, "permission_denied"));
    }
}

#[tokio::test]
async fn checks_are_made_in_a_fixed_order() {
    let api = NotesApi::new();
    // Everything is wrong with this request; the answer names the first error, by the order of the checks.
    let all_wrong = GatewayEvent::new("POST", "/api/notes/?surprise=1").text("text/plain", "{");
    assert_eq!(api.call(&all_wrong).await.status, 401);
    let answer = api.call(&all_wrong.by("olga")).await;
    assert_eq!((answer.status, answer.code()), (415, "unsupported_media_type"));
    let large =
        GatewayEvent::new("POST", "/api/notes/?surprise=1").by("olga").text("application/json", &"x".repeat(65_537));
    assert_eq!(api.call(&large).await.code(), "too_large");
    let parameter = GatewayEvent::new("POST", "/api/notes/?surprise=1").by("olga").text("application/json", "{");
    assert_eq!(api.call(&parameter).await.fields(), ["surprise"]);
    let malformed = GatewayEvent::new("POST", "/api/notes/").by("olga").text("application/json", "{");
    assert_eq!(api.call(&malformed).await.code(), "malformed");
}

#[test]
fn the_policy_as_a_table() {
    insta::assert_snapshot!(Policy::of(&notes::router()).table());
}
