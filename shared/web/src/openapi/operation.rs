//! What one operation gets beyond its own declaration.

use super::{problems, put, reference, referred};
use crate::policy::{ACCESS, Access, IDEMPOTENCY, is_list};
use crate::problem::Code;
use http::StatusCode;
use serde_json::{Map, Value, json};

/// Completes an operation of a path.
pub(super) fn complete(path: &str, method: &str, operation: &mut Value, schemas: &Map<String, Value>) {
    let traits = Traits::of(path, method, operation, schemas);
    put(operation, "security", if traits.public { json!([]) } else { json!([{"bearer": []}]) });
    parameters(path, operation, &traits);
    responses(operation, &traits);
    let description = description(operation, &traits);
    put(operation, "description", description.into());
}

/// What stands above the handler after its first line, who may call it, and how it refuses.
fn description(operation: &Value, traits: &Traits) -> String {
    let own = operation.get("description").and_then(Value::as_str).unwrap_or_default();
    let who = match operation.get(ACCESS).and_then(Value::as_str).and_then(Access::parse) {
        Some(Access::Public) => "Anybody may call it.",
        Some(Access::Own) => "For anybody who signed in, about their own account.",
        Some(Access::Operator) => "For OPERATOR and ADMIN.",
        Some(Access::Admin) => "For ADMIN.",
        Some(Access::AdminOfAll) => "For an ADMIN of all clinics.",
        None => "Nobody may call it.",
    };
    let statuses = operation.get("responses").and_then(Value::as_object).into_iter().flat_map(Map::keys);
    let codes = statuses.filter_map(|status| status.parse().ok()).flat_map(|status: u16| match status {
        409 => problems::conflicts(operation),
        _ => problems::codes(status).filter(|code| traits.meets(*code)).collect(),
    });
    let codes: Vec<String> = codes.map(|code| format!("`{}`", code.name())).collect();
    let parts = [own.to_owned(), format!("{who} Refusals: {}.", codes.join(", "))];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
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

impl Traits {
    /// Whether an operation like this one can refuse with a code, given that it can with its status.
    fn meets(&self, code: Code) -> bool {
        match code {
            Code::Malformed => self.changes && (self.json || self.public),
            Code::InvalidCursor => self.list,
            Code::InvalidCredentials | Code::OtpRequired => self.public,
            _ => true,
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
    let own = own.iter().filter(|parameter| parameter["name"] != "If-Match").cloned().map(|mut parameter| {
        let place = parameter.get("in").and_then(Value::as_str).map(str::to_owned);
        if place.as_deref() == Some("path") {
            put(&mut parameter, "schema", json!({"type": "string", "format": "uuid"}));
        } else if place.as_deref() == Some("query") {
            // Forms send what nobody filled in: empty is as good as absent.
            put(&mut parameter, "allowEmptyValue", json!(true));
        }
        parameter
    });
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
    let conflicts = problems::conflicts(operation);
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { return };
    // A refusal that is declared by its status alone is the shared one.
    for (status, response) in responses.iter_mut().filter(|(_, response)| is_bare(response)) {
        if let Some(status) = status.parse().ok().filter(|status| (400..600).contains(status)) {
            *response = reference("responses", &problems::name(status));
        }
    }
    if !conflicts.is_empty() {
        responses.insert("409".to_owned(), problems::response(409, &conflicts));
    }
    for (status, response) in responses.iter_mut() {
        let status = StatusCode::try_from(status.as_str()).unwrap_or_default();
        if response.get("$ref").is_none() {
            complete_response(status, response, traits);
        }
    }
    for status in problems(traits) {
        responses.entry(status.to_string()).or_insert_with(|| reference("responses", &problems::name(status)));
    }
}

/// Whether a response says nothing but its status.
fn is_bare(response: &Value) -> bool {
    let described = response.get("description").and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    !described && response.get("content").is_none()
}

fn complete_response(status: StatusCode, response: &mut Value, traits: &Traits) {
    if response.get("description").and_then(Value::as_str).is_none_or(str::is_empty) {
        put(response, "description", status.canonical_reason().unwrap_or_default().into());
    }
    let refused = status.is_client_error() || status.is_server_error();
    if refused && response.get("content").is_none() {
        put(response, "content", problems::content());
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
