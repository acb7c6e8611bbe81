//! The shared components of the document: schemas, responses, parameters, headers and the security scheme.

use super::{problems, set_member};
use crate::problem::Code;
use serde_json::{Map, Value, json};

pub(super) fn build(mut schemas: Map<String, Value>) -> Value {
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
                "description": "The `access` token of `/api/auth/token/`. It is valid for ten minutes.",
            },
        },
    })
}

/// Removes components that nothing refers to, repeatedly, until each has a reference.
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
        "description": "A problem as in RFC 9457. `title`, `detail` and `errors` are in the language \
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
                "description": "The errors of each field.",
                "additionalProperties": {"type": "array", "items": {"type": "string"}},
            },
            "field": {"type": "string", "description": "For `already_exists`."},
            "existing_id": {"type": "string", "format": "uuid",
                "description": "For `already_exists`: what exists, where the caller may see it."},
            "existing_kind": {"type": "string", "enum": ["window", "rule", "holiday"],
                "description": "For `already_exists`: the kind of what exists."},
            "date": {"type": "string", "format": "date",
                "description": "For `already_exists`: the day on which an existing window or rule overlaps."},
            "start_time": {"type": "string", "description": "For `already_exists`: when it begins on that day."},
            "end_time": {"type": "string", "description": "For `already_exists`: when it ends on that day."},
            "conflicts": {
                "type": "array",
                "description": "For `slot_taken`.",
                "items": {
                    "type": "object",
                    "required": ["resource", "start_datetime", "end_datetime"],
                    "properties": {
                        "resource": {"type": "string", "enum": ["doctor", "room", "patient"]},
                        "start_datetime": moment,
                        "end_datetime": moment,
                        "appointment": {"type": "string", "format": "uuid",
                            "description": "What takes the time, where the caller may see it."},
                        "patient_name": {"type": "string", "description": "Given with `appointment`."},
                    },
                },
            },
            "offers": {
                "type": "array",
                "description": "For `slot_taken` and `outside_availability`: the doctor's next free slots that fit the patient.",
                "items": {
                    "type": "object",
                    "required": ["doctor", "doctor_name", "room", "room_name", "start_datetime", "end_datetime"],
                    "properties": {
                        "doctor": {"type": "string", "format": "uuid"},
                        "doctor_name": {"type": "string"},
                        "room": {"type": "string", "format": "uuid"},
                        "room_name": {"type": "string"},
                        "start_datetime": moment,
                        "end_datetime": moment,
                    },
                },
            },
            "cause": {
                "type": "string",
                "enum": ["no_availability", "holiday", "block", "room_closed", "too_early", "too_late"],
                "description": "For `outside_availability`, and for `illegal_transition` at the wrong time.",
            },
            "limit": {"type": "integer", "description": "For `overbook_limit`: how many the clinic allows on a day."},
            "used": {"type": "integer", "description": "For `overbook_limit`: how many there are on that day."},
            "appointments": {
                "type": "array",
                "description": "For `in_use`: those that the caller may see.",
                "items": {
                    "type": "object",
                    "required": ["id", "patient", "patient_name", "doctor_name", "start_datetime", "end_datetime",
                        "status"],
                    "properties": {
                        "id": {"type": "string", "format": "uuid"},
                        "patient": {"type": "string", "format": "uuid"},
                        "patient_name": {"type": "string"},
                        "doctor_name": {"type": "string"},
                        "start_datetime": moment,
                        "end_datetime": moment,
                        "status": {"type": "string"},
                    },
                },
            },
            "windows": {
                "type": "array",
                "description": "For `in_use`: windows to come.",
                "items": availability(&[
                    ("date", json!({"type": "string", "format": "date"})),
                    ("start_time", json!({"type": "string"})),
                    ("end_time", json!({"type": "string"})),
                ]),
            },
            "rules": {
                "type": "array",
                "description": "For `in_use`: rules that haven't ended.",
                "items": availability(&[
                    ("weekdays", json!({"type": "array", "items": {"type": "integer"}})),
                    ("start_time", json!({"type": "string"})),
                    ("end_time", json!({"type": "string"})),
                    ("valid_from", json!({"type": "string", "format": "date"})),
                    ("valid_until", json!({"type": ["string", "null"], "format": "date"})),
                ]),
            },
            "doctors": {
                "type": "array",
                "description": "For `in_use` of a specialty: the doctors who have it.",
                "items": {
                    "type": "object",
                    "required": ["id", "full_name"],
                    "properties": {
                        "id": {"type": "string", "format": "uuid"},
                        "full_name": {"type": "string"},
                    },
                },
            },
            "others": {"type": "integer", "description": "For `in_use`: how many more there are."},
            "from": {"type": "string", "description": "For `illegal_transition`."},
            "action": {"type": "string", "description": "For `illegal_transition`."},
            "allowed": {
                "type": "array",
                "description": "For `illegal_transition`: the actions that are possible instead.",
                "items": {"type": "string"},
            },
        },
    })
}

/// The schema of a window or a rule that depends on a record.
fn availability(own: &[(&str, Value)]) -> Value {
    let id = || json!({"type": "string", "format": "uuid"});
    let mut properties = json!({
        "id": id(),
        "doctor": id(),
        "doctor_name": {"type": "string"},
        "room": id(),
        "room_name": {"type": "string"},
    });
    for (name, schema) in own {
        set_member(&mut properties, name, schema.clone());
    }
    let required: Vec<&String> = properties.as_object().into_iter().flat_map(serde_json::Map::keys).collect();
    json!({"type": "object", "required": required, "properties": properties})
}

fn parameters() -> Value {
    let header = |name: &str, description: &str, schema: Value| json!({"name": name, "in": "header", "required": false, "description": description, "schema": schema});
    let query = |name: &str, description: &str, schema: Value| json!({"name": name, "in": "query", "required": false, "allowEmptyValue": true, "description": description, "schema": schema});
    json!({
        "RequestId": header("X-Request-Id", "An id for this request. An invalid one is replaced.",
            json!({"type": "string"})),
        "AcceptLanguage": header("Accept-Language", "The language of problems: `es`, `en` or `pt`.",
            json!({"type": "string", "default": "es"})),
        "IfMatch": header("If-Match", "The `ETag` of the version that was read. A stale one is refused with 412.",
            json!({"type": "string", "examples": ["\"3\""]})),
        "IfNoneMatch": header("If-None-Match", "The `ETag` of a page that was read. The same rows are answered with 304.",
            json!({"type": "string", "examples": ["W/\"5f2b8c\""]})),
        "IdempotencyKey": header("Idempotency-Key",
            "Within 24 hours, the same key and body get the first outcome again. The same key with another body is refused with 422.",
            json!({"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$",
                "examples": ["turno-2027-01-18-1000"]})),
        "PageSize": query("page_size", "Maximum number of rows.",
            json!({"type": "integer", "minimum": 1, "maximum": 200, "default": 50})),
        "Cursor": query("cursor", "The cursor of `next` or `previous`: valid for the same user, route and filters, for one hour.",
            json!({"type": "string"})),
    })
}

fn headers() -> Value {
    let header = |description: &str| json!({"description": description, "schema": {"type": "string"}});
    json!({
        "RequestId": header("The request's id."),
        "ETag": header("The resource's version, for `If-Match`."),
        "ListETag": header("The rows of the page, for `If-None-Match`."),
        "Location": header("The path of the new resource."),
        "IdempotencyReplayed": header("`true` if an earlier request with this key made the change."),
    })
}
