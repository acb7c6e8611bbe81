//! Adds OpenAPI links from operations that create a resource to those that take its id. They follow from the paths, so
//! no handler declares them. Lists have no links, because an empty list has no id to follow.

use super::set_member;
use serde_json::{Map, Value, json};

/// An operation that takes one id.
struct Target {
    /// The part of the path before the id.
    prefix: String,
    parameter: String,
    id: String,
}

pub(super) fn add(paths: &mut Value) {
    let targets: Vec<Target> = operations(paths).into_iter().filter_map(|(path, id)| target(&path, id)).collect();
    let Some(items) = paths.as_object_mut() else { return };
    for (path, item) in items {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            if method != "post" {
                continue;
            }
            let own = operation.get("operationId").and_then(Value::as_str).unwrap_or_default().to_owned();
            let links: Map<String, Value> = targets
                .iter()
                .filter(|target| target.id != own && leads_to(path, &own, target))
                .map(|target| {
                    (
                        target.id.clone(),
                        json!({"operationId": target.id, "parameters": {&target.parameter: "$response.body#/id"}}),
                    )
                })
                .collect();
            if let Some(response) = operation.pointer_mut("/responses/201")
                && !links.is_empty()
            {
                set_member(response, "links", links.into());
            }
        }
    }
}

/// Whether the target takes the id of what the operation creates: it has the same collection path, or its parameter is
/// named after the resource (`appointment_id` for `book_appointment`).
fn leads_to(path: &str, own: &str, target: &Target) -> bool {
    let collection = path.split('{').next().unwrap_or_default();
    let noun = own.rsplit('_').next().unwrap_or_default();
    target.prefix == collection || target.parameter == format!("{noun}_id")
}

fn operations(paths: &Value) -> Vec<(String, String)> {
    let items = paths.as_object().into_iter().flatten();
    let ids = |item: &Value| -> Vec<String> {
        let operations = item.as_object().into_iter().flat_map(Map::values);
        operations.filter_map(|operation| Some(operation.get("operationId")?.as_str()?.to_owned())).collect()
    };
    items.flat_map(|(path, item)| ids(item).into_iter().map(|id| (path.clone(), id)).collect::<Vec<_>>()).collect()
}

fn target(path: &str, id: String) -> Option<Target> {
    let (prefix, rest) = path.split_once('{')?;
    let (parameter, rest) = rest.split_once('}')?;
    // A second id wouldn't be known.
    (!rest.contains('{')).then(|| Target { prefix: prefix.to_owned(), parameter: parameter.to_owned(), id })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linked(paths: &Value, pointer: &str) -> Vec<String> {
        let links = paths.pointer(pointer).and_then(|response| response.get("links")).and_then(Value::as_object);
        links.into_iter().flat_map(Map::keys).cloned().collect()
    }

    #[test]
    fn creating_a_resource_links_to_the_operations_on_it() {
        let mut paths = json!({
            "/api/appointments/": {
                "post": {"operationId": "book_appointment", "responses": {"201": {}}},
                "get": {"operationId": "list_appointments", "responses": {"200": {}}},
            },
            "/api/appointments/{id}/": {"get": {"operationId": "get_appointment", "responses": {"200": {}}}},
            "/api/appointments/{id}/lines/{line}/": {"get": {"operationId": "get_line", "responses": {"200": {}}}},
            "/api/send/{appointment_id}/": {"post": {"operationId": "send_appointment", "responses": {"200": {}}}},
            "/api/rooms/{id}/": {"get": {"operationId": "get_room", "responses": {"200": {}}}},
        });
        add(&mut paths);
        assert_eq!(
            linked(&paths, "/~1api~1appointments~1/post/responses/201"),
            ["get_appointment", "send_appointment"]
        );
        assert_eq!(linked(&paths, "/~1api~1appointments~1/get/responses/200"), [""; 0]);
        assert_eq!(linked(&paths, "/~1api~1appointments~1{id}~1/get/responses/200"), [""; 0]);
        let link =
            paths.pointer("/~1api~1appointments~1/post/responses/201/links/send_appointment/parameters").unwrap();
        assert_eq!(link, &json!({"appointment_id": "$response.body#/id"}));
    }
}
