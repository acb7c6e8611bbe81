//! What holds for all operations is tried on each one of the OpenAPI document, with ids of things that
//! are there. None is named but for what it takes: a new one is tried too, and says in `everything` what
//! it takes.

mod everything;

use crate::conventions::named;
use crate::document::{Operation, operations};
use crate::paging::walk;
use bytes::Bytes;
use domain::time::TimeDelta;
use everything::{Everything, body_of, is_json, members, of, place, takes};
use http::Request;
use serde_json::{Map, Value};

#[tokio::test]
async fn a_parameter_that_there_is_not_is_named() {
    let all = Everything::new().await;
    for operation in
        of(|operation| !operation.path.contains("/whatsapp/webhook") && !operation.path.contains("/whatsapp/status"))
    {
        let answer = all.call(&operation, "colour=red", &[], if is_json(&operation) { "{}" } else { "" }).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (400, "validation_error"),
            "{}",
            place(&operation)
        );
        assert!(named(&answer).contains(&"colour".to_owned()), "{}: {}", place(&operation), answer.body);
    }
}

#[tokio::test]
async fn a_member_that_there_is_not_or_twice_is_named() {
    let all = Everything::new().await;
    for operation in of(is_json) {
        let answer = all.call(&operation, "", &[], r#"{"colour": 1}"#).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (400, "validation_error"),
            "{}",
            place(&operation)
        );
        assert!(named(&answer).contains(&"colour".to_owned()), "{}: {}", place(&operation), answer.body);
        let member = members(&operation).remove(0);
        let answer = all.call(&operation, "", &[], format!(r#"{{"{member}": null, "{member}": null}}"#)).await;
        assert_eq!(answer.status, 400, "{} {member}", place(&operation));
        assert!(named(&answer).contains(&member), "{}: {}", place(&operation), answer.body);
    }
}

#[tokio::test]
async fn what_is_no_json_object_of_bounded_size_and_depth_is_refused() {
    let all = Everything::new().await;
    let large = format!(r#"{{"a": "{}"}}"#, "x".repeat(64 * 1024));
    let deep = format!(r#"{{"a": {}{}}}"#, "[".repeat(32), "]".repeat(32));
    for operation in of(is_json) {
        for (kind, body, status, code) in [
            ("application/json", large.as_str(), 413, "too_large"),
            ("text/plain", "{}", 415, "unsupported_media_type"),
            ("application/x-www-form-urlencoded", "a=b", 415, "unsupported_media_type"),
            ("application/json", deep.as_str(), 400, "malformed"),
            ("application/json", "[]", 400, "malformed"),
            ("application/json", "{", 400, "malformed"),
        ] {
            let answer = all.call(&operation, "", &[("content-type", kind)], body.to_owned()).await;
            assert_eq!(
                (answer.status.as_u16(), answer.code().as_str()),
                (status, code),
                "{} {kind}",
                place(&operation)
            );
        }
    }
}

#[tokio::test]
async fn a_request_keeps_its_id_and_a_problem_is_told_in_three_languages() {
    let all = Everything::new().await;
    for operation in of(|_| true) {
        let mut titles = Vec::new();
        for language in ["es", "en", "pt"] {
            // No type, a parameter that isn't known, or nobody who asks: each is refused for something.
            let headers = [
                ("x-request-id", "ask-1"),
                ("accept-language", language),
                ("authorization", "Bearer x"),
                ("content-type", "text/plain"),
            ];
            let request = Request::builder()
                .method(operation.method.as_str())
                .uri(format!("{}?colour=red", all.path(&operation)));
            let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
            let answer = all.world.app.call(request.body(Bytes::from("x")).unwrap()).await;
            let place = place(&operation);
            assert!(answer.status.is_client_error(), "{place}: {answer:?}");
            assert_eq!(answer.header("x-request-id"), "ask-1", "{place}");
            assert_eq!(
                (answer.text("instance").as_str(), answer.header("content-language").as_str()),
                ("ask-1", language),
                "{place}"
            );
            assert_eq!(answer.header("content-type"), "application/problem+json", "{place}");
            titles.push(answer.text("title"));
        }
        titles.sort();
        titles.dedup();
        assert_eq!(titles.len(), 3, "{}: {titles:?}", place(&operation));
    }
}

/// The body that replaces a thing by itself.
async fn same(all: &Everything, operation: &Operation) -> Value {
    let get = Operation { method: "GET".to_owned(), ..operation.clone() };
    let now = all.call(&get, "", &[], "").await.expect_status(200).unwrap().body;
    let own = |member: String| Some((member.clone(), now.get(&member)?.clone()));
    Value::Object(members(operation).into_iter().filter_map(own).collect::<Map<_, _>>())
}

#[tokio::test]
async fn a_version_that_nobody_saw_last_changes_nothing() {
    let all = Everything::new().await;
    for operation in of(|operation| takes(operation, "IfMatch")) {
        let body = match operation.method.as_str() {
            "PUT" => same(&all, &operation).await.to_string(),
            // Nothing of the message can be changed but this, so it has to be there.
            "PATCH" if operation.text("operationId") == "update_inbound" => r#"{"needs_attention": false}"#.to_owned(),
            "PATCH" => "{}".to_owned(),
            "POST" => body_of(operation.text("operationId"), &all.world).unwrap().0.to_string(),
            _ => String::new(),
        };
        for stale in ["\"99\"", "W/\"1\""] {
            let answer = all.call(&operation, "", &[("if-match", stale)], body.clone()).await;
            assert_eq!(
                (answer.status.as_u16(), answer.code().as_str()),
                (412, "precondition_failed"),
                "{}: {}",
                place(&operation),
                answer.body
            );
        }
        if operation.method != "DELETE" {
            let answer = all.call(&operation, "", &[("if-match", "*")], body).await;
            assert_eq!(answer.status, 200, "{}: {}", place(&operation), answer.body);
        }
    }
    // Whoever changes one thing can say which version was meant.
    let deaf: Vec<String> = operations()
        .iter()
        .filter(|operation| {
            matches!(operation.method.as_str(), "PUT" | "PATCH" | "DELETE") && !takes(operation, "IfMatch")
        })
        .map(place)
        .collect();
    assert_eq!(deaf, ["DELETE /api/auth/me/totp/"], "a second factor has no version");
}

#[tokio::test]
async fn one_thing_has_its_version_for_a_tag() {
    let all = Everything::new().await;
    let mut seen = 0;
    for operation in
        of(|operation| operation.method == "GET" && operation.declared.pointer("/responses/200/headers/ETag").is_some())
    {
        let answer = all.call(&operation, "", &[], "").await.expect_status(200).unwrap();
        assert_eq!(answer.header("etag"), format!("\"{}\"", answer.body["version"]), "{}", place(&operation));
        seen += 1;
    }
    let things = operations()
        .into_iter()
        .filter(|operation| operation.method == "GET" && operation.path.ends_with("}/"))
        .count();
    assert_eq!(seen, things + 1, "every one that has an id, and oneself");
}

#[tokio::test]
async fn what_is_posted_twice_under_one_key_happens_once() {
    let all = Everything::new().await;
    for operation in of(|operation| takes(operation, "IdempotencyKey")) {
        let (name, place) = (operation.text("operationId"), place(&operation));
        // Ending a session has no outcome to be shown again: the second time nothing is left to end.
        if name == "log_out" {
            continue;
        }
        let known = body_of(name, &all.world);
        let (body, member, value) = known.unwrap_or_else(|| panic!("{place}: what does it take?"));
        let key = [("idempotency-key", name)];
        let first = all.call(&operation, "", &key, body.to_string()).await;
        assert!(first.status.is_success(), "{place}: {}", first.body);
        assert_eq!(first.header("idempotency-replayed"), "", "{place}");
        let again = all.call(&operation, "", &key, body.to_string()).await;
        assert_eq!(
            (again.status, again.header("idempotency-replayed").as_str()),
            (first.status, "true"),
            "{place}: {}",
            again.body
        );
        assert_eq!((again.id(), again.header("location")), (first.id(), first.header("location")), "{place}");
        let mut other = body.clone();
        other[member] = value;
        let mismatch = all.call(&operation, "", &key, other.to_string()).await;
        assert_eq!(
            (mismatch.status.as_u16(), mismatch.code().as_str()),
            (422, "idempotency_mismatch"),
            "{place}: {}",
            mismatch.body
        );
        let bad = all.call(&operation, "", &[("idempotency-key", "")], body.to_string()).await;
        assert_eq!((bad.status.as_u16(), bad.code().as_str()), (400, "validation_error"), "{place}");
    }
}

#[tokio::test]
async fn a_list_has_pages_of_bounded_size_and_cursors_of_its_own() {
    let all = Everything::new().await;
    for operation in of(|operation| takes(operation, "PageSize")) {
        let place = place(&operation);
        for size in ["0", "201", "abc", "-1"] {
            let answer = all.call(&operation, &format!("page_size={size}"), &[], "").await;
            assert_eq!((answer.status.as_u16(), named(&answer)), (400, vec!["page_size".to_owned()]), "{place} {size}");
        }
        for cursor in ["abc", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            let answer = all.call(&operation, &format!("cursor={cursor}"), &[], "").await;
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "invalid_cursor"), "{place}");
        }
        let answer = all.call(&operation, "page_size=1", &[], "").await.expect_status(200).unwrap();
        let shape: Vec<&String> = answer.body.as_object().unwrap().keys().collect();
        assert_eq!(shape, ["next", "previous", "results"], "{place}");
        assert!(answer.results().len() <= 1, "{place}");
        // From one end to the other and back.
        let client = all.world.app.with_token(&all.token);
        let first = format!("{}?{}page_size=1", all.path(&operation), all.query(&operation));
        let (forwards, backwards) = walk(&client, &first).await;
        let (forwards, mut backwards) = (forwards.concat(), backwards.concat());
        backwards.reverse();
        assert_eq!(forwards, backwards, "{place}");
        let whole = all.call(&operation, "page_size=200", &[], "").await.expect_status(200).unwrap();
        assert_eq!(forwards, whole.results(), "{place}");
        // And it is nobody else's.
        let Some(next) = answer.body["next"].as_str() else { continue };
        let other = all.world.app.with_token(&all.world.token("operator@example.com").await);
        let answer = other.get(next).await.unwrap();
        let refused = (answer.status.as_u16(), answer.code());
        assert!(refused == (400, "invalid_cursor".to_owned()) || refused.0 == 403, "{place}: {refused:?}");
    }
}

#[tokio::test]
async fn a_cursor_is_good_for_its_list_and_an_hour() {
    let mut all = Everything::new().await;
    let lists = of(|operation| takes(operation, "PageSize"));
    let mut cursors = Vec::new();
    for operation in &lists {
        let answer = all.call(operation, "page_size=1", &[], "").await.expect_status(200).unwrap();
        let next = answer.body["next"].as_str().and_then(|next| next.split_once("cursor="));
        cursors.extend(next.map(|(_, cursor)| (place(operation), cursor.to_owned())));
    }
    assert!(cursors.len() > 4, "{cursors:?}");
    for operation in &lists {
        for (whose, cursor) in cursors.iter().filter(|(whose, _)| *whose != place(operation)) {
            refused(&all, operation, whose, cursor).await;
        }
    }
    all.world.app.advance(TimeDelta::minutes(59));
    let renewed = all.world.token("admin@example.com").await;
    let client = all.world.app.with_token(&renewed);
    for operation in &lists {
        for (_, cursor) in cursors.iter().filter(|(whose, _)| *whose == place(operation)) {
            let path = format!("{}?{}page_size=1&cursor={cursor}", all.path(operation), all.query(operation));
            assert_eq!(client.get(&path).await.unwrap().status, 200, "{path}");
        }
    }
    all.world.app.advance(TimeDelta::minutes(1));
    all.token = all.world.token("admin@example.com").await;
    for operation in &lists {
        for (whose, cursor) in cursors.iter().filter(|(whose, _)| *whose == place(operation)) {
            refused(&all, operation, whose, cursor).await;
        }
    }
}

async fn refused(all: &Everything, operation: &Operation, whose: &str, cursor: &str) {
    let answer = all.call(operation, &format!("page_size=1&cursor={cursor}"), &[], "").await;
    let said = (answer.status.as_u16(), answer.code());
    assert_eq!(said, (400, "invalid_cursor".to_owned()), "that of {whose} at {}", place(operation));
}
