//! What people do about their own account: names, password, second factor.

use crate::auth::{me, refresh, sign_in};
use crate::world::World;
use domain::time::TimeDelta;
use identity::totp::Totp;
use local::database::Database;
use serde_json::{Value, json};
use testkit::test_app::{Answer, Client, PASSWORD, TestApp};

const DESK: &str = "operator@example.com";
const ADMIN: &str = "admin@example.com";
const NEXT: &str = "otra clave bastante larga";

#[tokio::test]
async fn names_and_nothing_else() {
    let world = World::new().await;
    let desk = world.operator().await;
    let named = desk.patch("/api/auth/me/", &json!({ "first_name": "Ana", "last_name": "Ríos" })).await.unwrap();
    assert_eq!((named.status.as_u16(), named.text("first_name").as_str()), (200, "Ana"));
    let cleared = desk.patch("/api/auth/me/", &json!({ "last_name": null })).await.unwrap();
    assert_eq!((cleared.text("first_name"), &cleared.body["last_name"]), ("Ana".to_owned(), &json!(null)));
    for member in ["role", "email", "clinics", "is_active", "password"] {
        let refused = desk.patch("/api/auth/me/", &json!({ member: "ADMIN" })).await.unwrap();
        assert!(refused.status == 400 && refused.body["errors"][member].is_array(), "{member}: {refused:?}");
    }
    assert_eq!(me(&world, &desk.token()).await.text("role"), "OPERATOR");
}

async fn change(client: &Client<'_>, current: &str, next: &str) -> Answer {
    let body = json!({ "current_password": current, "new_password": next });
    client.post("/api/auth/me/password/", &body).await.unwrap()
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let world = World::new().await;
    let (own, other) = (sign_in(&world, DESK, PASSWORD).await, sign_in(&world, DESK, PASSWORD).await);
    let desk = world.app.with_token(&own.text("access"));
    let wrong = change(&desk, "no es esta clave", NEXT).await.expect_status(400).unwrap();
    assert!(wrong.body["errors"]["current_password"].is_array(), "{wrong:?}");
    for bad in ["corta", "password1234"] {
        let refused = change(&desk, PASSWORD, bad).await.expect_status(400).unwrap();
        assert!(refused.body["errors"]["new_password"].is_array(), "{bad}: {refused:?}");
    }
    assert_eq!(me(&world, &other.text("access")).await.status, 200);
    change(&desk, PASSWORD, NEXT).await.expect_status(204).unwrap();
    assert_eq!(me(&world, &other.text("access")).await.status, 401);
    assert_eq!(refresh(&world, &other.text("refresh")).await.status, 401);
    assert_eq!(me(&world, &own.text("access")).await.status, 200, "the caller goes on");
    let renewed = refresh(&world, &own.text("refresh")).await.expect_status(200).unwrap();
    assert_eq!(me(&world, &renewed.text("access")).await.status, 200);
    assert_eq!(sign_in(&world, DESK, PASSWORD).await.status, 401);
    sign_in(&world, DESK, NEXT).await.expect_status(200).unwrap();
}

#[tokio::test]
async fn who_found_a_screen_open_cannot_guess_the_password() {
    let world = World::new().await;
    let desk = world.operator().await;
    for _ in 0..5 {
        change(&desk, "no es esta clave", NEXT).await.expect_status(400).unwrap();
    }
    assert_eq!(change(&desk, PASSWORD, NEXT).await.code(), "throttled");
}

#[tokio::test]
async fn logging_out_ends_the_access_token_too() {
    let world = World::new().await;
    let (one, other) = (sign_in(&world, DESK, PASSWORD).await, sign_in(&world, DESK, PASSWORD).await);
    let desk = world.app.with_token(&one.text("access"));
    desk.post("/api/auth/logout/", &json!({ "refresh": one.text("refresh") })).await.unwrap();
    assert_eq!(me(&world, &one.text("access")).await.code(), "not_authenticated");
    assert_eq!(me(&world, &other.text("access")).await.status, 200);
}

/// The code that the phone shows now.
fn code(world: &World, secret: &str) -> String {
    let totp: Totp = serde_json::from_value(json!(secret)).unwrap();
    totp.code(world.app.system.app.now().unix()).unwrap()
}

async fn totp(client: &Client<'_>, body: Value) -> Answer {
    client.post("/api/auth/me/totp/", &body).await.unwrap()
}

async fn sign_in_with(world: &World, email: &str, otp: Option<&str>) -> Answer {
    let body = json!({ "email": email, "password": PASSWORD, "otp": otp });
    world.app.anonymous().post("/api/auth/token/", &body).await.unwrap()
}

/// A user with a second factor: its secret, and the recovery codes.
async fn enrolled(world: &World, email: &str) -> (String, Vec<String>) {
    let client = world.app.sign_in(email).await.unwrap();
    let new = totp(&client, json!({})).await.expect_status(200).unwrap();
    let secret = new.text("secret");
    assert!(new.text("uri").contains(&format!("secret={secret}")) && new.body["is_active"] == json!(false));
    // Until it is confirmed nobody is asked for it.
    sign_in_with(world, email, None).await.expect_status(200).unwrap();
    let wrong = totp(&client, json!({ "otp": "000000" })).await.expect_status(400).unwrap();
    assert!(wrong.body["errors"]["otp"].is_array(), "{wrong:?}");
    let on = totp(&client, json!({ "otp": code(world, &secret) })).await.expect_status(200).unwrap();
    assert!(on.body["secret"].is_null() && on.body["is_active"] == json!(true), "{on:?}");
    let codes = on.body["recovery_codes"].as_array().unwrap().iter();
    (secret, codes.map(|code| code.as_str().unwrap().to_owned()).collect())
}

#[tokio::test]
async fn a_code_is_asked_for_and_good_once() {
    let world = World::new().await;
    let (secret, codes) = enrolled(&world, DESK).await;
    assert_eq!(sign_in_with(&world, DESK, None).await.code(), "otp_required");
    assert_eq!(sign_in_with(&world, DESK, Some("")).await.code(), "otp_required");
    assert_eq!(sign_in_with(&world, DESK, Some("000000")).await.code(), "invalid_credentials");
    assert_eq!(sign_in_with(&world, DESK, Some(&code(&world, &secret))).await.status, 401, "it has set the factor up");
    world.app.advance(TimeDelta::seconds(30));
    let now = code(&world, &secret);
    sign_in_with(&world, DESK, Some(&now)).await.expect_status(200).unwrap();
    assert_eq!(sign_in_with(&world, DESK, Some(&now)).await.code(), "invalid_credentials");
    sign_in_with(&world, DESK, Some(&codes[4].to_uppercase())).await.expect_status(200).unwrap();
    assert_eq!(sign_in_with(&world, DESK, Some(&codes[4])).await.code(), "invalid_credentials");
    let desk = world.app.with_token(&sign_in_with(&world, DESK, Some(&codes[5])).await.text("access"));
    assert_eq!(totp(&desk, json!({})).await.code(), "already_exists");
    desk.delete("/api/auth/me/totp/").await.unwrap().expect_status(204).unwrap();
    assert_eq!(desk.delete("/api/auth/me/totp/").await.unwrap().status, 404);
    sign_in_with(&world, DESK, None).await.expect_status(200).unwrap();
}

#[tokio::test]
async fn two_at_once_use_a_code_once() {
    let world = World::new().await;
    let (secret, _) = enrolled(&world, DESK).await;
    world.app.advance(TimeDelta::seconds(30));
    let now = code(&world, &secret);
    let all = futures_util::future::join_all((0..5).map(|_| sign_in_with(&world, DESK, Some(&now)))).await;
    assert_eq!(all.iter().filter(|answer| answer.status == 200).count(), 1);
}

/// Who knows the password doesn't get as many codes as there are by asking for one in between.
#[tokio::test]
async fn codes_are_not_guessed_either() {
    let world = World::new().await;
    enrolled(&world, DESK).await;
    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(sign_in_with(&world, DESK, Some("000000")).await.status.as_u16());
        sign_in_with(&world, DESK, None).await;
    }
    assert_eq!(statuses, [401, 401, 401, 401, 401, 429]);
}

#[tokio::test]
async fn an_administrator_may_need_one() {
    let app = TestApp::changed(Database::memory().await.unwrap(), |blueprint| {
        blueprint.settings.insert("REQUIRE_SECOND_FACTOR".into(), "true".into());
    });
    let app = app.await.unwrap();
    let admin = app.admin().await.unwrap();
    assert_eq!(admin.get("/api/auth/users/").await.unwrap().code(), "permission_denied");
    assert_eq!(admin.get("/api/patients/").await.unwrap().code(), "permission_denied");
    assert_eq!(admin.get("/api/auth/me/").await.unwrap().status, 200);
    assert_eq!(app.operator().await.unwrap().get("/api/patients/").await.unwrap().status, 200);
    let new = totp(&admin, json!({})).await;
    let secret: Totp = serde_json::from_value(json!(new.text("secret"))).unwrap();
    let otp = secret.code(app.system.app.now().unix()).unwrap();
    totp(&admin, json!({ "otp": otp })).await.expect_status(200).unwrap();
    assert_eq!(admin.get("/api/auth/users/").await.unwrap().status, 200, "the session has one now");
    app.advance(TimeDelta::seconds(30));
    let otp = secret.code(app.system.app.now().unix()).unwrap();
    let body = json!({ "email": ADMIN, "password": PASSWORD, "otp": otp });
    let tokens = app.anonymous().post("/api/auth/token/", &body).await.unwrap().expect_status(200).unwrap();
    let renewed = json!({ "refresh": tokens.text("refresh") });
    let renewed = app.anonymous().post("/api/auth/token/refresh/", &renewed).await.unwrap();
    let again = app.with_token(&renewed.text("access"));
    assert_eq!(again.get("/api/auth/users/").await.unwrap().status, 200, "a renewed session keeps it");
}
