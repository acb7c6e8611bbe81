//! Tests of users: their fields, passwords, that one ADMIN always stays, and that a change takes effect at the user's
//! next request.

use crate::auth::{me, refresh, sign_in};
use crate::clinic_setup::{ClinicSetup, id, text};
use domain::user::Role;
use serde_json::{Value, json};
use testkit::test_app::PASSWORD;

const NEW_PASSWORD: &str = "otra clave bastante larga";

/// The path of the user with this e-mail address.
async fn user_path(setup: &ClinicSetup, email: &str) -> String {
    let users = setup.list("/api/auth/users/").await;
    format!("/api/auth/users/{}/", id(users.iter().find(|user| text(user, "email") == email).unwrap()))
}

fn reception_user() -> Value {
    json!({ "email": "recepcion@example.com", "role": "OPERATOR", "password": PASSWORD })
}

#[tokio::test]
async fn every_field_of_a_user_is_stored() {
    let setup = ClinicSetup::new().await;
    let body = json!({ "email": "Ana@Example.com", "first_name": "Ana", "last_name": "Ruiz", "role": "OPERATOR",
        "clinics": [setup.clinic], "password": PASSWORD });
    let admin = setup.admin().await;
    let made = admin.post("/api/auth/users/", &body).await.unwrap().expect_status(201).unwrap();
    let path = format!("/api/auth/users/{}/", made.id());
    assert_eq!((made.header("location"), made.header("etag")), (path.clone(), "\"1\"".to_owned()));
    let wanted = json!({ "id": made.id(), "email": "Ana@Example.com", "first_name": "Ana", "last_name": "Ruiz",
        "role": "OPERATOR", "clinics": [setup.clinic], "language": null, "is_active": true, "last_login_at": null,
        "created_at": "2025-12-01T12:00:00Z", "updated_at": "2025-12-01T12:00:00Z", "version": 1 });
    assert_eq!(made.body, wanted);
    assert_eq!(admin.get(&path).await.unwrap().body, wanted);

    let put = json!({ "email": "ana@example.com", "role": "ADMIN" });
    let replaced = admin.put(&path, &put).await.unwrap().expect_status(200).unwrap();
    assert_eq!((&replaced.body["first_name"], &replaced.body["clinics"]), (&Value::Null, &json!([])));
    assert_eq!(sign_in(&setup, "ana@example.com", PASSWORD).await.status, 200, "the password stayed");
    for read_only in ["last_login_at", "created_at", "version", "id"] {
        assert_eq!(admin.patch(&path, &json!({ read_only: null })).await.unwrap().status, 400, "{read_only}");
    }
    admin.delete(&path).await.unwrap().expect_status(204).unwrap();
    assert_eq!(admin.get(&path).await.unwrap().body["is_active"], false);
    assert!(setup.list("/api/auth/users/").await.iter().all(|user| id(user) != made.id()));
    assert_eq!(setup.list("/api/auth/users/?is_active=false").await.len(), 1);
}

#[tokio::test]
async fn an_email_is_unique_regardless_of_case() {
    let setup = ClinicSetup::new().await;
    let first = id(&setup.create("/api/auth/users/", &reception_user()).await);
    let admin = setup.admin().await;
    let mut twin = reception_user();
    twin["email"] = json!("RECEPCION@example.com");
    let taken = admin.post("/api/auth/users/", &twin).await.unwrap().expect_status(409).unwrap();
    assert_eq!((taken.code().as_str(), taken.text("field").as_str()), ("already_exists", "email"));
    assert!(taken.body["errors"]["email"].is_array());
    assert_eq!(taken.text("existing_id"), first);
    let path = user_path(&setup, "operator@example.com").await;
    let taken = admin.patch(&path, &json!({ "email": "Recepcion@Example.com" })).await.unwrap();
    assert_eq!((taken.status.as_u16(), taken.code().as_str()), (409, "already_exists"));
    assert_eq!(taken.text("existing_id"), first);
    // Who may not see that user learns only that the address is taken.
    let norte = setup.add_clinic("Norte").await;
    setup.app.add_user("norte@example.org", Role::Admin, &[&norte]).await.unwrap();
    let narrowed = setup.app.sign_in("norte@example.org").await.unwrap();
    twin["clinics"] = json!([norte]);
    let hidden = narrowed.post("/api/auth/users/", &twin).await.unwrap().expect_status(409).unwrap();
    assert_eq!((hidden.text("field").as_str(), &hidden.body["existing_id"]), ("email", &Value::Null));
    let own = json!({ "email": "otra@example.org", "role": "OPERATOR", "clinics": [norte], "password": PASSWORD });
    let own = narrowed.post("/api/auth/users/", &own).await.unwrap().expect_status(201).unwrap().id();
    let change = json!({ "email": "recepcion@example.com" });
    let hidden = narrowed.patch(&format!("/api/auth/users/{own}/"), &change).await.unwrap();
    assert_eq!((hidden.code().as_str(), &hidden.body["existing_id"]), ("already_exists", &Value::Null));
}

#[tokio::test]
async fn a_short_or_common_password_is_refused() {
    let setup = ClinicSetup::new().await;
    let admin = setup.admin().await;
    let long = "x".repeat(129);
    for bad in ["once letras", "password1234", "123456789012", &long] {
        let mut body = reception_user();
        body["password"] = json!(bad);
        let answer = admin.post("/api/auth/users/", &body).await.unwrap().expect_status(400).unwrap();
        assert!(answer.body["errors"]["password"].is_array(), "{bad}");
        assert!(!answer.body.to_string().contains(bad), "a problem doesn't repeat the password");
    }
    let mut body = reception_user();
    body.as_object_mut().unwrap().remove("password");
    let answer = admin.post("/api/auth/users/", &body).await.unwrap().expect_status(400).unwrap();
    assert!(answer.body["errors"]["password"].is_array());
}

#[tokio::test]
async fn a_disabled_user_is_refused_at_the_next_request() {
    let setup = ClinicSetup::new().await;
    let session = sign_in(&setup, "operator@example.com", PASSWORD).await;
    let path = user_path(&setup, "operator@example.com").await;
    let admin = setup.admin().await;
    admin.delete(&path).await.unwrap().expect_status(204).unwrap();
    assert_eq!(me(&setup, &session.text("access")).await.code(), "not_authenticated");
    assert_eq!(refresh(&setup, &session.text("refresh")).await.status, 401);
    assert_eq!(sign_in(&setup, "operator@example.com", PASSWORD).await.code(), "invalid_credentials");

    admin.patch(&path, &json!({ "is_active": true })).await.unwrap().expect_status(200).unwrap();
    assert_eq!(refresh(&setup, &session.text("refresh")).await.status, 401, "the old session stays dead");
    assert_eq!(sign_in(&setup, "operator@example.com", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn a_new_role_or_password_ends_the_users_sessions() {
    let setup = ClinicSetup::new().await;
    let path = user_path(&setup, "operator@example.com").await;
    for change in [json!({ "role": "ADMIN" }), json!({ "password": NEW_PASSWORD })] {
        let session = sign_in(&setup, "operator@example.com", PASSWORD).await.expect_status(200).unwrap();
        setup.admin().await.patch(&path, &change).await.unwrap().expect_status(200).unwrap();
        assert_eq!(me(&setup, &session.text("access")).await.status, 401, "{change}");
        assert_eq!(refresh(&setup, &session.text("refresh")).await.status, 401, "{change}");
    }
    assert_eq!(sign_in(&setup, "operator@example.com", PASSWORD).await.status, 401);
    let renewed = sign_in(&setup, "operator@example.com", NEW_PASSWORD).await.expect_status(200).unwrap();
    assert_eq!(me(&setup, &renewed.text("access")).await.text("role"), "ADMIN");
}

#[tokio::test]
async fn there_is_always_an_admin() {
    let setup = ClinicSetup::new().await;
    let path = user_path(&setup, "admin@example.com").await;
    let admin = setup.admin().await;
    for change in [json!({ "role": "OPERATOR" }), json!({ "is_active": false })] {
        let refused = admin.patch(&path, &change).await.unwrap().expect_status(409).unwrap();
        assert_eq!(refused.code(), "in_use", "{change}");
    }
    assert_eq!(admin.delete(&path).await.unwrap().code(), "in_use");

    let boss = json!({ "email": "jefa@example.com", "role": "ADMIN", "password": PASSWORD });
    let second = format!("/api/auth/users/{}/", id(&setup.create("/api/auth/users/", &boss).await));
    admin.patch(&second, &json!({ "first_name": "Eva" })).await.unwrap().expect_status(200).unwrap();
    let boss = setup.app.sign_in("jefa@example.com").await.unwrap();
    let demote = json!({ "role": "OPERATOR" });
    let (one, other) = tokio::join!(admin.patch(&second, &demote), boss.patch(&path, &demote));
    let mut statuses = [one.unwrap().status.as_u16(), other.unwrap().status.as_u16()];
    statuses.sort_unstable();
    assert!(statuses[0] == 200 && [401, 409].contains(&statuses[1]), "two demotions can't both pass: {statuses:?}");
}

#[tokio::test]
async fn the_clinics_of_a_user_must_exist() {
    let setup = ClinicSetup::new().await;
    let mut body = reception_user();
    body["clinics"] = json!(["019b2f3e-7a10-7cc1-9d7e-0242ac120002"]);
    let answer = setup.admin().await.post("/api/auth/users/", &body).await.unwrap().expect_status(400).unwrap();
    assert!(answer.body["errors"]["clinics"].is_array());
    body["clinics"] = json!(["x"]);
    assert_eq!(setup.admin().await.post("/api/auth/users/", &body).await.unwrap().status, 400);
}

#[tokio::test]
async fn a_user_can_be_created_disabled() {
    let setup = ClinicSetup::new().await;
    let mut body = reception_user();
    body["is_active"] = json!(false);
    let made = setup.create("/api/auth/users/", &body).await;
    assert_eq!(made["is_active"], false);
    assert_eq!(sign_in(&setup, "recepcion@example.com", PASSWORD).await.status, 401);
}

#[tokio::test]
async fn signing_in_is_audited() {
    let setup = ClinicSetup::new().await;
    sign_in(&setup, "operator@example.com", "no es esta clave").await.expect_status(401).unwrap();
    sign_in(&setup, "operator@example.com", PASSWORD).await.expect_status(200).unwrap();
    let path = user_path(&setup, "operator@example.com").await;
    let id = path.split('/').nth(4).unwrap();
    let trail = setup.list(&format!("/api/audit/?object_id={id}")).await;
    let done: Vec<String> = trail.iter().map(|row| text(row, "action")).collect();
    assert!(done.contains(&"LOGIN".to_owned()) && done.contains(&"LOGIN_FAILED".to_owned()), "{done:?}");
}
