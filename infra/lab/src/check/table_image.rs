//! All rows of a table at one time, to which the table is set back between two runs of a check.

use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, PutRequest, WriteRequest};
use invariants::rows::TableRows;
use std::collections::{BTreeMap, HashMap};
use store::Table;
use testkit::test_app::TestError;

type Item = HashMap<String, AttributeValue>;

/// The items by partition key and sort key.
pub struct TableImage(BTreeMap<(String, String), Item>);

/// How many rows one request writes at most.
const BATCH: usize = 25;

impl TableImage {
    pub async fn read(table: &Table) -> Result<Self, TestError> {
        let pages = table.client().scan().table_name(table.name()).consistent_read(true).into_paginator();
        let items: Vec<Item> = pages.items().send().collect::<Result<_, _>>().await?;
        let text = |item: &Item, name| item.get(name).and_then(|value: &AttributeValue| value.as_s().ok()).cloned();
        let keyed = items.into_iter().filter_map(|item| Some(((text(&item, "PK")?, text(&item, "SK")?), item)));
        Ok(Self(keyed.collect()))
    }

    /// The rows by their kinds.
    #[must_use]
    pub fn rows(&self) -> TableRows {
        let mut rows = TableRows::default();
        for item in self.0.values() {
            rows.add_item(item.clone());
        }
        rows.sorted()
    }

    /// Restores the rows, and deletes the later ones but those whose sort key `keeps` accepts.
    pub async fn restore(&self, table: &Table, keeps: impl Fn(&str) -> bool) -> Result<(), TestError> {
        let now = Self::read(table).await?;
        let mut requests = Vec::new();
        for (key, item) in &now.0 {
            if !self.0.contains_key(key) && !keeps(&key.1) {
                let part = |name: &str| Some((name.to_owned(), item.get(name)?.clone()));
                let delete =
                    DeleteRequest::builder().set_key(Some(["PK", "SK"].into_iter().filter_map(part).collect()));
                requests.push(WriteRequest::builder().delete_request(delete.build()?).build());
            }
        }
        for (key, item) in &self.0 {
            if now.0.get(key) != Some(item) {
                let put = PutRequest::builder().set_item(Some(item.clone())).build()?;
                requests.push(WriteRequest::builder().put_request(put).build());
            }
        }
        for batch in requests.chunks(BATCH) {
            let writes = HashMap::from([(table.name().to_owned(), batch.to_vec())]);
            table.client().batch_write_item().set_request_items(Some(writes)).send().await?;
        }
        Ok(())
    }
}
