//! Tests of the user's own account: names, password and second factor.

use crate::auth::{me, refresh, sign_in};
use crate::clinic_setup::ClinicSetup;
use domain::time::TimeDelta;
use identity::totp::Totp;
use local::database::Database;
use serde_json::{Value, json};
use testkit::test_app::{PASSWORD, TestApp, TestClient, TestResponse};

const OPERATOR: &str = "operator@example.com";
const ADMIN: &str = "admin@example.com";
const NEXT: &str = "otra clave bastante larga";

#[tokio::test]
async fn only_names_and_language_can_be_changed() {
    let setup = ClinicSetup::new().await;
    let operator = setup.operator().await;
    let named = operator.patch("/api/auth/me/", &json!({ "first_name": "Ana", "last_name": "Ríos" })).await.unwrap();
    assert_eq!((named.status.as_u16(), named.text("first_name").as_str()), (200, "Ana"));
    let cleared = operator.patch("/api/auth/me/", &json!({ "last_name": null })).await.unwrap();
    assert_eq!((cleared.text("first_name"), &cleared.body["last_name"]), ("Ana".to_owned(), &json!(null)));
    for member in ["role", "email", "clinics", "is_active", "password"] {
        let refused = operator.patch("/api/auth/me/", &json!({ member: "ADMIN" })).await.unwrap();
        assert!(refused.status == 400 && refused.body["errors"][member].is_array(), "{member}: {refused:?}");
    }
    assert_eq!(me(&setup, &operator.token()).await.text("role"), "OPERATOR");
}

/// A user who has chosen none has the browser's. It is a setting of the user: an ADMIN's PUT leaves it.
#[tokio::test]
async fn the_language_of_the_console_is_chosen_by_the_user() {
    let setup = ClinicSetup::new().await;
    let operator = setup.operator().await;
    let before = operator.get("/api/auth/me/").await.unwrap();
    assert_eq!(before.body["language"], json!(null));
    let chosen =
        operator.patch("/api/auth/me/", &json!({ "language": "pt" })).await.unwrap().expect_status(200).unwrap();
    assert_eq!((chosen.text("language").as_str(), chosen.header("etag").as_str()), ("pt", "\"2\""));
    for wrong in [json!("fr"), json!("PT"), json!(1)] {
        let refused = operator.patch("/api/auth/me/", &json!({ "language": wrong })).await.unwrap();
        assert!(refused.status == 400 && refused.body["errors"]["language"].is_array(), "{wrong}: {refused:?}");
    }
    assert_eq!(sign_in(&setup, OPERATOR, PASSWORD).await.body["user"]["language"], "pt");
    let path = format!("/api/auth/users/{}/", before.id());
    let admin = setup.admin().await;
    let put = |language: Option<&str>| {
        let mut body = json!({ "email": OPERATOR, "role": "OPERATOR" });
        if let Some(language) = language {
            body["language"] = json!(language);
        }
        body
    };
    assert_eq!(admin.put(&path, &put(None)).await.unwrap().expect_status(200).unwrap().text("language"), "pt");
    assert_eq!(admin.put(&path, &put(Some("en"))).await.unwrap().expect_status(200).unwrap().text("language"), "en");
    let cleared = operator.patch("/api/auth/me/", &json!({ "language": null })).await.unwrap();
    assert_eq!((cleared.status.as_u16(), &cleared.body["language"]), (200, &json!(null)));
}

async fn change_password(client: &TestClient<'_>, current: &str, next: &str) -> TestResponse {
    let body = json!({ "current_password": current, "new_password": next });
    client.post("/api/auth/me/password/", &body).await.unwrap()
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let setup = ClinicSetup::new().await;
    let (own, other) = (sign_in(&setup, OPERATOR, PASSWORD).await, sign_in(&setup, OPERATOR, PASSWORD).await);
    let operator = setup.app.with_token(&own.text("access"));
    let wrong = change_password(&operator, "no es esta clave", NEXT).await.expect_status(400).unwrap();
    assert!(wrong.body["errors"]["current_password"].is_array(), "{wrong:?}");
    for bad in ["corta", "password1234"] {
        let refused = change_password(&operator, PASSWORD, bad).await.expect_status(400).unwrap();
        assert!(refused.body["errors"]["new_password"].is_array(), "{bad}: {refused:?}");
    }
    assert_eq!(me(&setup, &other.text("access")).await.status, 200);
    change_password(&operator, PASSWORD, NEXT).await.expect_status(204).unwrap();
    assert_eq!(me(&setup, &other.text("access")).await.status, 401);
    assert_eq!(refresh(&setup, &other.text("refresh")).await.status, 401);
    assert_eq!(me(&setup, &own.text("access")).await.status, 200, "the caller goes on");
    let renewed = refresh(&setup, &own.text("refresh")).await.expect_status(200).unwrap();
    assert_eq!(me(&setup, &renewed.text("access")).await.status, 200);
    assert_eq!(sign_in(&setup, OPERATOR, PASSWORD).await.status, 401);
    sign_in(&setup, OPERATOR, NEXT).await.expect_status(200).unwrap();
}

#[tokio::test]
async fn guessing_the_current_password_is_throttled() {
    let setup = ClinicSetup::new().await;
    let operator = setup.operator().await;
    for _ in 0..5 {
        change_password(&operator, "no es esta clave", NEXT).await.expect_status(400).unwrap();
    }
    assert_eq!(change_password(&operator, PASSWORD, NEXT).await.code(), "throttled");
}

#[tokio::test]
async fn logging_out_ends_the_access_token_too() {
    let setup = ClinicSetup::new().await;
    let (one, other) = (sign_in(&setup, OPERATOR, PASSWORD).await, sign_in(&setup, OPERATOR, PASSWORD).await);
    let operator = setup.app.with_token(&one.text("access"));
    operator.post("/api/auth/logout/", &json!({ "refresh": one.text("refresh") })).await.unwrap();
    assert_eq!(me(&setup, &one.text("access")).await.code(), "not_authenticated");
    assert_eq!(me(&setup, &other.text("access")).await.status, 200);
}

/// The second factor's current code.
fn current_code(setup: &ClinicSetup, secret: &str) -> String {
    let totp: Totp = serde_json::from_value(json!(secret)).unwrap();
    totp.code(setup.app.system.app.now().unix()).unwrap()
}

async fn post_totp(client: &TestClient<'_>, body: Value) -> TestResponse {
    client.post("/api/auth/me/totp/", &body).await.unwrap()
}

async fn sign_in_with(setup: &ClinicSetup, email: &str, otp: Option<&str>) -> TestResponse {
    let body = json!({ "email": email, "password": PASSWORD, "otp": otp });
    setup.app.anonymous().post("/api/auth/token/", &body).await.unwrap()
}

/// Sets a second factor up. Returns its secret and the recovery codes.
async fn enroll_second_factor(setup: &ClinicSetup, email: &str) -> (String, Vec<String>) {
    let client = setup.app.sign_in(email).await.unwrap();
    let new = post_totp(&client, json!({})).await.expect_status(200).unwrap();
    let secret = new.text("secret");
    assert!(new.text("uri").contains(&format!("secret={secret}")) && new.body["is_active"] == json!(false));
    // It isn't required until it is confirmed.
    sign_in_with(setup, email, None).await.expect_status(200).unwrap();
    let wrong = post_totp(&client, json!({ "otp": "000000" })).await.expect_status(400).unwrap();
    assert!(wrong.body["errors"]["otp"].is_array(), "{wrong:?}");
    let on = post_totp(&client, json!({ "otp": current_code(setup, &secret) })).await.expect_status(200).unwrap();
    assert!(on.body["secret"].is_null() && on.body["is_active"] == json!(true), "{on:?}");
    let codes = on.body["recovery_codes"].as_array().unwrap().iter();
    (secret, codes.map(|code| code.as_str().unwrap().to_owned()).collect())
}

#[tokio::test]
async fn a_code_is_required_and_valid_once() {
    let setup = ClinicSetup::new().await;
    let (secret, codes) = enroll_second_factor(&setup, OPERATOR).await;
    assert_eq!(sign_in_with(&setup, OPERATOR, None).await.code(), "otp_required");
    assert_eq!(sign_in_with(&setup, OPERATOR, Some("")).await.code(), "otp_required");
    assert_eq!(sign_in_with(&setup, OPERATOR, Some("000000")).await.code(), "invalid_credentials");
    assert_eq!(
        sign_in_with(&setup, OPERATOR, Some(&current_code(&setup, &secret))).await.status,
        401,
        "it has set the factor up"
    );
    setup.app.advance(TimeDelta::seconds(30));
    let now = current_code(&setup, &secret);
    sign_in_with(&setup, OPERATOR, Some(&now)).await.expect_status(200).unwrap();
    assert_eq!(sign_in_with(&setup, OPERATOR, Some(&now)).await.code(), "invalid_credentials");
    sign_in_with(&setup, OPERATOR, Some(&codes[4].to_uppercase())).await.expect_status(200).unwrap();
    assert_eq!(sign_in_with(&setup, OPERATOR, Some(&codes[4])).await.code(), "invalid_credentials");
    let operator = setup.app.with_token(&sign_in_with(&setup, OPERATOR, Some(&codes[5])).await.text("access"));
    assert_eq!(post_totp(&operator, json!({})).await.code(), "already_exists");
    let state = |me: &TestResponse| me.body["second_factor"].clone();
    let active = operator.get("/api/auth/me/").await.unwrap();
    assert_eq!(state(&active), json!({ "active": true, "required": false }));
    assert_eq!(state(&operator.patch("/api/auth/me/", &json!({ "first_name": "Ana" })).await.unwrap()), state(&active));
    operator.delete("/api/auth/me/totp/").await.unwrap().expect_status(204).unwrap();
    assert_eq!(state(&operator.get("/api/auth/me/").await.unwrap()), json!({ "active": false, "required": false }));
    assert_eq!(operator.delete("/api/auth/me/totp/").await.unwrap().status, 404);
    sign_in_with(&setup, OPERATOR, None).await.expect_status(200).unwrap();
}

#[tokio::test]
async fn concurrent_sign_ins_use_a_code_once() {
    let setup = ClinicSetup::new().await;
    let (secret, _) = enroll_second_factor(&setup, OPERATOR).await;
    setup.app.advance(TimeDelta::seconds(30));
    let now = current_code(&setup, &secret);
    let all = futures_util::future::join_all((0..5).map(|_| sign_in_with(&setup, OPERATOR, Some(&now)))).await;
    assert_eq!(all.iter().filter(|answer| answer.status == 200).count(), 1);
}

/// Signing in without a code in between must not reset the throttle.
#[tokio::test]
async fn guessing_codes_is_throttled() {
    let setup = ClinicSetup::new().await;
    enroll_second_factor(&setup, OPERATOR).await;
    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(sign_in_with(&setup, OPERATOR, Some("000000")).await.status.as_u16());
        sign_in_with(&setup, OPERATOR, None).await;
    }
    assert_eq!(statuses, [401, 401, 401, 401, 401, 429]);
}

#[tokio::test]
async fn a_second_factor_can_be_required_of_admins() {
    let app = TestApp::changed(Database::memory().await.unwrap(), |config| {
        config.settings.insert("REQUIRE_SECOND_FACTOR".into(), "true".into());
    });
    let app = app.await.unwrap();
    let admin = app.admin().await.unwrap();
    assert_eq!(admin.get("/api/auth/users/").await.unwrap().code(), "permission_denied");
    assert_eq!(admin.get("/api/patients/").await.unwrap().code(), "permission_denied");
    let factor = async |client: &TestClient<'_>| {
        client.get("/api/auth/me/").await.unwrap().expect_status(200).unwrap().body["second_factor"].clone()
    };
    assert_eq!(factor(&admin).await, json!({ "active": false, "required": true }));
    assert_eq!(factor(&app.operator().await.unwrap()).await["required"], false, "of administrators only");
    assert_eq!(app.operator().await.unwrap().get("/api/patients/").await.unwrap().status, 200);
    let new = post_totp(&admin, json!({})).await;
    let secret: Totp = serde_json::from_value(json!(new.text("secret"))).unwrap();
    let otp = secret.code(app.system.app.now().unix()).unwrap();
    assert_eq!(factor(&admin).await["active"], false, "it isn't confirmed");
    post_totp(&admin, json!({ "otp": otp })).await.expect_status(200).unwrap();
    assert_eq!(factor(&admin).await, json!({ "active": true, "required": true }));
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
