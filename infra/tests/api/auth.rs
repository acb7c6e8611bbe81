//! Tests of signing in, refreshing tokens and logging out.

use crate::clinic_setup::{ClinicSetup, text};
use domain::time::TimeDelta;
use serde_json::json;
use testkit::test_app::{PASSWORD, TestResponse};

pub(crate) async fn sign_in(setup: &ClinicSetup, email: &str, password: &str) -> TestResponse {
    let body = json!({ "email": email, "password": password });
    setup.app.anonymous().post("/api/auth/token/", &body).await.unwrap()
}

pub(crate) async fn refresh(setup: &ClinicSetup, token: &str) -> TestResponse {
    setup.app.anonymous().post("/api/auth/token/refresh/", &json!({ "refresh": token })).await.unwrap()
}

pub(crate) async fn me(setup: &ClinicSetup, access: &str) -> TestResponse {
    setup.app.with_token(access).get("/api/auth/me/").await.unwrap()
}

#[tokio::test]
async fn signing_in_gives_tokens_and_the_user() {
    let setup = ClinicSetup::new().await;
    let answer = sign_in(&setup, " Operator@Example.COM ", PASSWORD).await.expect_status(200).unwrap();
    assert_eq!((answer.text("token_type").as_str(), &answer.body["expires_in"]), ("Bearer", &json!(600)));
    let user = &answer.body["user"];
    assert_eq!((text(user, "email").as_str(), text(user, "role").as_str()), ("operator@example.com", "OPERATOR"));
    assert!(user.get("password").is_none());
    let own = me(&setup, &answer.text("access")).await.expect_status(200).unwrap();
    assert_eq!(own.text("last_login_at"), "2025-12-01T12:00:00Z");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_email_get_the_same_answer() {
    let setup = ClinicSetup::new().await;
    let wrong = sign_in(&setup, "operator@example.com", "no es esta clave").await.expect_status(401).unwrap();
    let unknown = sign_in(&setup, "nadie@example.com", PASSWORD).await.expect_status(401).unwrap();
    assert_eq!(wrong.code(), "invalid_credentials");
    let shown = |answer: &TestResponse| (answer.code(), answer.text("title"), answer.text("detail"));
    assert_eq!(shown(&wrong), shown(&unknown));
}

#[tokio::test]
async fn an_access_token_lasts_ten_minutes() {
    let setup = ClinicSetup::new().await;
    let access = setup.token("operator@example.com").await;
    setup.app.advance(TimeDelta::seconds(599));
    assert_eq!(me(&setup, &access).await.status, 200);
    setup.app.advance(TimeDelta::seconds(2));
    let late = me(&setup, &access).await.expect_status(401).unwrap();
    assert_eq!(late.code(), "token_expired");
    assert!(late.header("www-authenticate").contains("invalid_token"));
}

/// Verified tokens are cached; a token that differs in one character must not hit the cache.
#[tokio::test]
async fn a_cached_token_does_not_authenticate_another_one() {
    let setup = ClinicSetup::new().await;
    let access = setup.token("operator@example.com").await;
    for _ in 0..2 {
        assert_eq!(me(&setup, &access).await.status, 200);
    }
    for index in [access.find('.').unwrap() + 20, access.rfind('.').unwrap() + 20] {
        let other = if access.as_bytes()[index] == b'A' { "B" } else { "A" };
        let mut changed = access.clone();
        changed.replace_range(index..=index, other);
        assert_eq!(me(&setup, &changed).await.code(), "not_authenticated", "{index}");
    }
    assert_eq!(me(&setup, &access).await.status, 200);
}

#[tokio::test]
async fn a_refresh_token_works_once() {
    let setup = ClinicSetup::new().await;
    let first = sign_in(&setup, "operator@example.com", PASSWORD).await.text("refresh");
    let renewed = refresh(&setup, &first).await.expect_status(200).unwrap();
    assert_ne!(renewed.text("refresh"), first);
    assert_eq!(me(&setup, &renewed.text("access")).await.status, 200);
    for member in ["access", "refresh", "token_type", "expires_in", "user"] {
        assert!(renewed.body.get(member).is_some(), "{member}");
    }

    setup.app.advance(TimeDelta::minutes(1));
    let next = refresh(&setup, &renewed.text("refresh")).await.expect_status(200).unwrap();
    let reused = refresh(&setup, &first).await.expect_status(401).unwrap();
    assert_eq!(reused.code(), "not_authenticated");
    assert_eq!(refresh(&setup, &next.text("refresh")).await.status, 401, "reuse ends the whole session");
    assert_eq!(refresh(&setup, "made.up.token").await.status, 401);
}

#[tokio::test]
async fn logging_out_ends_one_session_or_all() {
    let setup = ClinicSetup::new().await;
    let mut sessions = Vec::new();
    for _ in 0..3 {
        sessions.push(sign_in(&setup, "operator@example.com", PASSWORD).await);
    }
    let client = setup.app.with_token(&sessions[0].text("access"));
    let own = json!({ "refresh": sessions[0].text("refresh") });
    client.post("/api/auth/logout/", &own).await.unwrap().expect_status(204).unwrap();
    assert_eq!(refresh(&setup, &sessions[0].text("refresh")).await.status, 401);
    let second = refresh(&setup, &sessions[1].text("refresh")).await.expect_status(200).unwrap();
    assert_eq!(client.get("/api/auth/me/").await.unwrap().status, 401, "its access token is over, too");

    let client = setup.app.with_token(&second.text("access"));
    assert_eq!(client.post("/api/auth/logout/", &json!({})).await.unwrap().status, 400);
    client.post("/api/auth/logout/", &json!({ "all": true })).await.unwrap().expect_status(204).unwrap();
    assert_eq!(refresh(&setup, &second.text("refresh")).await.status, 401);
    assert_eq!(refresh(&setup, &sessions[2].text("refresh")).await.status, 401);
}

#[tokio::test]
async fn a_user_cannot_end_another_users_session() {
    let setup = ClinicSetup::new().await;
    let victim = sign_in(&setup, "admin@example.com", PASSWORD).await.text("refresh");
    let attempt = setup.operator().await.post("/api/auth/logout/", &json!({ "refresh": victim })).await.unwrap();
    assert_eq!(attempt.status, 204);
    assert_eq!(refresh(&setup, &victim).await.status, 200);
}
