//! Tests of rules that hold for all operations, run against each one of the OpenAPI document with ids that exist. A new
//! operation is tested too; its example body goes into `seeded_system`.

mod seeded_system;

use crate::clinic_setup::id;
use crate::conventions::error_fields;
use crate::openapi_document::{ApiOperation, operations};
use crate::paging::walk_pages;
use bytes::Bytes;
use domain::time::TimeDelta;
use http::Request;
use seeded_system::{
    SeededSystem, body_members, example_body, has_parameter, operations_where, route_name, takes_json,
};
use serde_json::{Map, Value, json};

#[tokio::test]
async fn an_unknown_parameter_is_named() {
    let system = SeededSystem::new().await;
    for operation in operations_where(|operation| {
        !operation.path.contains("/whatsapp/webhook") && !operation.path.contains("/whatsapp/status")
    }) {
        let answer = system.call(&operation, "colour=red", &[], if takes_json(&operation) { "{}" } else { "" }).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (400, "validation_error"),
            "{}",
            route_name(&operation)
        );
        assert!(error_fields(&answer).contains(&"colour".to_owned()), "{}: {}", route_name(&operation), answer.body);
    }
}

#[tokio::test]
async fn an_unknown_or_repeated_member_is_named() {
    let system = SeededSystem::new().await;
    for operation in operations_where(takes_json) {
        let answer = system.call(&operation, "", &[], r#"{"colour": 1}"#).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (400, "validation_error"),
            "{}",
            route_name(&operation)
        );
        assert!(error_fields(&answer).contains(&"colour".to_owned()), "{}: {}", route_name(&operation), answer.body);
        let member = body_members(&operation).remove(0);
        let answer = system.call(&operation, "", &[], format!(r#"{{"{member}": null, "{member}": null}}"#)).await;
        assert_eq!(answer.status, 400, "{} {member}", route_name(&operation));
        assert!(error_fields(&answer).contains(&member), "{}: {}", route_name(&operation), answer.body);
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_object_or_too_large_or_too_deep_is_refused() {
    let system = SeededSystem::new().await;
    let large = format!(r#"{{"a": "{}"}}"#, "x".repeat(64 * 1024));
    let deep = format!(r#"{{"a": {}{}}}"#, "[".repeat(32), "]".repeat(32));
    for operation in operations_where(takes_json) {
        for (kind, body, status, code) in [
            ("application/json", large.as_str(), 413, "too_large"),
            ("text/plain", "{}", 415, "unsupported_media_type"),
            ("application/x-www-form-urlencoded", "a=b", 415, "unsupported_media_type"),
            ("application/json", deep.as_str(), 400, "malformed"),
            ("application/json", "[]", 400, "malformed"),
            ("application/json", "{", 400, "malformed"),
        ] {
            let answer = system.call(&operation, "", &[("content-type", kind)], body.to_owned()).await;
            assert_eq!(
                (answer.status.as_u16(), answer.code().as_str()),
                (status, code),
                "{} {kind}",
                route_name(&operation)
            );
        }
    }
}

#[tokio::test]
async fn a_problem_has_the_request_id_and_the_requested_language() {
    let system = SeededSystem::new().await;
    for operation in operations_where(|_| true) {
        let mut titles = Vec::new();
        for language in ["es", "en", "pt"] {
            // A wrong content type, an unknown parameter and a bad token, so that every operation refuses it.
            let headers = [
                ("x-request-id", "ask-1"),
                ("accept-language", language),
                ("authorization", "Bearer x"),
                ("content-type", "text/plain"),
            ];
            let request = Request::builder()
                .method(operation.method.as_str())
                .uri(format!("{}?colour=red", system.path(&operation)));
            let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
            let answer = system.setup.app.call(request.body(Bytes::from("x")).unwrap()).await;
            let route = route_name(&operation);
            assert!(answer.status.is_client_error(), "{route}: {answer:?}");
            assert_eq!(answer.header("x-request-id"), "ask-1", "{route}");
            assert_eq!(
                (answer.text("instance").as_str(), answer.header("content-language").as_str()),
                ("ask-1", language),
                "{route}"
            );
            assert_eq!(answer.header("content-type"), "application/problem+json", "{route}");
            titles.push(answer.text("title"));
        }
        titles.sort();
        titles.dedup();
        assert_eq!(titles.len(), 3, "{}: {titles:?}", route_name(&operation));
    }
}

/// A PUT body that changes nothing.
async fn unchanged_body(system: &SeededSystem, operation: &ApiOperation) -> Value {
    let get = ApiOperation { method: "GET".to_owned(), ..operation.clone() };
    let now = system.call(&get, "", &[], "").await.expect_status(200).unwrap().body;
    let own = |member: String| Some((member.clone(), now.get(&member)?.clone()));
    Value::Object(body_members(operation).into_iter().filter_map(own).collect::<Map<_, _>>())
}

#[tokio::test]
async fn a_stale_version_changes_nothing() {
    let system = SeededSystem::new().await;
    for operation in operations_where(|operation| has_parameter(operation, "IfMatch")) {
        let body = match operation.method.as_str() {
            "PUT" => unchanged_body(&system, &operation).await.to_string(),
            // The only member that can be changed, and it is required.
            "PATCH" if operation.text("operationId") == "update_inbound" => r#"{"needs_attention": false}"#.to_owned(),
            "PATCH" => "{}".to_owned(),
            "POST" => example_body(operation.text("operationId"), &system.setup).unwrap().0.to_string(),
            _ => String::new(),
        };
        for stale in ["\"99\"", "W/\"1\""] {
            let answer = system.call(&operation, "", &[("if-match", stale)], body.clone()).await;
            assert_eq!(
                (answer.status.as_u16(), answer.code().as_str()),
                (412, "precondition_failed"),
                "{}: {}",
                route_name(&operation),
                answer.body
            );
        }
        if operation.method != "DELETE" {
            let answer = system.call(&operation, "", &[("if-match", "*")], body).await;
            assert_eq!(answer.status, 200, "{}: {}", route_name(&operation), answer.body);
        }
    }
    // Every operation that changes one resource takes `If-Match`.
    let without: Vec<String> = operations()
        .iter()
        .filter(|operation| {
            matches!(operation.method.as_str(), "PUT" | "PATCH" | "DELETE") && !has_parameter(operation, "IfMatch")
        })
        .map(route_name)
        .collect();
    assert_eq!(without, ["DELETE /api/auth/me/totp/"], "a second factor has no version");
}

/// A client that doesn't know `is_active` neither deactivates nor reactivates what it changes.
#[tokio::test]
async fn a_put_without_is_active_leaves_it() {
    let system = SeededSystem::new().await;
    for appointment in system.setup.list("/api/appointments/").await {
        let cancel = json!({ "action": "cancel", "reason": "x" });
        system.setup.act(&id(&appointment), &cancel).await.expect_status(200).unwrap();
    }
    let has_flag = |operation: &ApiOperation| {
        operation.method == "PUT" && body_members(operation).contains(&"is_active".to_owned())
    };
    let mut kinds = Vec::new();
    for put in operations_where(has_flag) {
        let mut body = unchanged_body(&system, &put).await;
        for (given, wanted) in [
            (None, true),
            (Some(json!(false)), false),
            (None, false),
            (Some(json!(null)), false),
            (Some(json!(true)), true),
        ] {
            body.as_object_mut().unwrap().remove("is_active");
            if let Some(given) = &given {
                body["is_active"] = given.clone();
            }
            let put = system.call(&put, "", &[], body.to_string()).await.expect_status(200).unwrap().body;
            assert_eq!(put["is_active"], wanted, "{given:?}: {put}");
        }
        kinds.push(put.text("operationId").to_owned());
    }
    kinds.sort();
    assert_eq!(kinds, ["replace_clinic", "replace_doctor", "replace_patient", "replace_room", "replace_user"]);
}

#[tokio::test]
async fn a_page_of_a_list_that_is_known_is_not_sent_again() {
    let system = SeededSystem::new().await;
    let (mut seen, mut filled) = (0, 0);
    for operation in operations_where(|operation| operation.declared.pointer("/responses/304").is_some()) {
        let first = system.call(&operation, "", &[], "").await.expect_status(200).unwrap();
        let tag = first.header("etag");
        let again = system.call(&operation, "", &[("if-none-match", &tag)], "").await;
        assert_eq!((again.status.as_u16(), again.header("etag")), (304, tag), "{}", route_name(&operation));
        assert!(again.body == json!("") && !again.header("x-request-id").is_empty(), "{}", route_name(&operation));
        let other = system.call(&operation, "", &[("if-none-match", "W/\"0\"")], "").await;
        assert_eq!(other.expect_status(200).unwrap().results(), first.results(), "{}", route_name(&operation));
        seen += 1;
        filled += usize::from(!first.results().is_empty());
    }
    let pages = json!({ "$ref": "#/components/parameters/Cursor" });
    let has_pages = |operation: &ApiOperation| operation.declared["parameters"].as_array().unwrap().contains(&pages);
    let lists = operations().iter().filter(|operation| has_pages(operation)).count();
    assert!(seen == lists && filled > 10, "{seen} of {lists} lists, {filled} with rows");
}

#[tokio::test]
async fn the_etag_of_a_resource_is_its_version() {
    let system = SeededSystem::new().await;
    let mut seen = 0;
    for operation in operations_where(|operation| {
        operation.method == "GET"
            && operation.declared.pointer("/responses/200/headers/ETag/$ref")
                == Some(&"#/components/headers/ETag".into())
    }) {
        let answer = system.call(&operation, "", &[], "").await.expect_status(200).unwrap();
        assert_eq!(answer.header("etag"), format!("\"{}\"", answer.body["version"]), "{}", route_name(&operation));
        seen += 1;
    }
    let resources = operations()
        .into_iter()
        .filter(|operation| operation.method == "GET" && operation.path.ends_with("}/"))
        // A file of a message has no version.
        .filter(|operation| !operation.path.ends_with("/media/{n}/"))
        .count();
    assert_eq!(seen, resources + 1, "every resource with an id, and the user's own account");
}

#[tokio::test]
async fn a_repeated_post_with_the_same_key_has_one_effect() {
    let system = SeededSystem::new().await;
    for operation in operations_where(|operation| has_parameter(operation, "IdempotencyKey")) {
        let (name, route) = (operation.text("operationId"), route_name(&operation));
        // Logging out has no outcome to replay: the second time there is no session left.
        if name == "log_out" {
            continue;
        }
        let known = example_body(name, &system.setup);
        let (body, member, value) = known.unwrap_or_else(|| panic!("{route}: no example body"));
        let key = [("idempotency-key", name)];
        let first = system.call(&operation, "", &key, body.to_string()).await;
        assert!(first.status.is_success(), "{route}: {}", first.body);
        assert_eq!(first.header("idempotency-replayed"), "", "{route}");
        let again = system.call(&operation, "", &key, body.to_string()).await;
        assert_eq!(
            (again.status, again.header("idempotency-replayed").as_str()),
            (first.status, "true"),
            "{route}: {}",
            again.body
        );
        assert_eq!((again.id(), again.header("location")), (first.id(), first.header("location")), "{route}");
        let mut other = body.clone();
        other[member] = value;
        let mismatch = system.call(&operation, "", &key, other.to_string()).await;
        assert_eq!(
            (mismatch.status.as_u16(), mismatch.code().as_str()),
            (422, "idempotency_mismatch"),
            "{route}: {}",
            mismatch.body
        );
        let bad = system.call(&operation, "", &[("idempotency-key", "")], body.to_string()).await;
        assert_eq!((bad.status.as_u16(), bad.code().as_str()), (400, "validation_error"), "{route}");
    }
}

#[tokio::test]
async fn a_list_has_pages_of_limited_size_and_its_own_cursors() {
    let system = SeededSystem::new().await;
    for operation in operations_where(|operation| has_parameter(operation, "PageSize")) {
        let route = route_name(&operation);
        for size in ["0", "201", "abc", "-1"] {
            let answer = system.call(&operation, &format!("page_size={size}"), &[], "").await;
            assert_eq!(
                (answer.status.as_u16(), error_fields(&answer)),
                (400, vec!["page_size".to_owned()]),
                "{route} {size}"
            );
        }
        for cursor in ["abc", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            let answer = system.call(&operation, &format!("cursor={cursor}"), &[], "").await;
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "invalid_cursor"), "{route}");
        }
        let answer = system.call(&operation, "page_size=1", &[], "").await.expect_status(200).unwrap();
        let shape: Vec<&String> = answer.body.as_object().unwrap().keys().collect();
        assert_eq!(shape, ["next", "previous", "results"], "{route}");
        assert!(answer.results().len() <= 1, "{route}");
        // Forwards to the last page and back to the first.
        let client = system.setup.app.with_token(&system.token);
        let first = format!("{}?{}page_size=1", system.path(&operation), system.query(&operation));
        let (forwards, backwards) = walk_pages(&client, &first).await;
        let (forwards, mut backwards) = (forwards.concat(), backwards.concat());
        backwards.reverse();
        assert_eq!(forwards, backwards, "{route}");
        let whole = system.call(&operation, "page_size=200", &[], "").await.expect_status(200).unwrap();
        assert_eq!(forwards, whole.results(), "{route}");
        // A cursor works for its own user only.
        let Some(next) = answer.body["next"].as_str() else { continue };
        let other = system.setup.app.with_token(&system.setup.token("operator@example.com").await);
        let answer = other.get(next).await.unwrap();
        let refused = (answer.status.as_u16(), answer.code());
        assert!(refused == (400, "invalid_cursor".to_owned()) || refused.0 == 403, "{route}: {refused:?}");
    }
}

#[tokio::test]
async fn a_cursor_is_valid_for_its_list_and_for_an_hour() {
    let mut system = SeededSystem::new().await;
    let lists = operations_where(|operation| has_parameter(operation, "PageSize"));
    let mut cursors = Vec::new();
    for operation in &lists {
        let answer = system.call(operation, "page_size=1", &[], "").await.expect_status(200).unwrap();
        let next = answer.body["next"].as_str().and_then(|next| next.split_once("cursor="));
        cursors.extend(next.map(|(_, cursor)| (route_name(operation), cursor.to_owned())));
    }
    assert!(cursors.len() > 4, "{cursors:?}");
    for operation in &lists {
        for (source, cursor) in cursors.iter().filter(|(source, _)| *source != route_name(operation)) {
            assert_cursor_refused(&system, operation, source, cursor).await;
        }
    }
    system.setup.app.advance(TimeDelta::minutes(59));
    let renewed = system.setup.token("admin@example.com").await;
    let client = system.setup.app.with_token(&renewed);
    for operation in &lists {
        for (_, cursor) in cursors.iter().filter(|(source, _)| *source == route_name(operation)) {
            let path = format!("{}?{}page_size=1&cursor={cursor}", system.path(operation), system.query(operation));
            assert_eq!(client.get(&path).await.unwrap().status, 200, "{path}");
        }
    }
    system.setup.app.advance(TimeDelta::minutes(1));
    system.token = system.setup.token("admin@example.com").await;
    for operation in &lists {
        for (source, cursor) in cursors.iter().filter(|(source, _)| *source == route_name(operation)) {
            assert_cursor_refused(&system, operation, source, cursor).await;
        }
    }
}

async fn assert_cursor_refused(system: &SeededSystem, operation: &ApiOperation, source: &str, cursor: &str) {
    let answer = system.call(operation, &format!("page_size=1&cursor={cursor}"), &[], "").await;
    let said = (answer.status.as_u16(), answer.code());
    assert_eq!(said, (400, "invalid_cursor".to_owned()), "the cursor of {source} at {}", route_name(operation));
}
