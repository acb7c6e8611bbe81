//! Compares the table of the template with the schema of the store: keys, indexes and time to live.

use crate::list_comparison::assert_same;
use cli::schema::{attribute, line, schema};
use store::schema::TTL;
use testkit::template::{DeploymentTemplate, at, text};
use yaml_serde::Value;

/// The attributes of a `KeySchema` and their types, in order.
fn key_schema(value: &Value) -> Vec<(String, String)> {
    let schema = at(value, &["KeySchema"]).as_sequence().expect("a key");
    schema.iter().map(|part| (text(part, &["AttributeName"]), text(part, &["KeyType"]))).collect()
}

#[test]
fn the_template_has_the_keys_and_indexes_of_the_store() {
    let template = DeploymentTemplate::read().unwrap();
    let table = template.at(&["Resources", "Table", "Properties"]);
    let indexes = at(table, &["GlobalSecondaryIndexes"]).as_sequence().expect("indexes");
    let attributes = at(table, &["AttributeDefinitions"]).as_sequence().expect("attributes");
    let deployed = indexes
        .iter()
        .map(|index| {
            line(&text(index, &["IndexName"]), &key_schema(index), &text(index, &["Projection", "ProjectionType"]))
        })
        .chain([line("the table", &key_schema(table), "ALL")])
        .chain(attributes.iter().map(|one| attribute(&text(one, &["AttributeName"]), &text(one, &["AttributeType"]))));
    assert_same("template.yaml", deployed, "store::schema", schema());
}

#[test]
fn the_time_to_live_attribute_is_the_one_of_the_store() {
    let template = DeploymentTemplate::read().unwrap();
    let expiry = template.at(&["Resources", "Table", "Properties", "TimeToLiveSpecification"]);
    assert_eq!(text(expiry, &["AttributeName"]), TTL);
    assert_eq!(at(expiry, &["Enabled"]).as_bool(), Some(true));
}
