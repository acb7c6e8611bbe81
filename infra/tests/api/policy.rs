//! Tests of the access policy: the declared access of every operation, as a snapshot for review and by rules, and the
//! answers to real calls.
//!
//! The tests with calls take the operations from the OpenAPI document, so that new ones are tested too.

use crate::openapi_document::{ApiOperation, operations};
use http::Method;
use serde_json::json;
use std::fmt::Write as _;
use testkit::test_app::{TestApp, TestClient, TestError, TestResponse};

/// `INSTA_UPDATE=always cargo test -p tests policy` accepts a changed table; review the diff.
#[test]
fn the_policy_as_a_table() {
    let mut table = String::new();
    for operation in operations() {
        let ApiOperation { method, path, .. } = &operation;
        let (access, name) = (operation.access(), operation.text("operationId"));
        writeln!(table, "{access:<8}  {method:<6}  {path:<55}  {name}").unwrap();
    }
    insta::assert_snapshot!(table);
}

/// The only operations without authentication.
const PUBLIC: &[&str] = &[
    "POST /api/auth/token/",
    "POST /api/auth/token/refresh/",
    "POST /api/notifications/whatsapp/webhook/",
    "POST /api/notifications/whatsapp/status/",
    "GET /api/health/",
    "GET /api/schema/",
    "GET /api/docs/",
];
/// Paths of the user's own account.
const OWN: &[&str] = &["/api/auth/me/", "/api/auth/logout/"];
/// Paths for ADMINs of all clinics, because they cover a patient's appointments at every clinic.
const OF_ALL_CLINICS: &[&str] = &["/api/patients/{id}/export/", "/api/patients/{id}/erase/"];
/// Paths for ADMINs only.
const ADMINISTRATION: &[&str] = &["/api/auth/users/", "/api/audit/"];
/// Paths that operators read and only ADMINs change.
const SETTINGS: &[&str] = &["/api/doctors/", "/api/clinics/", "/api/schedules/"];

#[test]
fn the_policy_follows_the_rules() {
    let below = |paths: &[&str], path: &str| paths.iter().any(|group| path.starts_with(group));
    for ApiOperation { method, path, declared } in operations() {
        let rule = if PUBLIC.contains(&format!("{method} {path}").as_str()) {
            "public"
        } else if below(OWN, &path) {
            "own"
        } else if below(OF_ALL_CLINICS, &path) {
            "admin_of_all"
        } else if below(ADMINISTRATION, &path) || (below(SETTINGS, &path) && method != "GET") {
            "admin"
        } else {
            "operator"
        };
        assert_eq!(declared["x-access"], rule, "{method} {path}");
    }
}

/// Calls an operation with an unknown id and an empty object, which is enough to check the access. The document must
/// declare the status of the answer.
async fn call(client: &TestClient<'_>, operation: &ApiOperation) -> Result<TestResponse, TestError> {
    let method: Method = operation.method.parse()?;
    let body = json!({});
    let body = (method != Method::GET && method != Method::DELETE).then_some(&body);
    let answer = client.send(method, &operation.path_with_unknown_ids(), body).await?;
    let declared = operation.declared["responses"].get(answer.status.as_str());
    assert!(declared.is_some(), "{} {} doesn't say that it answers {answer:?}", operation.method, operation.path);
    Ok(answer)
}

#[tokio::test]
async fn a_request_without_a_token_gets_401_unless_the_operation_is_public() -> Result<(), TestError> {
    let app = TestApp::start().await?;
    for operation in operations() {
        let answer = call(&app.anonymous(), &operation).await?;
        let refused = (answer.status.as_u16(), answer.code().as_str()) == (401, "not_authenticated");
        assert_eq!(refused, operation.access() != "public", "{} {}: {answer:?}", operation.method, operation.path);
    }
    Ok(())
}

#[tokio::test]
async fn an_operator_gets_403_from_operations_for_admins() -> Result<(), TestError> {
    let app = TestApp::start().await?;
    let operator = app.operator().await?;
    for operation in operations().into_iter().filter(|operation| operation.access() != "public") {
        let answer = call(&operator, &operation).await?;
        let refused = (answer.status.as_u16(), answer.code().as_str()) == (403, "permission_denied");
        assert_eq!(
            refused,
            operation.access().starts_with("admin"),
            "{} {}: {answer:?}",
            operation.method,
            operation.path
        );
        assert_ne!(answer.status, 401, "{} {}", operation.method, operation.path);
    }
    Ok(())
}

#[tokio::test]
async fn an_admin_may_call_every_operation() -> Result<(), TestError> {
    let app = TestApp::start().await?;
    let admin = app.admin().await?;
    for operation in operations().into_iter().filter(|operation| operation.access() != "public") {
        let answer = call(&admin, &operation).await?;
        let status = answer.status.as_u16();
        // After the access check the id is unknown or the body invalid.
        let permitted = matches!(status, 200..=299 | 400 | 404 | 409);
        assert!(permitted, "{} {}: {answer:?}", operation.method, operation.path);
        // The own account may lack a resource too: a second factor.
        let is_found = status != 404 || operation.path.contains('{') || operation.path.contains("/me/");
        assert!(is_found, "{} {} leads nowhere", operation.method, operation.path);
    }
    Ok(())
}
