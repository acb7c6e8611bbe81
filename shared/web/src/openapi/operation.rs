//! Completes one operation: security, parameters, responses and description.

use super::{problems, reference, referenced_schema, set_member};
use crate::policy::{ACCESS, Access, IDEMPOTENCY, is_list};
use crate::problem::Code;
use http::StatusCode;
use serde_json::{Map, Value, json};

pub(super) fn complete(path: &str, method: &str, operation: &mut Value, schemas: &Map<String, Value>) {
    let traits = OperationTraits::of(path, method, operation, schemas);
    set_member(operation, "security", if traits.public { json!([]) } else { json!([{"bearer": []}]) });
    parameters(path, operation, &traits);
    responses(operation, &traits);
    let description = description(operation, &traits);
    set_member(operation, "description", description.into());
}

/// The handler's doc comment after its first line, the required access, and the codes of its problems.
fn description(operation: &Value, traits: &OperationTraits) -> String {
    let own = operation.get("description").and_then(Value::as_str).unwrap_or_default();
    let access = match operation.get(ACCESS).and_then(Value::as_str).and_then(Access::parse) {
        Some(Access::Public) => "Public: no token is needed.",
        Some(Access::Own) => "For any signed-in user, about their own account.",
        Some(Access::Operator) => "For OPERATOR and ADMIN.",
        Some(Access::Admin) => "For ADMIN.",
        Some(Access::AdminOfAll) => "For an ADMIN of all clinics.",
        None => "Access is denied to all callers.",
    };
    let statuses = operation.get("responses").and_then(Value::as_object).into_iter().flat_map(Map::keys);
    let codes = statuses.filter_map(|status| status.parse().ok()).flat_map(|status: u16| match status {
        409 => problems::conflicts(operation),
        _ => problems::codes(status).filter(|code| traits.can_fail_with(*code)).collect(),
    });
    let codes: Vec<String> = codes.map(|code| format!("`{}`", code.name())).collect();
    let parts = [own.to_owned(), format!("{access} Problems: {}.", codes.join(", "))];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}

struct OperationTraits {
    public: bool,
    list: bool,
    /// Takes a JSON body.
    json: bool,
    /// Takes `If-Match`.
    conditional: bool,
    /// Takes an `Idempotency-Key`.
    idempotent: bool,
    /// Isn't a GET.
    writes: bool,
    path_has_id: bool,
    /// The resource in its response has a version.
    versioned: bool,
}

impl OperationTraits {
    fn of(path: &str, method: &str, operation: &Value, schemas: &Map<String, Value>) -> Self {
        let public = operation.get(ACCESS).and_then(Value::as_str) == Some(Access::Public.name());
        let body = ["200", "201"]
            .iter()
            .find_map(|status| operation.pointer(&format!("/responses/{status}/content/application~1json/schema")));
        let schema = body.and_then(referenced_schema).and_then(|name| schemas.get(name));
        let versioned = schema.is_some_and(|schema| schema.pointer("/properties/version").is_some());
        Self {
            public,
            list: body.and_then(|schema| schema.get("$ref")?.as_str()).is_some_and(is_list),
            json: operation.pointer("/requestBody/content/application~1json").is_some(),
            conditional: matches!(method, "put" | "patch" | "delete") && (path.contains('{') || versioned)
                || declares_if_match(operation),
            idempotent: method == "post" && !public && operation.get(IDEMPOTENCY) != Some(&Value::Bool(false)),
            writes: method != "get",
            path_has_id: path.contains('{'),
            versioned,
        }
    }
}

impl OperationTraits {
    /// Whether the operation can fail with this code, given that it can with the code's status.
    fn can_fail_with(&self, code: Code) -> bool {
        match code {
            Code::Malformed => self.writes && (self.json || self.public),
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

fn parameters(path: &str, operation: &mut Value, traits: &OperationTraits) {
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
        ("IfNoneMatch", traits.list),
        ("IdempotencyKey", traits.idempotent),
        ("RequestId", true),
        ("AcceptLanguage", true),
    ];
    let shared = shared.into_iter().filter(|(_, wanted)| *wanted).map(|(name, _)| reference("parameters", name));
    let own = own.iter().filter(|parameter| parameter["name"] != "If-Match").cloned().map(|mut parameter| {
        let location = parameter.get("in").and_then(Value::as_str).map(str::to_owned);
        if location.as_deref() == Some("path") {
            set_member(&mut parameter, "schema", json!({"type": "string", "format": "uuid"}));
        } else if location.as_deref() == Some("query") {
            // HTML forms send fields that weren't filled in: empty counts as absent.
            set_member(&mut parameter, "allowEmptyValue", json!(true));
        }
        parameter
    });
    let all = ids.chain(own).chain(shared).collect();
    set_member(operation, "parameters", all);
}

/// The statuses of problems that follow from an operation's traits.
fn problems(traits: &OperationTraits) -> impl Iterator<Item = u16> {
    [
        (400, true),
        (401, !traits.public),
        (403, !traits.public),
        (404, traits.path_has_id),
        (412, traits.conditional),
        (413, traits.writes),
        (415, traits.json),
        (422, traits.idempotent),
        (429, true),
        (500, true),
        (503, true),
    ]
    .into_iter()
    .filter_map(|(status, wanted)| wanted.then_some(status))
}

fn responses(operation: &mut Value, traits: &OperationTraits) {
    let conflicts = problems::conflicts(operation);
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { return };
    // An error that is declared by its status alone becomes the shared response.
    for (status, response) in responses.iter_mut().filter(|(_, response)| is_bare(response)) {
        if let Some(status) = status.parse().ok().filter(|status| (400..600).contains(status)) {
            *response = reference("responses", &problems::name(status));
        }
    }
    if !conflicts.is_empty() {
        responses.insert("409".to_owned(), problems::response(409, &conflicts));
    }
    if traits.list {
        responses.insert("304".to_owned(), json!({}));
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

/// Whether a response is declared by its status alone.
fn is_bare(response: &Value) -> bool {
    let described = response.get("description").and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    !described && response.get("content").is_none()
}

fn complete_response(status: StatusCode, response: &mut Value, traits: &OperationTraits) {
    if response.get("description").and_then(Value::as_str).is_none_or(str::is_empty) {
        set_member(response, "description", status.canonical_reason().unwrap_or_default().into());
    }
    let refused = status.is_client_error() || status.is_server_error();
    if refused && response.get("content").is_none() {
        set_member(response, "content", problems::content());
    }
    let shared = [
        ("X-Request-Id", "RequestId", true),
        ("ETag", "ETag", !refused && traits.versioned && !traits.list),
        ("ETag", "ListETag", !refused && traits.list),
        ("Location", "Location", status == StatusCode::CREATED),
        ("Idempotency-Replayed", "IdempotencyReplayed", !refused && traits.idempotent),
    ];
    let mut headers = response.get("headers").cloned().unwrap_or_else(|| json!({}));
    for (name, component, _) in shared.into_iter().filter(|(_, _, wanted)| *wanted) {
        set_member(&mut headers, name, reference("headers", component));
    }
    set_member(response, "headers", headers);
}
