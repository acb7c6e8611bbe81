//! Tests of what all endpoints have in common: trailing slashes, methods, authorization, request ids, versions and
//! ETags.

use crate::clinic_setup::{ClinicSetup, id};
use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Value, json};
use testkit::test_app::TestResponse;

/// Sends a request as the operator, with a content type and a body of the test's choice.
pub(crate) async fn send_raw(
    setup: &ClinicSetup,
    method: Method,
    path: &str,
    content_type: &str,
    body: impl Into<Bytes>,
) -> TestResponse {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {}", setup.token("operator@example.com").await))
        .header("content-type", content_type)
        .body(body.into())
        .unwrap();
    setup.app.call(request).await
}

pub(crate) fn error_fields(answer: &TestResponse) -> Vec<String> {
    answer.body["errors"].as_object().map(|errors| errors.keys().cloned().collect()).unwrap_or_default()
}

#[tokio::test]
async fn a_path_works_with_and_without_its_slash() {
    let setup = ClinicSetup::new().await;
    let operator = setup.operator().await;
    for path in ["/api/patients", "/api/clinics/clinics", "/api/health"] {
        let bare = operator.get(path).await.unwrap().expect_status(200).unwrap();
        let slashed = operator.get(&format!("{path}/")).await.unwrap().expect_status(200).unwrap();
        assert_eq!(bare.body, slashed.body, "{path}");
    }
    let path = format!("/api/patients/{}", setup.patient);
    operator.patch(&path, &json!({ "notes": "x" })).await.unwrap().expect_status(200).unwrap();
}

#[tokio::test]
async fn a_request_without_permission_gets_401_or_403() {
    let setup = ClinicSetup::new().await;
    let anonymous = setup.app.anonymous().get("/api/patients/").await.unwrap().expect_status(401).unwrap();
    assert_eq!(
        (anonymous.code().as_str(), anonymous.header("www-authenticate").as_str()),
        ("not_authenticated", "Bearer")
    );
    let forged = setup.app.with_token("not.a.token").get("/api/patients/").await.unwrap();
    assert_eq!((forged.status.as_u16(), forged.code().as_str()), (401, "not_authenticated"));

    let operator = setup.operator().await;
    for path in ["/api/auth/users/", "/api/audit/"] {
        let denied = operator.get(path).await.unwrap().expect_status(403).unwrap();
        assert_eq!(denied.code(), "permission_denied", "{path}");
    }
    for path in ["/api/doctors/", "/api/clinics/clinics/", "/api/clinics/rooms/", "/api/schedules/"] {
        // The role is checked before the body.
        let denied = operator.post(path, &json!({})).await.unwrap().expect_status(403).unwrap();
        assert_eq!(denied.code(), "permission_denied", "{path}");
    }
}

#[tokio::test]
async fn an_unknown_path_or_id_is_404() {
    let setup = ClinicSetup::new().await;
    let operator = setup.operator().await;
    let unknown = "019b2f3e-7a10-7cc1-9d7e-0242ac120002";
    for path in [
        format!("/api/patients/{unknown}/"),
        "/api/patients/nothing-like-an-id/".to_owned(),
        format!("/api/patients/{}/nothing/", setup.patient),
        format!("/api/appointments/{unknown}/actions/"),
        "/api/nothing/".to_owned(),
    ] {
        let answer = operator.get(&path).await.unwrap().expect_status(404).unwrap();
        assert_eq!(answer.code(), "not_found", "{path}");
    }
    // The body is checked before the id.
    let answer = operator.patch(&format!("/api/patients/{unknown}/"), &json!({ "colour": 1 })).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "validation_error"));
}

#[tokio::test]
async fn a_wrong_method_lists_the_allowed_ones() {
    let setup = ClinicSetup::new().await;
    let answer = setup.operator().await.delete("/api/patients/").await.unwrap().expect_status(405).unwrap();
    assert_eq!(answer.code(), "method_not_allowed");
    let allow = answer.header("allow");
    let mut methods: Vec<&str> = allow.split(',').map(str::trim).filter(|method| *method != "HEAD").collect();
    methods.sort_unstable();
    assert_eq!(methods, ["GET", "POST"]);
}

#[tokio::test]
async fn every_answer_has_a_request_id() {
    let setup = ClinicSetup::new().await;
    let ask = |given: &'static str| {
        let app = &setup.app;
        async move { app.anonymous().header("x-request-id", given).unwrap().get("/api/health/").await.unwrap() }
    };
    assert_eq!(ask("a.b_C-9").await.header("x-request-id"), "a.b_C-9");
    let long = "x".repeat(65);
    for bad in ["with blank", "a/b", "ñ", Box::leak(long.into_boxed_str())] {
        let own = ask(bad).await.header("x-request-id");
        assert!(!own.is_empty() && own != bad, "{bad}");
    }
    let refused = setup.app.anonymous().get("/api/patients/").await.unwrap();
    assert_eq!(refused.header("x-request-id"), refused.text("instance"));
}

#[tokio::test]
async fn a_stale_version_changes_nothing() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    let admin = setup.admin().await;
    let window = id(&setup.list(&format!("/api/schedules/?room={}&date=2025-12-15", setup.room)).await[0]);
    for path in [
        format!("/api/patients/{}/", setup.patient),
        format!("/api/doctors/{}/", setup.doctor),
        format!("/api/clinics/clinics/{}/", setup.clinic),
        format!("/api/clinics/rooms/{}/", setup.room),
        format!("/api/schedules/{window}/"),
        format!("/api/appointments/{appointment}/"),
    ] {
        let read = admin.get(&path).await.unwrap().expect_status(200).unwrap();
        assert_eq!(read.header("etag"), format!("\"{}\"", read.body["version"]), "{path}");
        for stale in ["\"99\"", "W/\"1\"", "1"] {
            let client = admin.clone().header("if-match", stale).unwrap();
            let answer = client.patch(&path, &json!({})).await.unwrap();
            assert_eq!(
                (answer.status.as_u16(), answer.code().as_str()),
                (412, "precondition_failed"),
                "{path} {stale}"
            );
            if !path.contains("appointments") {
                assert_eq!(client.delete(&path).await.unwrap().status, 412, "DELETE {path} {stale}");
            }
        }
        for fresh in [read.header("etag").as_str(), "*"] {
            let client = admin.clone().header("if-match", fresh).unwrap();
            client.patch(&path, &json!({})).await.unwrap().expect_status(200).unwrap();
        }
    }
    let stale = admin.header("if-match", "\"99\"").unwrap();
    let path = format!("/api/appointments/{appointment}/actions/");
    assert_eq!(stale.post(&path, &json!({ "action": "confirm" })).await.unwrap().status, 412);
    let moved = json!({ "action": "reschedule", "start_datetime": "2025-12-15T11:00:00-03:00" });
    assert_eq!(stale.post(&path, &moved).await.unwrap().status, 412);
    let body = json!({ "first_name": "X", "last_name": "Y", "document_number": "1", "phone_number": "+12025550199" });
    let path = format!("/api/patients/{}/", setup.patient);
    assert_eq!(stale.put(&path, &body).await.unwrap().status, 412);
    // A body's own errors come first.
    for (path, wrong) in [
        (path, json!({ "first_name": " " })),
        (format!("/api/doctors/{}/", setup.doctor), json!({ "buffer_minutes": 121 })),
        (format!("/api/clinics/clinics/{}/", setup.clinic), json!({ "timezone": "Mars" })),
        (format!("/api/schedules/{window}/"), json!({ "slot_minutes": 4 })),
        (format!("/api/appointments/{appointment}/"), json!({ "reason": "x".repeat(501) })),
    ] {
        assert_eq!(stale.patch(&path, &wrong).await.unwrap().status, 400, "{path}");
    }
}

#[tokio::test]
async fn only_a_change_raises_the_version() {
    let setup = ClinicSetup::new().await;
    let operator = setup.operator().await;
    let path = format!("/api/patients/{}/", setup.patient);
    let changed = operator.patch(&path, &json!({ "notes": "alérgica" })).await.unwrap();
    assert_eq!((changed.header("etag").as_str(), &changed.body["version"]), ("\"2\"", &json!(2)));
    let same = operator.patch(&path, &json!({ "notes": "alérgica" })).await.unwrap();
    assert_eq!(same.body["version"], 2);
    let cleared = operator.patch(&path, &json!({ "notes": null })).await.unwrap();
    assert_eq!((&cleared.body["notes"], &cleared.body["version"]), (&Value::Null, &json!(3)));
}
