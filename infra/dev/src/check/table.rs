//! `cargo dev check table`: is a table that was made elsewhere the one that the store is written for?
//!
//! The template is held against [`store::schema`] by a test; this asks the table itself, as it was
//! made. It reads its description only.

use crate::fsck::Chosen;
use crate::options::FsckOptions;
use aws_sdk_dynamodb::types::{KeySchemaElement, TableDescription};
use std::collections::BTreeSet;
use std::io::Write as _;
use store::schema::{Index, PK, SK, TTL};
use testkit::test_app::Trouble;

/// Compares the table that the options name, and says on stdout how it is.
///
/// # Errors
/// What the table has otherwise; [`Trouble`] of reading it.
pub async fn table(options: &FsckOptions) -> Result<(), Trouble> {
    let chosen = Chosen::open(options).await?;
    let (client, name) = (chosen.table.client(), chosen.table.name());
    let description = client.describe_table().table_name(name).send().await?.table.ok_or("no description")?;
    let expiry = client.describe_time_to_live().table_name(name).send().await?.time_to_live_description;
    let expires = expiry.as_ref().and_then(|expiry| expiry.attribute_name()) == Some(TTL);
    chosen.close().await?;
    let differences = differences(&description);
    if !differences.is_empty() {
        return Err(format!("the table is not the one of store::schema:\n{}", differences.join("\n")).into());
    }
    let mut out = std::io::stdout();
    writeln!(out, "the table has the keys and indexes of store::schema:")?;
    for line in schema() {
        writeln!(out, "  {line}")?;
    }
    match (expires, options.aws) {
        (true, _) => writeln!(out, "  rows expire by {TTL}")?,
        (false, true) => return Err(format!("rows don't expire by {TTL}").into()),
        // Rows past their time are past it in code, too.
        (false, false) => writeln!(out, "not shown: that rows expire by {TTL}. This one doesn't say so")?,
    }
    Ok(())
}

/// What only the store has, and what only the table.
#[must_use]
pub fn differences(description: &TableDescription) -> Vec<String> {
    let (wanted, found) = (schema(), described(description));
    let only = |side: &str, these: &BTreeSet<String>, those: &BTreeSet<String>| {
        these.difference(those).map(|line| format!("  only in {side}: {line}")).collect::<Vec<_>>()
    };
    [only("store::schema", &wanted, &found), only("the table", &found, &wanted)].concat()
}

/// The table of the store, a line for each key and index.
#[must_use]
pub fn schema() -> BTreeSet<String> {
    let key = |pk: &str, sk: &str| [(pk.to_owned(), "HASH".to_owned()), (sk.to_owned(), "RANGE".to_owned())];
    // Every list is read from an index, whole.
    let indexes = Index::ALL.into_iter().map(|index| line(index.name(), &key(index.pk(), index.sk()), "ALL"));
    indexes.chain([line("the table", &key(PK, SK), "ALL")]).chain(attributes()).collect()
}

/// The attributes of its keys, which are text.
fn attributes() -> impl Iterator<Item = String> {
    let keys = [PK, SK].into_iter().chain(Index::ALL.into_iter().flat_map(|index| [index.pk(), index.sk()]));
    keys.map(|name| attribute(name, "S"))
}

/// The line of an attribute.
#[must_use]
pub fn attribute(name: &str, kind: &str) -> String {
    format!("{name} is {kind}")
}

/// The line of an index, or of the table itself.
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
    use testkit::database::{Database, TABLE_NAME};

    #[tokio::test]
    async fn the_table_of_the_store_is_told_from_others() {
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
