//! The OpenAPI document of some functions' routes: what stands above the handlers, and what holds for
//! all of them and so stands above none.
//!
//! | Added to | what | where |
//! |---|---|---|
//! | every operation | who may call it, `X-Request-Id`, its problems, a description | `openapi/operation.rs` |
//! | problems | what each status means, an example of each code | `openapi/problems.rs` |
//! | what has a path, a body, a version, parts | its parameters and headers | `openapi/operation.rs` |
//! | bodies | that other members are refused; of a PATCH, that none is required | `openapi/schemas.rs` |
//! | schemas and parameters | a choice of words as one | `openapi/choices.rs` |
//! | what makes a thing | links to what can be done with it | `openapi/links.rs` |
//! | the whole | the groups | `openapi/tags.rs` |
//! | the whole | the schema of problems, the token, shared headers | `openapi/components.rs` |

mod choices;
mod components;
mod id;
mod links;
mod operation;
mod problems;
mod schemas;
mod tags;

pub use id::Id;

use crate::Router;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// What somebody reads first.
const DESCRIPTION: &str = "Appointments of medical practices, with reminders by WhatsApp.\n\n\
    Sign in at `/api/auth/token/` and send `Authorization: Bearer …`. Ids are opaque. Instants have an offset; \
    one that is sent without is the clinic's local time. Lists come in pages: follow `next`. A resource's `ETag` \
    goes into `If-Match`, so that nobody's change is overwritten unseen. A POST with an `Idempotency-Key` happens \
    once. Problems are `application/problem+json`; programs read `code`, people `detail`, in the language that \
    `Accept-Language` prefers.";

/// The document.
#[must_use]
pub fn document(routers: impl IntoIterator<Item = Router>) -> Value {
    let mut merged = utoipa::openapi::OpenApiBuilder::new().build();
    for router in routers {
        merged.merge(router.openapi());
    }
    // A document is made of maps and texts: it always is an object in JSON.
    let mut document: Map<String, Value> = match serde_json::to_value(merged) {
        Ok(Value::Object(members)) => members,
        Ok(_) | Err(_) => Map::new(),
    };
    let info = json!({
        "title": "citas",
        "description": DESCRIPTION,
        "contact": {"name": "Whoever runs this deployment"},
        "version": env!("CARGO_PKG_VERSION"),
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    });
    document.insert("info".to_owned(), info);
    let here = json!([{"url": "/", "description": "The host that this document comes from."}]);
    document.insert("servers".to_owned(), here);
    let mut schemas = match document.remove("components").as_mut().and_then(|parts| parts.get_mut("schemas")) {
        Some(Value::Object(schemas)) => std::mem::take(schemas),
        _ => Map::new(),
    };
    schemas::lists(&mut schemas);
    schemas::flatten(&mut schemas);
    let mut groups = BTreeSet::new();
    for (path, item) in document.get_mut("paths").into_iter().flat_map(members) {
        for (method, operation) in members(item) {
            schemas::bodies(method, operation, &mut schemas);
            operation::complete(path, method, operation, &schemas);
            let tags = operation.get("tags").and_then(Value::as_array).into_iter().flatten();
            groups.extend(tags.filter_map(Value::as_str).map(str::to_owned));
        }
    }
    document.insert("tags".to_owned(), tags::described(&groups));
    if let Some(paths) = document.get_mut("paths") {
        links::add(paths);
    }
    document.insert("components".to_owned(), components::with(schemas));
    let mut document = Value::Object(document);
    choices::declare(&mut document);
    components::prune(&mut document);
    sorted(document)
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
