//! Builds the OpenAPI document of some functions' routes: from what the handlers declare, completed with what applies
//! to all operations.
//!
//! | Completed | with | in |
//! |---|---|---|
//! | each operation | required access, `X-Request-Id`, problems, a description | `openapi/operation.rs` |
//! | each operation | the parameters and headers of its path, body, version or list | `openapi/operation.rs` |
//! | problem responses | the meaning of each status, an example of each code | `openapi/problems.rs` |
//! | schemas of bodies | `additionalProperties: false`; of a PATCH, no required members | `openapi/schemas.rs` |
//! | operations with `dry_run` | the answer to a dry run | `openapi/dry_run.rs` |
//! | operations that create a resource | links to the operations on it | `openapi/links.rs` |
//! | the document | tags | `openapi/tags.rs` |
//! | the document | the schema of problems, the security scheme, shared headers | `openapi/components.rs` |

mod components;
mod dry_run;
mod links;
mod operation;
mod problems;
mod schemas;
mod tags;

use crate::Router;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

const DESCRIPTION: &str = "Appointments of medical practices, with reminders by WhatsApp.\n\n\
    Sign in at `/api/auth/token/` and send `Authorization: Bearer …`. Ids are opaque. Instants have an offset; \
    one that is sent without an offset is the clinic's local time. Lists are paged: follow `next`. A resource's `ETag` \
    goes into `If-Match`, so that a concurrent change isn't overwritten. A POST with an `Idempotency-Key` takes effect \
    once. Problems are `application/problem+json`; programs read `code`, people `detail`, in the language that \
    `Accept-Language` prefers.";

#[must_use]
pub fn document(routers: impl IntoIterator<Item = Router>) -> Value {
    let mut merged = utoipa::openapi::OpenApiBuilder::new().build();
    for router in routers {
        merged.merge(router.openapi());
    }
    // A document consists of maps and texts, so it always serialises to an object.
    let mut document: Map<String, Value> = match serde_json::to_value(merged) {
        Ok(Value::Object(members)) => members,
        Ok(_) | Err(_) => Map::new(),
    };
    let info = json!({
        "title": "citas",
        "description": DESCRIPTION,
        "contact": {"name": "The operator of this deployment"},
        "version": env!("CARGO_PKG_VERSION"),
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    });
    document.insert("info".to_owned(), info);
    let servers = json!([{"url": "/", "description": "The host that serves this document."}]);
    document.insert("servers".to_owned(), servers);
    let mut schemas = match document.remove("components").as_mut().and_then(|parts| parts.get_mut("schemas")) {
        Some(Value::Object(schemas)) => std::mem::take(schemas),
        _ => Map::new(),
    };
    schemas::deduplicate_lists(&mut schemas);
    schemas::flatten_all_of(&mut schemas);
    let mut groups = BTreeSet::new();
    for (path, item) in document.get_mut("paths").into_iter().flat_map(members) {
        for (method, operation) in members(item) {
            schemas::complete_body(method, operation, &mut schemas);
            operation::complete(path, method, operation, &schemas);
            dry_run::add_answer(operation);
            let tags = operation.get("tags").and_then(Value::as_array).into_iter().flatten();
            groups.extend(tags.filter_map(Value::as_str).map(str::to_owned));
        }
    }
    document.insert("tags".to_owned(), tags::descriptions(&groups));
    if let Some(paths) = document.get_mut("paths") {
        links::add(paths);
    }
    document.insert("components".to_owned(), components::build(schemas));
    let mut document = Value::Object(document);
    components::prune(&mut document);
    sorted(document)
}

/// The document as the text of `openapi.json`.
#[must_use]
pub fn to_json(document: &Value) -> String {
    format!("{document:#}\n")
}

/// An object's members; none of any other value.
fn members(value: &mut Value) -> impl Iterator<Item = (&String, &mut Value)> {
    value.as_object_mut().into_iter().flatten()
}

/// Does nothing if `value` isn't an object.
fn set_member(value: &mut Value, name: &str, member: Value) {
    if let Some(members) = value.as_object_mut() {
        members.insert(name.to_owned(), member);
    }
}

/// Sorts the members of every object by name. The order must not depend on the features that `serde_json` was built
/// with, since the document is committed.
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

/// A `$ref` to a shared component.
fn reference(kind: &str, name: &str) -> Value {
    json!({"$ref": format!("#/components/{kind}/{name}")})
}

/// The name of the schema that a `$ref` points to.
fn referenced_schema(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix("#/components/schemas/")
}
