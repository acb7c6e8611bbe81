//! Who gets in, and for how long? Signing in, refreshing, logging out.

use crate::world::{World, text};
use domain::time::TimeDelta;
use serde_json::json;
use testkit::test_app::{Answer, PASSWORD};

pub(crate) async fn sign_in(world: &World, email: &str, password: &str) -> Answer {
    let body = json!({ "email": email, "password": password });
    world.app.anonymous().post("/api/auth/token/", &body).await.unwrap()
}

pub(crate) async fn refresh(world: &World, token: &str) -> Answer {
    world.app.anonymous().post("/api/auth/token/refresh/", &json!({ "refresh": token })).await.unwrap()
}

pub(crate) async fn me(world: &World, access: &str) -> Answer {
    world.app.with_token(access).get("/api/auth/me/").await.unwrap()
}

#[tokio::test]
async fn signing_in_gives_tokens_and_the_user() {
    let world = World::new().await;
    let answer = sign_in(&world, " Operator@Example.COM ", PASSWORD).await.expect_status(200).unwrap();
    assert_eq!((answer.text("token_type").as_str(), &answer.body["expires_in"]), ("Bearer", &json!(600)));
    let user = &answer.body["user"];
    assert_eq!((text(user, "email").as_str(), text(user, "role").as_str()), ("operator@example.com", "OPERATOR"));
    assert!(user.get("password").is_none());
    let own = me(&world, &answer.text("access")).await.expect_status(200).unwrap();
    assert_eq!(own.text("last_login_at"), "2025-12-01T12:00:00Z");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_look_the_same() {
    let world = World::new().await;
    let wrong = sign_in(&world, "operator@example.com", "no es esta clave").await.expect_status(401).unwrap();
    let unknown = sign_in(&world, "nadie@example.com", PASSWORD).await.expect_status(401).unwrap();
    assert_eq!(wrong.code(), "invalid_credentials");
    let shown = |answer: &Answer| (answer.code(), answer.text("title"), answer.text("detail"));
    assert_eq!(shown(&wrong), shown(&unknown));
}

#[tokio::test]
async fn an_access_token_lasts_ten_minutes() {
    let world = World::new().await;
    let access = world.token("operator@example.com").await;
    world.app.advance(TimeDelta::seconds(599));
    assert_eq!(me(&world, &access).await.status, 200);
    world.app.advance(TimeDelta::seconds(2));
    let late = me(&world, &access).await.expect_status(401).unwrap();
    assert_eq!(late.code(), "token_expired");
    assert!(late.header("www-authenticate").contains("invalid_token"));
}

/// A token is remembered once its signature was proven; one that is like it, but for a character, isn't it.
#[tokio::test]
async fn a_token_that_was_seen_before_vouches_for_no_other() {
    let world = World::new().await;
    let access = world.token("operator@example.com").await;
    for _ in 0..2 {
        assert_eq!(me(&world, &access).await.status, 200);
    }
    for place in [access.find('.').unwrap() + 20, access.rfind('.').unwrap() + 20] {
        let other = if access.as_bytes()[place] == b'A' { "B" } else { "A" };
        let mut changed = access.clone();
        changed.replace_range(place..=place, other);
        assert_eq!(me(&world, &changed).await.code(), "not_authenticated", "{place}");
    }
    assert_eq!(me(&world, &access).await.status, 200);
}

#[tokio::test]
async fn a_refresh_token_works_once() {
    let world = World::new().await;
    let first = sign_in(&world, "operator@example.com", PASSWORD).await.text("refresh");
    let renewed = refresh(&world, &first).await.expect_status(200).unwrap();
    assert_ne!(renewed.text("refresh"), first);
    assert_eq!(me(&world, &renewed.text("access")).await.status, 200);
    for member in ["access", "refresh", "token_type", "expires_in", "user"] {
        assert!(renewed.body.get(member).is_some(), "{member}");
    }

    world.app.advance(TimeDelta::minutes(1));
    let next = refresh(&world, &renewed.text("refresh")).await.expect_status(200).unwrap();
    let reused = refresh(&world, &first).await.expect_status(401).unwrap();
    assert_eq!(reused.code(), "not_authenticated");
    assert_eq!(refresh(&world, &next.text("refresh")).await.status, 401, "reuse ends the whole session");
    assert_eq!(refresh(&world, "made.up.token").await.status, 401);
}

#[tokio::test]
async fn logging_out_ends_one_session_or_all() {
    let world = World::new().await;
    let mut sessions = Vec::new();
    for _ in 0..3 {
        sessions.push(sign_in(&world, "operator@example.com", PASSWORD).await);
    }
    let client = world.app.with_token(&sessions[0].text("access"));
    let own = json!({ "refresh": sessions[0].text("refresh") });
    client.post("/api/auth/logout/", &own).await.unwrap().expect_status(204).unwrap();
    assert_eq!(refresh(&world, &sessions[0].text("refresh")).await.status, 401);
    let second = refresh(&world, &sessions[1].text("refresh")).await.expect_status(200).unwrap();
    assert_eq!(client.get("/api/auth/me/").await.unwrap().status, 401, "its access token is over, too");

    let client = world.app.with_token(&second.text("access"));
    assert_eq!(client.post("/api/auth/logout/", &json!({})).await.unwrap().status, 400);
    client.post("/api/auth/logout/", &json!({ "all": true })).await.unwrap().expect_status(204).unwrap();
    assert_eq!(refresh(&world, &second.text("refresh")).await.status, 401);
    assert_eq!(refresh(&world, &sessions[2].text("refresh")).await.status, 401);
}

#[tokio::test]
async fn nobody_logs_somebody_else_out() {
    let world = World::new().await;
    let victim = sign_in(&world, "admin@example.com", PASSWORD).await.text("refresh");
    let attempt = world.operator().await.post("/api/auth/logout/", &json!({ "refresh": victim })).await.unwrap();
    assert_eq!(attempt.status, 204);
    assert_eq!(refresh(&world, &victim).await.status, 200);
}
