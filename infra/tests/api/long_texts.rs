//! Tests of texts far above any limit, in every parameter, path, body member and header of a request. DynamoDB refuses
//! keys of more than 2,048 bytes, so that an unchecked text in a key would answer a client's error with 503.

use crate::auth::sign_in;
use crate::clinic_setup::ClinicSetup;
use crate::openapi_document::{ApiOperation, document, operations};
use http::Method;
use serde_json::{Map, Value, json};
use testkit::test_app::{PASSWORD, TestClient, TestResponse};

/// In bytes: above the limit of a sort key (1,024) and of a partition key (2,048).
const LENGTHS: [usize; 2] = [1_100, 3_000];

fn assert_refused(answer: &TestResponse, what: &str) {
    let status = answer.status.as_u16();
    assert!(status < 500, "{what}: {status} {}", answer.body);
    assert!(status < 400 || !answer.code().is_empty(), "{what}: {status} has no code");
}

/// The names of an operation's query parameters.
fn query_parameters(operation: &ApiOperation) -> Vec<String> {
    let parameters = operation.declared["parameters"].as_array().cloned().unwrap_or_default();
    let in_query = parameters.into_iter().filter(|parameter| parameter["in"] == "query");
    in_query.filter_map(|parameter| Some(parameter["name"].as_str()?.to_owned())).collect()
}

/// A body with this text in every member that may be a text.
fn long_body(operation: &ApiOperation, text: &str) -> Option<Value> {
    let schema = &operation.declared["requestBody"]["content"]["application/json"]["schema"];
    let name = schema["$ref"].as_str()?.rsplit('/').next()?.to_owned();
    let schema = document()["components"]["schemas"][name.as_str()].clone();
    let members = schema["properties"].as_object()?;
    let may_be_text = |member: &Value| member["type"].as_str() == Some("string") || member["type"].is_array();
    let body: Map<String, Value> =
        members.iter().filter(|(_, member)| may_be_text(member)).map(|(name, _)| (name.clone(), json!(text))).collect();
    Some(Value::Object(body))
}

async fn call(client: &TestClient<'_>, operation: &ApiOperation, path: &str, body: Option<&Value>) -> TestResponse {
    client.send(Method::from_bytes(operation.method.as_bytes()).unwrap(), path, body).await.unwrap()
}

#[tokio::test]
async fn a_long_text_is_never_a_server_error() {
    let setup = ClinicSetup::new().await;
    let admin = setup.admin().await;
    // Without logging out, which would make every later answer a 401.
    let operations = operations().into_iter().filter(|operation| !operation.path.contains("logout"));
    let mut tried = 0;
    for operation in operations.collect::<Vec<_>>() {
        for length in LENGTHS {
            let text = "a".repeat(length);
            let what = format!("{} {} with {length} characters", operation.method, operation.path);
            for name in query_parameters(&operation) {
                let path = format!("{}?{name}={text}", operation.path_with_unknown_ids());
                assert_refused(&call(&admin, &operation, &path, None).await, &format!("{what} in {name}"));
                tried += 1;
            }
            if operation.path.contains('{') {
                let segments = operation.path.split('/').map(|part| if part.starts_with('{') { &text } else { part });
                let path = segments.collect::<Vec<_>>().join("/");
                assert_refused(&call(&admin, &operation, &path, None).await, &format!("{what} in the path"));
                tried += 1;
            }
            if let Some(body) = long_body(&operation, &text) {
                let path = operation.path_with_unknown_ids();
                assert_refused(&call(&admin, &operation, &path, Some(&body)).await, &format!("{what} in the body"));
                let keyed = admin.clone().header("idempotency-key", &text).unwrap();
                assert_refused(&call(&keyed, &operation, &path, Some(&body)).await, &format!("{what} as the key"));
                tried += 2;
            }
        }
    }
    assert!(tried > 200, "{tried} requests: the document is read wrongly");
}

#[tokio::test]
async fn signing_in_with_a_long_email_gets_401() {
    let setup = ClinicSetup::new().await;
    for length in LENGTHS {
        for email in ["a".repeat(length), format!("{}@example.com", "a".repeat(length)), "é".repeat(length / 2)] {
            // Wait, so that the throttle doesn't answer.
            setup.app.advance(domain::time::TimeDelta::hours(25));
            let answer = sign_in(&setup, &email, PASSWORD).await.expect_status(401).unwrap();
            assert_eq!(answer.code(), "invalid_credentials");
        }
    }
}
