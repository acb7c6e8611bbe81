//! The OpenAPI document of some functions' routes: what stands above the handlers, and what holds for
//! all of them and so stands above none.
//!
//! | Added to | what | where |
//! |---|---|---|
//! | every operation | who may call it, `X-Request-Id`, its problems | `openapi/operation.rs` |
//! | what has a path, a body, a version, parts | its parameters and headers | `openapi/operation.rs` |
//! | bodies | that other members are refused; of a PATCH, that none is required | `openapi/schemas.rs` |
//! | the whole | the schema of problems, the token, shared headers | `openapi/components.rs` |

mod components;
mod operation;
mod schemas;

use crate::Router;
use serde_json::{Map, Value, json};

/// The document.
#[must_use]
pub fn document(routers: impl IntoIterator<Item = Router>) -> Value {
    let mut merged = utoipa::openapi::OpenApiBuilder::new().build();
    for router in routers {
        merged.merge(router.into_openapi());
    }
    // A document is made of maps and texts: it always is an object in JSON.
    let mut document: Map<String, Value> = match serde_json::to_value(merged) {
        Ok(Value::Object(members)) => members,
        Ok(_) | Err(_) => Map::new(),
    };
    let info = json!({
        "title": "citas",
        "description": "Appointments of medical practices, with reminders by WhatsApp.",
        "version": env!("CARGO_PKG_VERSION"),
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    });
    document.insert("info".to_owned(), info);
    let mut schemas = match document.remove("components").as_mut().and_then(|parts| parts.get_mut("schemas")) {
        Some(Value::Object(schemas)) => std::mem::take(schemas),
        _ => Map::new(),
    };
    schemas::lists(&mut schemas);
    schemas::flatten(&mut schemas);
    for (path, item) in document.get_mut("paths").into_iter().flat_map(members) {
        for (method, operation) in members(item) {
            schemas::bodies(method, operation, &mut schemas);
            operation::complete(path, method, operation, &schemas);
        }
    }
    document.insert("components".to_owned(), components::with(schemas));
    sorted(Value::Object(document))
}

/// The document as the text of a file.
#[must_use]
pub fn to_json(document: &Value) -> String {
    format!("{document:#}\n")
}

/// An object's members; of anything else, none.
fn members(value: &mut Value) -> impl Iterator<Item = (&String, &mut Value)> {
    value.as_object_mut().into_iter().flatten()
}

/// Sets a member of an object, and of nothing else.
fn put(value: &mut Value, name: &str, member: Value) {
    if let Some(members) = value.as_object_mut() {
        members.insert(name.to_owned(), member);
    }
}

/// The same with every object's members in alphabetical order, whatever features `serde_json` was
/// built with: the committed file must not depend on who built it.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.into_iter().map(|(name, value)| (name, sorted(value))).collect();
            members.sort_by(|(a, _), (b, _)| a.cmp(b));
            Value::Object(Map::from_iter(members))
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        scalar => scalar,
    }
}

/// A reference to a shared part.
fn reference(kind: &str, name: &str) -> Value {
    json!({"$ref": format!("#/components/{kind}/{name}")})
}

/// The name of the schema that a reference is to.
fn referred(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix("#/components/schemas/")
}
