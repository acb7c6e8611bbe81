//! `citas schema`: checks that a table has the keys and indexes that the store is written for.
//!
//! A test compares the template with [`store::schema`]; this command checks the deployed table. It only reads the
//! table's description.

use crate::target::{Target, TargetError};
use aws_sdk_dynamodb::types::{KeySchemaElement, TableDescription};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use store::schema::{Index, PK, SK, TTL};

#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    #[error(transparent)]
    Table(#[from] TargetError),
    #[error("the table could not be described")]
    NotDescribed,
    #[error("the table differs from store::schema:\n{0}")]
    Different(String),
    #[error("time to live by {TTL} is off")]
    NoExpiry,
}

/// Compares the target's table with the store's schema. Returns a text for the operator.
pub async fn check(target: &Target) -> Result<String, SchemaError> {
    let table = target.table().await?;
    let (client, name) = (table.client(), table.name());
    let described = client.describe_table().table_name(name).send().await.map_err(|_| SchemaError::NotDescribed)?;
    let description = described.table.ok_or(SchemaError::NotDescribed)?;
    let expiry = client.describe_time_to_live().table_name(name).send().await;
    let expiry = expiry.map_err(|_| SchemaError::NotDescribed)?.time_to_live_description;
    let expires = expiry.as_ref().and_then(|expiry| expiry.attribute_name()) == Some(TTL);
    let differences = differences(&description);
    if !differences.is_empty() {
        return Err(SchemaError::Different(differences.join("\n")));
    }
    let mut out = String::from("the table has the keys and indexes of store::schema:\n");
    for line in schema() {
        // Writing to a String can't fail.
        let _ = writeln!(out, "  {line}");
    }
    match (expires, target.is_aws()) {
        (true, _) => out.push_str(&format!("  rows expire by {TTL}\n")),
        (false, true) => return Err(SchemaError::NoExpiry),
        // The code checks expiry itself, so a table without time to live still works.
        (false, false) => {
            out.push_str(&format!("not checked: time to live by {TTL}, which this table doesn't report\n"))
        }
    }
    Ok(out)
}

/// The lines that only the store's schema has, and those that only the table has.
#[must_use]
pub fn differences(description: &TableDescription) -> Vec<String> {
    let (wanted, found) = (schema(), described(description));
    let only = |side: &str, these: &BTreeSet<String>, those: &BTreeSet<String>| {
        these.difference(those).map(|line| format!("  only in {side}: {line}")).collect::<Vec<_>>()
    };
    [only("store::schema", &wanted, &found), only("the table", &found, &wanted)].concat()
}

/// The store's schema, a line for each key and index.
#[must_use]
pub fn schema() -> BTreeSet<String> {
    let key = |pk: &str, sk: &str| [(pk.to_owned(), "HASH".to_owned()), (sk.to_owned(), "RANGE".to_owned())];
    // Lists are read from indexes alone, so they project all attributes.
    let indexes = Index::ALL.into_iter().map(|index| line(index.name(), &key(index.pk(), index.sk()), "ALL"));
    indexes.chain([line("the table", &key(PK, SK), "ALL")]).chain(attributes()).collect()
}

/// The key attributes, which are all strings.
fn attributes() -> impl Iterator<Item = String> {
    let keys = [PK, SK].into_iter().chain(Index::ALL.into_iter().flat_map(|index| [index.pk(), index.sk()]));
    keys.map(|name| attribute(name, "S"))
}

/// The line for an attribute.
#[must_use]
pub fn attribute(name: &str, kind: &str) -> String {
    format!("{name} is {kind}")
}

/// The line for an index, or for the table itself.
#[must_use]
pub fn line(name: &str, key: &[(String, String)], projection: &str) -> String {
    let key: Vec<String> = key.iter().map(|(attribute, kind)| format!("{attribute} {kind}")).collect();
    format!("{name} by {} with {projection}", key.join(", "))
}

fn described(description: &TableDescription) -> BTreeSet<String> {
    let key = |schema: &[KeySchemaElement]| -> Vec<(String, String)> {
        schema.iter().map(|part| (part.attribute_name().to_owned(), part.key_type().as_str().to_owned())).collect()
    };
    let indexes = description.global_secondary_indexes().iter().map(|index| {
        let projection = index.projection().and_then(|projection| projection.projection_type());
        let projection = projection.map_or("nothing", |projection| projection.as_str());
        line(index.index_name().unwrap_or_default(), &key(index.key_schema()), projection)
    });
    let attributes = description.attribute_definitions().iter();
    indexes
        .chain([line("the table", &key(description.key_schema()), "ALL")])
        .chain(attributes.map(|found| attribute(found.attribute_name(), found.attribute_type().as_str())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use local::database::{Database, TABLE_NAME};

    #[tokio::test]
    async fn a_table_with_another_schema_is_detected() {
        let database = Database::memory().await.unwrap();
        let described = database.table().client().describe_table().table_name(TABLE_NAME).send().await.unwrap();
        let mut description = described.table.unwrap();
        assert_eq!(differences(&description), Vec::<String>::new());

        let indexes = description.global_secondary_indexes.as_mut().unwrap();
        indexes.retain(|index| index.index_name() != Some("GSI2"));
        let lost = "  only in store::schema: GSI2 by GSI2PK HASH, GSI2SK RANGE with ALL";
        assert_eq!(differences(&description), [lost]);
    }
}
