//! The answer to a dry run, where it has the status of the change itself.

use super::{reference, set_member};
use serde_json::{Value, json};

/// The name of the schema [`wire::AffectedView`].
const AFFECTED: &str = "AffectedView";
/// The extension by which a handler names another schema.
const EXTENSION: &str = "x-dry-run";

/// A change that answers 200 with the changed resource answers a dry run with the schema of dry runs: what it would
/// affect, or what the handler names. Handlers whose changes have other statuses declare that answer themselves.
pub(super) fn add_answer(operation: &mut Value) {
    let parameters = operation.get("parameters").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if !parameters.iter().any(|parameter| parameter["in"] == "query" && parameter["name"] == "dry_run") {
        return;
    }
    let named = operation.get(EXTENSION).and_then(Value::as_str).unwrap_or(AFFECTED);
    let tried = reference("schemas", named);
    let Some(content) = operation.pointer_mut("/responses/200/content/application~1json") else { return };
    let changed = content.get("schema").filter(|schema| **schema != tried).cloned();
    if let Some(changed) = changed {
        set_member(content, "schema", json!({"oneOf": [changed, tried]}));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Map;

    /// The schema of the 200 of an operation that takes `parameter`.
    fn answer(parameter: &str, schema: &str) -> Value {
        let mut operation = json!({
            "parameters": [{"in": "query", "name": parameter}],
            "responses": {"200": {"content": {"application/json": {"schema": reference("schemas", schema)}}}},
        });
        add_answer(&mut operation);
        operation.pointer("/responses/200/content/application~1json/schema").cloned().unwrap_or_default()
    }

    #[test]
    fn a_change_that_can_be_tried_answers_with_either() {
        let either = json!({"oneOf": [reference("schemas", "RoomView"), reference("schemas", AFFECTED)]});
        assert_eq!(answer("dry_run", "RoomView"), either);
        assert_eq!(answer("dry_run", AFFECTED), reference("schemas", AFFECTED));
        assert_eq!(answer("force", "RoomView"), reference("schemas", "RoomView"));
    }

    #[test]
    fn a_handler_can_name_the_answer_to_its_dry_run() {
        let mut operation = json!({
            "parameters": [{"in": "query", "name": "dry_run"}], "x-dry-run": "PreviewView",
            "responses": {"200": {"content": {"application/json": {"schema": reference("schemas", "AppointmentView")}}}},
        });
        add_answer(&mut operation);
        let either = json!([reference("schemas", "AppointmentView"), reference("schemas", "PreviewView")]);
        assert_eq!(operation.pointer("/responses/200/content/application~1json/schema/oneOf"), Some(&either));
    }

    #[test]
    fn a_removal_keeps_its_status() {
        let mut operation = json!({
            "parameters": [{"in": "query", "name": "dry_run"}], "responses": {"204": Map::new()},
        });
        let before = operation.clone();
        add_answer(&mut operation);
        assert_eq!(operation, before);
    }
}
