//! Computes the capacity that requests consume, in read and write units, from item sizes by AWS's published rules.
//!
//! Emulators disagree on `ConsumedCapacity`, so this doesn't use it. The rules, from the DynamoDB
//! developer guide ("Item sizes and formats", "Read and write operations", "Transactions", "Global
//! secondary indexes"):
//!
//! - a consistent read costs 1 unit per started 4 KB, an eventually consistent one half; a batch
//!   rounds each item, a query the sum of its items; a read that finds nothing costs the minimum;
//! - a write costs 1 unit per started KB of the item before or after it, whichever is larger;
//! - in a transaction it costs twice that, and so does a condition check;
//! - an index entry that is added or removed costs its own size, one whose key changes the sum of both, one whose
//!   attributes change the larger; at the simple rate, because indexes are updated after the transaction.

mod size;

use super::log::{RecordedCall, RowImage};
use local::protocol::OperationKind;
use serde_json::Value;
use size::size;
use std::collections::BTreeMap;
use store::schema::Index;

/// Read units in halves, since an eventually consistent read costs half a unit, and write units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CapacityUnits {
    read_halves: u64,
    write: u64,
}

impl CapacityUnits {
    /// Read request units.
    #[must_use]
    pub fn read(self) -> f64 {
        self.read_halves as f64 / 2.0
    }

    /// Write request units, including those of indexes.
    #[must_use]
    pub fn write(self) -> u64 {
        self.write
    }

    /// The difference; zero where the other is larger.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self {
            read_halves: self.read_halves.saturating_sub(other.read_halves),
            write: self.write.saturating_sub(other.write),
        }
    }

    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { read_halves: self.read_halves + other.read_halves, write: self.write + other.write }
    }
}

/// The cost of a request by the kind of row: `appointment`, `agenda`, … For rows that weren't found, and for queries,
/// the kind is the prefix of the key or of the partition.
#[must_use]
pub fn cost(call: &RecordedCall) -> BTreeMap<String, CapacityUnits> {
    let mut costs: BTreeMap<String, CapacityUnits> = BTreeMap::new();
    let mut add = |what: String, units: CapacityUnits| {
        let sum = costs.entry(what).or_default();
        *sum = sum.plus(units);
    };
    match call.kind {
        OperationKind::Get => {
            let consistent = call.request.get("ConsistentRead") == Some(&Value::Bool(true));
            let item = call.answer.get("Item");
            add(kind(item, call.request.get("Key")), read(item.map_or(0, size), consistent));
        }
        OperationKind::BatchGet => {
            for (key, item, consistent) in batch(call) {
                add(kind(item, Some(key)), read(item.map_or(0, size), consistent));
            }
        }
        OperationKind::Query | OperationKind::Scan => {
            let consistent = call.request.get("ConsistentRead") == Some(&Value::Bool(true));
            let items: Vec<&Value> = call.answer.get("Items").and_then(Value::as_array).into_iter().flatten().collect();
            let bytes = items.iter().map(|item| size(item)).sum();
            let asked = call.request.pointer("/ExpressionAttributeValues/:from/S").and_then(Value::as_str);
            let what = kind(items.first().copied(), None);
            let what = if what.is_empty() { beginning(asked.unwrap_or_default()) } else { what };
            add(format!("{what} (query)"), read(bytes, consistent));
        }
        OperationKind::Transact | OperationKind::Write => {
            let rate = if call.kind == OperationKind::Transact { 2 } else { 1 };
            for image in &call.images {
                let write =
                    rate * kilobytes(image.before.as_ref().map_or(0, size).max(image.after.as_ref().map_or(0, size)));
                let what = kind(image.after.as_ref().or(image.before.as_ref()), Some(&image.key));
                add(what.clone(), CapacityUnits { read_halves: 0, write });
                let indexes = index_writes(image);
                if indexes > 0 {
                    add(format!("{what} (indexes)"), CapacityUnits { read_halves: 0, write: indexes });
                }
            }
        }
        OperationKind::Other => {}
    }
    costs
}

/// The keys of a batch with their items, and whether the read is consistent.
fn batch(call: &RecordedCall) -> Vec<(&Value, Option<&Value>, bool)> {
    let tables = call.request.get("RequestItems").and_then(Value::as_object);
    let mut found = Vec::new();
    for (table, asked) in tables.into_iter().flatten() {
        let consistent = asked.get("ConsistentRead") == Some(&Value::Bool(true));
        let rows: Vec<&Value> = call
            .answer
            .pointer(&format!("/Responses/{table}"))
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .collect();
        for key in asked.get("Keys").and_then(Value::as_array).into_iter().flatten() {
            let is_it = |row: &&Value| ["PK", "SK"].iter().all(|part| row.get(part) == key.get(part));
            found.push((key, rows.iter().copied().find(is_it), consistent));
        }
    }
    found
}

fn read(bytes: usize, consistent: bool) -> CapacityUnits {
    let blocks = bytes.div_ceil(4 * 1024).max(1) as u64;
    CapacityUnits { read_halves: if consistent { 2 * blocks } else { blocks }, write: 0 }
}

fn kilobytes(bytes: usize) -> u64 {
    bytes.div_ceil(1024).max(1) as u64
}

fn index_writes(image: &RowImage) -> u64 {
    let entry = |item: &Option<Value>, index: Index| {
        let item = item.as_ref()?;
        Some(((item.get(index.pk())?.clone(), item.get(index.sk())?.clone()), size(item)))
    };
    let cost = |index: Index| match (entry(&image.before, index), entry(&image.after, index)) {
        (None, None) => 0,
        (None, Some((_, bytes))) | (Some((_, bytes)), None) => kilobytes(bytes),
        (Some((old, before)), Some((new, after))) if old != new => kilobytes(before) + kilobytes(after),
        (Some(_), Some(_)) if image.before == image.after => 0,
        (Some((_, before)), Some((_, after))) => kilobytes(before.max(after)),
    };
    Index::ALL.into_iter().map(cost).sum()
}

/// The kind of a row; without a row the prefix of its key.
fn kind(item: Option<&Value>, key: Option<&Value>) -> String {
    let text = |value: Option<&Value>, part: &str| {
        value.and_then(|value| value.pointer(part)).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let kind = text(item, "/kind/S");
    if kind.is_empty() { beginning(&text(key, "/SK/S")) } else { kind }
}

fn beginning(key: &str) -> String {
    store::keys::kind(key).to_lowercase()
}

#[cfg(test)]
mod tests;
