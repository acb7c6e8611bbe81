//! Completes the schemas of bodies and lists.

use super::{reference, referenced_schema, set_member};
use crate::policy::LIST;
use serde_json::{Map, Value, json};

/// Forbids additional members in the schema of an operation's body, and makes all members of a PATCH optional.
pub(super) fn complete_body(method: &str, operation: &mut Value, schemas: &mut Map<String, Value>) {
    let Some(body) = operation.pointer_mut("/requestBody/content/application~1json/schema") else { return };
    // utoipa declares an optional body as "the body or null", but the text `null` isn't accepted.
    if let Some(only) = without_null(body) {
        *body = only;
    }
    let Some(name) = referenced_schema(body).map(str::to_owned) else { return };
    let Some(schema) = schemas.get_mut(&name) else { return };
    if schema.get("properties").is_some() {
        set_member(schema, "additionalProperties", json!(false));
    }
    if method == "patch" && schema.get("required").is_some() {
        let patch = optional(schema);
        let name = format!("{name}Patch");
        *body = reference("schemas", &name);
        schemas.insert(name, patch);
    }
}

/// The only alternative besides `null`.
fn without_null(schema: &Value) -> Option<Value> {
    let mut others = schema.get("oneOf")?.as_array()?.iter().filter(|part| **part != json!({"type": "null"}));
    let only = others.next()?.clone();
    others.next().is_none().then_some(only)
}

/// The same members, none of them required, and none with a default: a member that isn't given is kept.
fn optional(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Some(members) = schema.as_object_mut() {
        members.remove("required");
    }
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    for property in properties.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut) {
        property.remove("default");
    }
    schema
}

/// Makes lists refer to the schema of their items, which utoipa inlines.
pub(super) fn deduplicate_lists(schemas: &mut Map<String, Value>) {
    let mut repeated = Vec::new();
    for (list, schema) in schemas.iter_mut() {
        let Some(name) = list.strip_prefix(LIST) else { continue };
        let Some(items) = schema.pointer_mut("/properties/results/items") else { continue };
        if items.get("$ref").is_none() {
            repeated.push((name.to_owned(), std::mem::replace(items, reference("schemas", name))));
        }
    }
    for (name, schema) in repeated {
        schemas.entry(name).or_insert(schema);
    }
}

/// Merges `allOf`, which utoipa makes of `#[serde(flatten)]`, into one object. Otherwise `additionalProperties: false`
/// in the schema of a body would apply to the types that contain it, too.
pub(super) fn flatten_all_of(schemas: &mut Map<String, Value>) {
    let flat: Vec<(String, Value)> = schemas
        .iter()
        .filter(|(_, schema)| schema.get("allOf").is_some())
        .filter_map(|(name, schema)| Some((name.clone(), merged(schema, schemas, MAX_NESTING)?)))
        .collect();
    schemas.extend(flat);
}

/// How deep `allOf` may be nested.
const MAX_NESTING: usize = 8;

/// `None` where a part isn't an object.
fn merged(schema: &Value, schemas: &Map<String, Value>, nesting: usize) -> Option<Value> {
    let mut whole = schema.clone();
    let Some(parts) = whole.as_object_mut()?.remove("allOf") else {
        return schema.get("properties").map(|_| schema.clone());
    };
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for part in parts.as_array()? {
        let part = referenced_schema(part).map_or(Some(part), |name| schemas.get(name))?;
        let part = merged(part, schemas, nesting.checked_sub(1)?)?;
        properties.extend(part.get("properties")?.as_object()?.clone());
        required.extend(part.get("required").and_then(Value::as_array).into_iter().flatten().cloned());
    }
    set_member(&mut whole, "type", "object".into());
    set_member(&mut whole, "properties", properties.into());
    set_member(&mut whole, "required", required.into());
    Some(whole)
}
