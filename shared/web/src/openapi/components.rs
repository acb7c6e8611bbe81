//! The parts that operations share.

use super::problems;
use crate::problem::Code;
use serde_json::{Map, Value, json};

/// All shared parts, `schemas` among them.
pub(super) fn with(mut schemas: Map<String, Value>) -> Value {
    schemas.insert("Problem".to_owned(), problem_schema());
    json!({
        "schemas": schemas,
        "responses": problems::responses(),
        "parameters": parameters(),
        "headers": headers(),
        "securitySchemes": {
            "bearer": {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "JWT",
                "description": "The `access` that `/api/auth/token/` answers. It lives ten minutes.",
            },
        },
    })
}

/// Drops the parts that nothing refers to, until there are none.
pub(super) fn prune(document: &mut Value) {
    loop {
        let text = document.to_string();
        let mut pruned = false;
        for kind in ["schemas", "responses", "parameters", "headers"] {
            let parts = document.pointer_mut(&format!("/components/{kind}")).and_then(Value::as_object_mut);
            let Some(parts) = parts else { continue };
            let before = parts.len();
            parts.retain(|name, _| text.contains(&format!("\"#/components/{kind}/{name}\"")));
            pruned |= parts.len() < before;
        }
        if !pruned {
            return;
        }
    }
}

fn problem_schema() -> Value {
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    let moment = json!({"type": "string", "format": "date-time"});
    json!({
        "type": "object",
        "description": "What went wrong, as RFC 9457 has it. `title`, `detail` and `errors` are in the language \
            that `Accept-Language` prefers; `code` is the same in all.",
        "required": ["type", "title", "status", "detail", "code", "instance"],
        "properties": {
            "type": {"type": "string", "format": "uri"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "code": {"type": "string", "enum": codes},
            "instance": {"type": "string", "description": "The request's id."},
            "errors": {
                "type": "object",
                "description": "What is wrong with which field.",
                "additionalProperties": {"type": "array", "items": {"type": "string"}},
            },
            "field": {"type": "string", "description": "Of `already_exists`."},
            "conflicts": {
                "type": "array",
                "description": "Of `slot_taken`.",
                "items": {
                    "type": "object",
                    "required": ["resource", "start_datetime", "end_datetime"],
                    "properties": {
                        "resource": {"type": "string", "enum": ["doctor", "room", "patient"]},
                        "start_datetime": moment,
                        "end_datetime": moment,
                    },
                },
            },
            "appointments": {
                "type": "array",
                "description": "Of `in_use`.",
                "items": {
                    "type": "object",
                    "required": ["id", "start_datetime", "end_datetime", "status"],
                    "properties": {
                        "id": {"type": "string", "format": "uuid"},
                        "start_datetime": moment,
                        "end_datetime": moment,
                        "status": {"type": "string"},
                    },
                },
            },
            "from": {"type": "string", "description": "Of `illegal_transition`."},
            "action": {"type": "string", "description": "Of `illegal_transition`."},
            "allowed": {
                "type": "array",
                "description": "Of `illegal_transition`: what could be done instead.",
                "items": {"type": "string"},
            },
        },
    })
}

fn parameters() -> Value {
    let header = |name: &str, description: &str, schema: Value| json!({"name": name, "in": "header", "required": false, "description": description, "schema": schema});
    let query = |name: &str, description: &str, schema: Value| json!({"name": name, "in": "query", "required": false, "allowEmptyValue": true, "description": description, "schema": schema});
    json!({
        "RequestId": header("X-Request-Id", "An id for this request; one that doesn't fit is replaced.",
            json!({"type": "string"})),
        "AcceptLanguage": header("Accept-Language", "The language of problems: `es`, `en` or `pt`.",
            json!({"type": "string", "default": "es"})),
        "IfMatch": header("If-Match", "The `ETag` of what was read; a stale one is a 412.",
            json!({"type": "string", "examples": ["\"3\""]})),
        "IdempotencyKey": header("Idempotency-Key",
            "Within 24 hours, the same key and body have the first outcome again; another body is a 422.",
            json!({"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$",
                "examples": ["turno-2027-01-18-1000"]})),
        "PageSize": query("page_size", "How many rows at most.",
            json!({"type": "integer", "minimum": 1, "maximum": 200, "default": 50})),
        "Cursor": query("cursor", "As `next` and `previous` have it: for the same user, route and filters, for an hour.",
            json!({"type": "string"})),
    })
}

fn headers() -> Value {
    let header = |description: &str| json!({"description": description, "schema": {"type": "string"}});
    json!({
        "RequestId": header("The request's id."),
        "ETag": header("The resource's version, for `If-Match`."),
        "Location": header("Where the new resource is."),
        "IdempotencyReplayed": header("`true` where an earlier request with this key had done it."),
    })
}
