//! What one operation gets beyond its own declaration.

use super::{components, put, reference, referred};
use crate::policy::{ACCESS, Access, IDEMPOTENCY, is_list};
use http::StatusCode;
use serde_json::{Map, Value, json};

/// Completes an operation of a path.
pub(super) fn complete(path: &str, method: &str, operation: &mut Value, schemas: &Map<String, Value>) {
    let traits = Traits::of(path, method, operation, schemas);
    put(operation, "security", if traits.public { json!([]) } else { json!([{"bearer": []}]) });
    parameters(path, operation, &traits);
    responses(operation, &traits);
}

/// What there is to know of an operation.
struct Traits {
    public: bool,
    list: bool,
    /// It takes JSON.
    json: bool,
    /// It can be asked to act on one version only.
    conditional: bool,
    /// It can be asked to happen once.
    once: bool,
    /// It changes something.
    changes: bool,
    /// It names a thing in its path.
    named: bool,
    /// Its answer has a version.
    versioned: bool,
}

impl Traits {
    fn of(path: &str, method: &str, operation: &Value, schemas: &Map<String, Value>) -> Self {
        let public = operation.get(ACCESS).and_then(Value::as_str) == Some(Access::Public.name());
        let body = ["200", "201"]
            .iter()
            .find_map(|status| operation.pointer(&format!("/responses/{status}/content/application~1json/schema")));
        let schema = body.and_then(referred).and_then(|name| schemas.get(name));
        let versioned = schema.is_some_and(|schema| schema.pointer("/properties/version").is_some());
        Self {
            public,
            list: body.and_then(|schema| schema.get("$ref")?.as_str()).is_some_and(is_list),
            json: operation.pointer("/requestBody/content/application~1json").is_some(),
            conditional: matches!(method, "put" | "patch" | "delete") && (path.contains('{') || versioned)
                || declares_if_match(operation),
            once: method == "post" && !public && operation.get(IDEMPOTENCY) != Some(&Value::Bool(false)),
            changes: method != "get",
            named: path.contains('{'),
            versioned,
        }
    }
}

fn declares_if_match(operation: &Value) -> bool {
    own_parameters(operation).iter().any(|parameter| parameter["name"] == "If-Match")
}

fn own_parameters(operation: &Value) -> &[Value] {
    operation.get("parameters").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn parameters(path: &str, operation: &mut Value, traits: &Traits) {
    let own = own_parameters(operation);
    let in_path = path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    let undeclared = in_path.filter(|name| !own.iter().any(|own| own["in"] == "path" && own["name"] == *name));
    let ids = undeclared.map(
        |name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}}),
    );
    let shared = [
        ("PageSize", traits.list),
        ("Cursor", traits.list),
        ("IfMatch", traits.conditional),
        ("IdempotencyKey", traits.once),
        ("RequestId", true),
        ("AcceptLanguage", true),
    ];
    let shared = shared.into_iter().filter(|(_, wanted)| *wanted).map(|(name, _)| reference("parameters", name));
    let own = own.iter().filter(|parameter| parameter["name"] != "If-Match").cloned();
    let all = ids.chain(own).chain(shared).collect();
    put(operation, "parameters", all);
}

/// The statuses of the problems that an operation may answer with, whatever it does.
fn problems(traits: &Traits) -> impl Iterator<Item = u16> {
    [
        (400, true),
        (401, !traits.public),
        (403, !traits.public),
        (404, traits.named),
        (409, traits.changes && !traits.public),
        (412, traits.conditional),
        (413, traits.changes),
        (415, traits.json),
        (422, traits.once),
        (429, true),
        (500, true),
        (503, true),
    ]
    .into_iter()
    .filter_map(|(status, wanted)| wanted.then_some(status))
}

fn responses(operation: &mut Value, traits: &Traits) {
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { return };
    for (status, response) in responses.iter_mut() {
        let status = StatusCode::try_from(status.as_str()).unwrap_or_default();
        if response.get("$ref").is_none() {
            complete_response(status, response, traits);
        }
    }
    for status in problems(traits) {
        responses
            .entry(status.to_string())
            .or_insert_with(|| reference("responses", &components::problem_name(status)));
    }
}

fn complete_response(status: StatusCode, response: &mut Value, traits: &Traits) {
    if response.get("description").and_then(Value::as_str).is_none_or(str::is_empty) {
        put(response, "description", status.canonical_reason().unwrap_or_default().into());
    }
    let refused = status.is_client_error() || status.is_server_error();
    if refused && response.get("content").is_none() {
        put(response, "content", components::problem_content());
    }
    let shared = [
        ("X-Request-Id", "RequestId", true),
        ("ETag", "ETag", !refused && traits.versioned && !traits.list),
        ("Location", "Location", status == StatusCode::CREATED),
        ("Idempotency-Replayed", "IdempotencyReplayed", !refused && traits.once),
    ];
    let mut headers = response.get("headers").cloned().unwrap_or_else(|| json!({}));
    for (name, component, _) in shared.into_iter().filter(|(_, _, wanted)| *wanted) {
        put(&mut headers, name, reference("headers", component));
    }
    put(response, "headers", headers);
}
