//! The table: the template deploys the one that the store is written for.

use crate::difference::assert_same;
use store::schema::{Index, PK, SK, TTL};
use testkit::template::{Template, at, text};
use yaml_serde::Value;

/// `a table with its key, projecting what`: the shape of an index in one line.
fn line(name: &str, key: &[(String, String)], projection: &str) -> String {
    let key: Vec<String> = key.iter().map(|(attribute, kind)| format!("{attribute} {kind}")).collect();
    format!("{name} by {} with {projection}", key.join(", "))
}

/// The attributes of a `KeySchema` in their order.
fn key(value: &Value) -> Vec<(String, String)> {
    let schema = at(value, &["KeySchema"]).as_sequence().expect("a key");
    schema.iter().map(|part| (text(part, &["AttributeName"]), text(part, &["KeyType"]))).collect()
}

fn key_of(pk: &str, sk: &str) -> [(String, String); 2] {
    [(pk.to_owned(), "HASH".to_owned()), (sk.to_owned(), "RANGE".to_owned())]
}

#[test]
fn the_template_has_the_keys_and_indexes_of_the_store() {
    let template = Template::read().unwrap();
    let table = template.at(&["Resources", "Table", "Properties"]);
    let indexes = at(table, &["GlobalSecondaryIndexes"]).as_sequence().expect("indexes");
    let deployed = indexes
        .iter()
        .map(|index| line(&text(index, &["IndexName"]), &key(index), &text(index, &["Projection", "ProjectionType"])))
        .chain([line("the table", &key(table), "ALL")]);
    // Every list is read from an index, whole.
    let wanted = Index::ALL
        .into_iter()
        .map(|index| line(index.name(), &key_of(index.pk(), index.sk()), "ALL"))
        .chain([line("the table", &key_of(PK, SK), "ALL")]);
    assert_same("template.yaml", deployed, "store::schema", wanted);
}

#[test]
fn the_template_declares_the_attributes_of_the_keys_as_text() {
    let template = Template::read().unwrap();
    let declared = template.at(&["Resources", "Table", "Properties", "AttributeDefinitions"]).as_sequence().unwrap();
    let declared = declared
        .iter()
        .map(|attribute| format!("{} {}", text(attribute, &["AttributeName"]), text(attribute, &["AttributeType"])));
    let wanted = [PK, SK].into_iter().chain(Index::ALL.into_iter().flat_map(|index| [index.pk(), index.sk()]));
    assert_same("template.yaml", declared, "store::schema", wanted.map(|name| format!("{name} S")));
}

#[test]
fn rows_expire_by_the_attribute_that_the_store_writes() {
    let template = Template::read().unwrap();
    let expiry = template.at(&["Resources", "Table", "Properties", "TimeToLiveSpecification"]);
    assert_eq!(text(expiry, &["AttributeName"]), TTL);
    assert_eq!(at(expiry, &["Enabled"]).as_bool(), Some(true));
}
