//! The table: the template deploys the one that the store is written for.

use crate::difference::assert_same;
use cli::schema::{attribute, line, schema};
use store::schema::TTL;
use testkit::template::{Template, at, text};
use yaml_serde::Value;

/// The attributes of a `KeySchema` in their order.
fn key(value: &Value) -> Vec<(String, String)> {
    let schema = at(value, &["KeySchema"]).as_sequence().expect("a key");
    schema.iter().map(|part| (text(part, &["AttributeName"]), text(part, &["KeyType"]))).collect()
}

#[test]
fn the_template_has_the_keys_and_indexes_of_the_store() {
    let template = Template::read().unwrap();
    let table = template.at(&["Resources", "Table", "Properties"]);
    let indexes = at(table, &["GlobalSecondaryIndexes"]).as_sequence().expect("indexes");
    let attributes = at(table, &["AttributeDefinitions"]).as_sequence().expect("attributes");
    let deployed = indexes
        .iter()
        .map(|index| line(&text(index, &["IndexName"]), &key(index), &text(index, &["Projection", "ProjectionType"])))
        .chain([line("the table", &key(table), "ALL")])
        .chain(attributes.iter().map(|one| attribute(&text(one, &["AttributeName"]), &text(one, &["AttributeType"]))));
    assert_same("template.yaml", deployed, "store::schema", schema());
}

#[test]
fn rows_expire_by_the_attribute_that_the_store_writes() {
    let template = Template::read().unwrap();
    let expiry = template.at(&["Resources", "Table", "Properties", "TimeToLiveSpecification"]);
    assert_eq!(text(expiry, &["AttributeName"]), TTL);
    assert_eq!(at(expiry, &["Enabled"]).as_bool(), Some(true));
}
