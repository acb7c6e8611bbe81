//! Bulk loading of rows, bypassing the protocol: a hundred thousand appointments are a million rows, and loading them
//! one by one would take longer than the benchmarks that need them.

use super::{Database, DatabaseError, TABLE_NAME};
use aws_sdk_dynamodb::types::AttributeValue;
use dynoxide::ImportOptions;
use dynoxide::types::AttributeValue as Embedded;
use std::collections::HashMap;

impl Database {
    /// Puts rows into the table and replaces those with the same keys: all of them, or none. No other request should
    /// be running.
    pub fn load(&self, rows: &[HashMap<String, AttributeValue>]) -> Result<(), DatabaseError> {
        let server = self.server.as_ref().ok_or(DatabaseError::NotEmbedded)?;
        let rows = rows.iter().map(members).collect::<Result<_, _>>()?;
        let engine = &server.engine.0;
        // Without it, a table in a file would wait for the disk at each write and read most of its pages from there.
        engine.enable_bulk_loading()?;
        let loaded = engine.import_items(TABLE_NAME, rows, ImportOptions::default());
        engine.disable_bulk_loading()?;
        loaded.map(|_| ()).map_err(|error| DatabaseError::Load(error.to_string()))
    }
}

fn members(row: &HashMap<String, AttributeValue>) -> Result<HashMap<String, Embedded>, DatabaseError> {
    row.iter().map(|(name, value)| Ok((name.clone(), embedded(value)?))).collect()
}

/// Converts a value of the SDK to one of the engine.
fn embedded(value: &AttributeValue) -> Result<Embedded, DatabaseError> {
    Ok(match value {
        AttributeValue::S(text) => Embedded::S(text.clone()),
        AttributeValue::N(number) => Embedded::N(number.clone()),
        AttributeValue::B(bytes) => Embedded::B(bytes.as_ref().to_vec()),
        AttributeValue::Bool(yes) => Embedded::BOOL(*yes),
        AttributeValue::Null(null) => Embedded::NULL(*null),
        AttributeValue::Ss(texts) => Embedded::SS(texts.clone()),
        AttributeValue::Ns(numbers) => Embedded::NS(numbers.clone()),
        AttributeValue::Bs(all) => Embedded::BS(all.iter().map(|bytes| bytes.as_ref().to_vec()).collect()),
        AttributeValue::L(values) => Embedded::L(values.iter().map(embedded).collect::<Result<_, _>>()?),
        AttributeValue::M(map) => Embedded::M(members(map)?),
        other => return Err(DatabaseError::Load(format!("{other:?} is not a supported type of value"))),
    })
}
