//! Problem responses of the document: the meaning of each status, with an example of each code.

use super::{reference, set_member};
use crate::policy::CONFLICTS;
use crate::problem::Code;
use crate::texts;
use domain::language::Language;
use domain::phone::PhoneProblem;
use domain::violation::Rule;
use serde_json::{Map, Value, json};

pub(super) fn name(status: u16) -> String {
    format!("Problem{status}")
}

pub(super) fn content() -> Value {
    json!({"application/problem+json": {"schema": reference("schemas", "Problem")}})
}

pub(super) fn codes(status: u16) -> impl Iterator<Item = Code> {
    Code::ALL.iter().copied().filter(move |code| code.status().as_u16() == status)
}

/// The codes that an operation declares in `x-conflicts`.
pub(super) fn conflicts(operation: &Value) -> Vec<Code> {
    let names = operation.get(CONFLICTS).and_then(Value::as_array).into_iter().flatten();
    names.filter_map(|name| Code::ALL.iter().copied().find(|code| name == code.name())).collect()
}

pub(super) fn responses() -> Map<String, Value> {
    let mut statuses: Vec<u16> = Code::ALL.iter().map(|code| code.status().as_u16()).collect();
    statuses.sort_unstable();
    statuses.dedup();
    statuses.into_iter().map(|status| (name(status), response(status, &codes(status).collect::<Vec<_>>()))).collect()
}

pub(super) fn response(status: u16, codes: &[Code]) -> Value {
    let mut headers = json!({"X-Request-Id": reference("headers", "RequestId")});
    let own = match status {
        401 => Some(("WWW-Authenticate", "How to sign in.", json!({"type": "string"}))),
        405 => Some(("Allow", "The methods that the path has.", json!({"type": "string"}))),
        429 | 503 => Some(("Retry-After", "How many seconds to wait.", json!({"type": "integer", "minimum": 1}))),
        _ => None,
    };
    if let Some((name, description, schema)) = own {
        set_member(&mut headers, name, json!({"description": description, "schema": schema}));
    }
    let examples: Map<String, Value> =
        codes.iter().map(|code| (code.name().to_owned(), json!({"value": example(*code)}))).collect();
    // One schema for all codes, so that generated clients have one type; the examples show the difference.
    let schema = reference("schemas", "Problem");
    json!({
        "description": described(codes),
        "headers": headers,
        "content": {"application/problem+json": {"schema": schema, "examples": examples}},
    })
}

fn described(codes: &[Code]) -> String {
    let of = |code: &Code| format!("`{}`: {}", code.name(), texts::title(*code, Language::En).to_lowercase());
    codes.iter().map(of).collect::<Vec<_>>().join("; ")
}

fn offer() -> Value {
    json!({
        "doctor": "019ba0de-3a00-7d55-8f00-5d2c9b7e0a42",
        "doctor_name": "Alicia Mora",
        "room": "019ba0de-3a00-7e66-8f00-5d2c9b7e0a42",
        "room_name": "Consultorio 1",
        "start_datetime": "2027-01-18T10:30:00-03:00",
        "end_datetime": "2027-01-18T11:00:00-03:00",
    })
}

/// In Spanish, the default language.
fn example(code: Code) -> Value {
    let mut example = json!({
        "type": format!("urn:citas:problem:{}", code.name()),
        "title": texts::title(code, Language::Es),
        "status": code.status().as_u16(),
        "detail": texts::detail(code, Language::Es),
        "code": code.name(),
        "instance": "019ba0de-3a00-7c3e-9d27-4b1f0e6a5c11",
    });
    let more = match code {
        Code::ValidationError => {
            let text = texts::rule(
                &Rule::Phone { problem: PhoneProblem::TooShort, example: "+57 300 123 4567" },
                Language::Es,
            );
            json!({"errors": {"phone_number": [text]}})
        }
        Code::AlreadyExists => {
            json!({
                "field": "document_number",
                "existing_id": "019ba0de-3a00-7a11-8f00-5d2c9b7e0a42",
                "errors": {"document_number": [texts::taken(Language::Es)]},
            })
        }
        Code::SlotTaken => json!({"conflicts": [{
            "resource": "doctor",
            "start_datetime": "2027-01-18T10:00:00-03:00",
            "end_datetime": "2027-01-18T10:30:00-03:00",
            "appointment": "019ba0de-3a00-7a11-8f00-5d2c9b7e0a42",
            "patient_name": "Julia Paz",
        }], "offers": [offer()]}),
        Code::OutsideAvailability => json!({"cause": "no_availability", "offers": [offer()]}),
        Code::OverbookLimit => json!({"limit": 4, "used": 4}),
        Code::IllegalTransition => json!({"from": "CANCELLED", "action": "confirm", "allowed": ["reopen"]}),
        Code::InUse => json!({"appointments": [{
            "id": "019ba0de-3a00-7a11-8f00-5d2c9b7e0a42",
            "patient": "019ba0de-3a00-7b22-8f00-5d2c9b7e0a43",
            "patient_name": "Julia Paz",
            "doctor_name": "Héctor Núñez",
            "start_datetime": "2027-01-18T10:00:00-03:00",
            "end_datetime": "2027-01-18T10:30:00-03:00",
            "status": "CONFIRMED",
        }], "others": 0}),
        _ => json!({}),
    };
    for (name, value) in more.as_object().into_iter().flatten() {
        set_member(&mut example, name, value.clone());
    }
    example
}
