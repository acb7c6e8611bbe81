//! Who may call what? First as declared: once as a table for people to review, and once by the rules
//! that the table follows. Then as it is when somebody really calls.
//!
//! The live tests name no operation: a new one is called too, or it isn't in the document.

use crate::document::{Operation, operations};
use http::Method;
use serde_json::json;
use std::fmt::Write as _;
use testkit::test_app::{Answer, Client, TestApp, Trouble};

/// `INSTA_UPDATE=always cargo test -p tests policy` takes over what has changed; the diff is what a
/// reviewer has to agree with.
#[test]
fn the_policy_as_a_table() {
    let mut table = String::new();
    for operation in operations() {
        let Operation { method, path, .. } = &operation;
        let (access, name) = (operation.access(), operation.text("operationId"));
        writeln!(table, "{access:<8}  {method:<6}  {path:<55}  {name}").unwrap();
    }
    insta::assert_snapshot!(table);
}

/// What anybody may call. There is nothing else.
const PUBLIC: &[&str] = &[
    "POST /api/auth/token/",
    "POST /api/auth/token/refresh/",
    "POST /api/notifications/whatsapp/webhook/",
    "POST /api/notifications/whatsapp/status/",
    "GET /api/health/",
    "GET /api/schema/",
    "GET /api/docs/",
];
/// What is about oneself.
const OWN: &[&str] = &["/api/auth/me/", "/api/auth/logout/"];
/// What is about a patient's appointments at every clinic.
const OF_ALL_CLINICS: &[&str] = &["/api/patients/{id}/export/", "/api/patients/{id}/erase/"];
/// What only administrators touch.
const ADMINISTRATION: &[&str] = &["/api/auth/users/", "/api/audit/"];
/// What operators read, and only administrators change.
const SETTINGS: &[&str] = &["/api/doctors/", "/api/clinics/", "/api/schedules/"];

#[test]
fn the_table_follows_the_rules() {
    let below = |paths: &[&str], path: &str| paths.iter().any(|group| path.starts_with(group));
    for Operation { method, path, declared } in operations() {
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

/// Calls an operation with an id of nothing and an empty object: enough to be let in or not. Whatever
/// it answers, the document has to say that it may.
async fn call(who: &Client<'_>, operation: &Operation) -> Result<Answer, Trouble> {
    let method: Method = operation.method.parse()?;
    let body = json!({});
    let body = (method != Method::GET && method != Method::DELETE).then_some(&body);
    let answer = who.send(method, &operation.path_to_nothing(), body).await?;
    let declared = operation.declared["responses"].get(answer.status.as_str());
    assert!(declared.is_some(), "{} {} doesn't say that it answers {answer:?}", operation.method, operation.path);
    Ok(answer)
}

#[tokio::test]
async fn whoever_has_not_signed_in_gets_401_unless_it_is_public() -> Result<(), Trouble> {
    let app = TestApp::start().await?;
    for operation in operations() {
        let answer = call(&app.anonymous(), &operation).await?;
        let refused = (answer.status.as_u16(), answer.code().as_str()) == (401, "not_authenticated");
        assert_eq!(refused, operation.access() != "public", "{} {}: {answer:?}", operation.method, operation.path);
    }
    Ok(())
}

#[tokio::test]
async fn an_operator_gets_403_where_only_administrators_may() -> Result<(), Trouble> {
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
async fn an_administrator_is_let_in_everywhere() -> Result<(), Trouble> {
    let app = TestApp::start().await?;
    let admin = app.admin().await?;
    for operation in operations().into_iter().filter(|operation| operation.access() != "public") {
        let answer = call(&admin, &operation).await?;
        let status = answer.status.as_u16();
        // Nothing has this id, and an empty object is rarely what is wanted: that is as far as it gets.
        let let_in = matches!(status, 200..=299 | 400 | 404 | 409);
        assert!(let_in, "{} {}: {answer:?}", operation.method, operation.path);
        // So it is with what one may have of one's own: a second factor.
        let is_found = status != 404 || operation.path.contains('{') || operation.path.contains("/me/");
        assert!(is_found, "{} {} leads nowhere", operation.method, operation.path);
    }
    Ok(())
}
