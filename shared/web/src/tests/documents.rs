//! The OpenAPI document of [`notes`].

use super::notes;
use crate::openapi::{document, to_json};
use serde_json::{Value, json};

/// The last part of a `$ref`.
fn name(value: &Value) -> &str {
    value["$ref"].as_str().and_then(|target| target.rsplit('/').next()).unwrap_or("-")
}

/// The parameters, body and responses of one operation, in a few lines.
fn outline(method: &str, path: &str, operation: &Value) -> String {
    let parameters = operation["parameters"].as_array().unwrap().iter();
    let parameters: Vec<&str> =
        parameters.map(|parameter| parameter["name"].as_str().unwrap_or_else(|| name(parameter))).collect();
    let body = &operation["requestBody"]["content"]["application/json"]["schema"];
    let mut lines = format!("{method} {path}\n  security {}\n", operation["security"]);
    lines += &format!("  takes {}, body {}\n", parameters.join(" "), name(body));
    for (status, response) in operation["responses"].as_object().unwrap() {
        if response.get("$ref").is_some() {
            lines += &format!("  {}", name(response));
            continue;
        }
        let content = response["content"].as_object().into_iter().flatten().next();
        let schema = content.map_or("-", |(_, content)| name(&content["schema"]));
        let headers: Vec<&str> = response["headers"].as_object().unwrap().keys().map(String::as_str).collect();
        lines += &format!("  {status} {}: {schema} with {}\n", response["description"], headers.join(" "));
    }
    lines + "\n"
}

#[test]
fn the_document_of_the_notes() {
    let document = document([notes::router()]);
    assert!(to_json(&document).ends_with("}\n"));
    let mut outlines = String::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            outlines += &outline(method, path, operation);
        }
    }
    insta::assert_snapshot!(outlines);
}

/// Does nothing.
#[utoipa::path(post, path = "/api/other/", tag = "docs", responses((status = 204)))]
async fn other() {}

#[test]
fn the_document_does_not_depend_on_the_order_of_routers() {
    let other = || crate::Router::default().routes(crate::routes!(other));
    assert_eq!(document([notes::router(), other()]), document([other(), notes::router()]));
}

#[test]
fn every_reference_has_a_target() {
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    match value {
                        Value::String(target) if name == "$ref" => found.push(target.clone()),
                        value => references(value, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let document = document([notes::router()]);
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 20);
    for target in found {
        assert!(document.pointer(target.trim_start_matches('#')).is_some(), "{target}");
    }
}

#[test]
fn a_patch_requires_nothing() {
    let document = document([notes::router()]);
    let schemas = &document["components"]["schemas"];
    assert_eq!(schemas["NoteBody"]["required"], json!(["title"]));
    assert_eq!(schemas["NoteBodyPatch"].get("required"), None);
    assert_eq!(schemas["NoteBodyPatch"]["additionalProperties"], false);
    let names = |name: &str| schemas[name]["properties"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names("NoteBody"), names("NoteBodyPatch"));
    assert_eq!(
        schemas["List_NoteView"]["properties"]["results"]["items"],
        json!({"$ref": "#/components/schemas/NoteView"})
    );
}

#[test]
fn a_response_that_contains_a_body_is_one_object_and_open() {
    let document = document([notes::router()]);
    let schema = &document["components"]["schemas"]["SentNoteView"];
    assert_eq!((schema.get("allOf"), schema.get("additionalProperties")), (None, None));
    assert_eq!(schema["required"], json!(["title", "version"]));
    let names: Vec<&str> = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["text", "title", "version", "weight"]);
}
