//! Texts far longer than any limit, in every place where a request can carry one. DynamoDB refuses keys of more
//! than 2,048 bytes, and a text that reaches a key unchecked turns a client's mistake into a 503.

use crate::auth::sign_in;
use crate::document::{Operation, document, operations};
use crate::world::World;
use http::Method;
use serde_json::{Map, Value, json};
use testkit::test_app::{Answer, Client, PASSWORD};

/// Lengths beyond a sort key (1,024 bytes) and beyond a partition key (2,048 bytes).
const LENGTHS: [usize; 2] = [1_100, 3_000];

fn assert_refused(answer: &Answer, what: &str) {
    let status = answer.status.as_u16();
    assert!(status < 500, "{what}: {status} {}", answer.body);
    assert!(status < 400 || !answer.code().is_empty(), "{what}: {status} has no code");
}

/// The names of an operation's query parameters.
fn query_parameters(operation: &Operation) -> Vec<String> {
    let parameters = operation.declared["parameters"].as_array().cloned().unwrap_or_default();
    let in_query = parameters.into_iter().filter(|parameter| parameter["in"] == "query");
    in_query.filter_map(|parameter| Some(parameter["name"].as_str()?.to_owned())).collect()
}

/// A body with this text in every member that may be one.
fn long_body(operation: &Operation, text: &str) -> Option<Value> {
    let schema = &operation.declared["requestBody"]["content"]["application/json"]["schema"];
    let name = schema["$ref"].as_str()?.rsplit('/').next()?.to_owned();
    let schema = document()["components"]["schemas"][name.as_str()].clone();
    let members = schema["properties"].as_object()?;
    let may_be_text = |member: &Value| member["type"].as_str() == Some("string") || member["type"].is_array();
    let body: Map<String, Value> =
        members.iter().filter(|(_, member)| may_be_text(member)).map(|(name, _)| (name.clone(), json!(text))).collect();
    Some(Value::Object(body))
}

async fn call(client: &Client<'_>, operation: &Operation, path: &str, body: Option<&Value>) -> Answer {
    client.send(Method::from_bytes(operation.method.as_bytes()).unwrap(), path, body).await.unwrap()
}

#[tokio::test]
async fn a_long_text_is_never_a_server_error() {
    let world = World::new().await;
    let admin = world.admin().await;
    // Sessions stay open: signing out would turn every later answer into a 401.
    let operations = operations().into_iter().filter(|operation| !operation.path.contains("logout"));
    let mut tried = 0;
    for operation in operations.collect::<Vec<_>>() {
        for length in LENGTHS {
            let text = "a".repeat(length);
            let what = format!("{} {} with {length} characters", operation.method, operation.path);
            for name in query_parameters(&operation) {
                let path = format!("{}?{name}={text}", operation.path_to_nothing());
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
                let path = operation.path_to_nothing();
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
async fn a_long_address_at_sign_in_is_an_unknown_one() {
    let world = World::new().await;
    for length in LENGTHS {
        for email in ["a".repeat(length), format!("{}@example.com", "a".repeat(length)), "é".repeat(length / 2)] {
            // An address of its own, or the throttle would answer in the end.
            world.app.advance(domain::time::TimeDelta::hours(25));
            let answer = sign_in(&world, &email, PASSWORD).await.expect_status(401).unwrap();
            assert_eq!(answer.code(), "invalid_credentials");
        }
    }
}
