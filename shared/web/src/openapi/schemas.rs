//! What holds for the schemas of bodies and lists.

use super::{put, reference, referred};
use crate::policy::LIST;
use serde_json::{Map, Value, json};

/// Completes the schema of an operation's body: other members than the declared ones are refused, and
/// a PATCH requires none.
pub(super) fn bodies(method: &str, operation: &mut Value, schemas: &mut Map<String, Value>) {
    let Some(body) = operation.pointer_mut("/requestBody/content/application~1json/schema") else { return };
    // A body that may be left out is declared as "the body or null"; `null` in its place is no body.
    if let Some(only) = without_null(body) {
        *body = only;
    }
    let Some(name) = referred(body).map(str::to_owned) else { return };
    let Some(schema) = schemas.get_mut(&name) else { return };
    if schema.get("properties").is_some() {
        put(schema, "additionalProperties", json!(false));
    }
    if method == "patch" && schema.get("required").is_some() {
        let patch = optional(schema);
        let name = format!("{name}Patch");
        *body = reference("schemas", &name);
        schemas.insert(name, patch);
    }
}

/// The one alternative besides `null`.
fn without_null(schema: &Value) -> Option<Value> {
    let mut others = schema.get("oneOf")?.as_array()?.iter().filter(|part| **part != json!({"type": "null"}));
    let only = others.next()?.clone();
    others.next().is_none().then_some(only)
}

/// The same members, none of them required, and none with a default: what isn't given stays as it is.
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

/// Lists refer to the schema of what is in them; as declared, they repeat it.
pub(super) fn lists(schemas: &mut Map<String, Value>) {
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

/// A type that has all members of another one, and some of its own, is declared as `allOf` both. They
/// become one object: only then can a body be closed to other members without closing what is made
/// of it.
pub(super) fn flatten(schemas: &mut Map<String, Value>) {
    let flat: Vec<(String, Value)> = schemas
        .iter()
        .filter(|(_, schema)| schema.get("allOf").is_some())
        .filter_map(|(name, schema)| Some((name.clone(), merged(schema, schemas, MAX_NESTING)?)))
        .collect();
    schemas.extend(flat);
}

/// How many types deep members are taken over from.
const MAX_NESTING: usize = 8;

/// One object with the members of all parts; `None` where a part isn't an object.
fn merged(schema: &Value, schemas: &Map<String, Value>, nesting: usize) -> Option<Value> {
    let mut whole = schema.clone();
    let Some(parts) = whole.as_object_mut()?.remove("allOf") else {
        return schema.get("properties").map(|_| schema.clone());
    };
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for part in parts.as_array()? {
        let part = referred(part).map_or(Some(part), |name| schemas.get(name))?;
        let part = merged(part, schemas, nesting.checked_sub(1)?)?;
        properties.extend(part.get("properties")?.as_object()?.clone());
        required.extend(part.get("required").and_then(Value::as_array).into_iter().flatten().cloned());
    }
    put(&mut whole, "type", "object".into());
    put(&mut whole, "properties", properties.into());
    put(&mut whole, "required", required.into());
    Some(whole)
}
