//! What requests cost: read and write units, computed from the sizes of items by AWS's published rules.
//!
//! Emulators disagree on `ConsumedCapacity`, so nothing here asks them. The rules, from the DynamoDB
//! developer guide ("Item sizes and formats", "Read and write operations", "Transactions", "Global
//! secondary indexes"):
//!
//! - a consistent read costs 1 unit per started 4 KB, one that needn't be consistent half; a batch
//!   rounds each item, a query the sum of its items; nothing found costs as much as the least;
//! - a write costs 1 unit per started KB of the item before or after it, whichever is larger;
//! - in a transaction it costs twice that, and so does a condition check;
//! - an index entry that comes or goes costs its own size, one whose key changes both, one whose
//!   attributes change the larger; at the simple rate, because indexes follow after the transaction.

mod size;

use super::log::{Exchange, Image};
use local::protocol::Kind;
use serde_json::Value;
use size::size;
use std::collections::BTreeMap;
use store::schema::Index;

/// Units, in halves: a read that needn't be consistent costs half a unit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Units {
    read_halves: u64,
    write: u64,
}

impl Units {
    /// Read request units.
    #[must_use]
    pub fn read(self) -> f64 {
        self.read_halves as f64 / 2.0
    }

    /// Write request units, those of indexes included.
    #[must_use]
    pub fn write(self) -> u64 {
        self.write
    }

    /// What is left without those of another.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self {
            read_halves: self.read_halves.saturating_sub(other.read_halves),
            write: self.write.saturating_sub(other.write),
        }
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { read_halves: self.read_halves + other.read_halves, write: self.write + other.write }
    }
}

/// What a request cost, by the kind of row: `appointment`, `agenda`, … For what wasn't found, and for
/// queries, the kind is what the key or the partition begins with.
#[must_use]
pub fn cost(exchange: &Exchange) -> BTreeMap<String, Units> {
    let mut costs: BTreeMap<String, Units> = BTreeMap::new();
    let mut add = |what: String, units: Units| {
        let sum = costs.entry(what).or_default();
        *sum = sum.plus(units);
    };
    match exchange.kind {
        Kind::Get => {
            let consistent = exchange.request.get("ConsistentRead") == Some(&Value::Bool(true));
            let item = exchange.answer.get("Item");
            add(kind(item, exchange.request.get("Key")), read(item.map_or(0, size), consistent));
        }
        Kind::BatchGet => {
            for (key, item, consistent) in batch(exchange) {
                add(kind(item, Some(key)), read(item.map_or(0, size), consistent));
            }
        }
        Kind::Query | Kind::Scan => {
            let consistent = exchange.request.get("ConsistentRead") == Some(&Value::Bool(true));
            let items: Vec<&Value> =
                exchange.answer.get("Items").and_then(Value::as_array).into_iter().flatten().collect();
            let bytes = items.iter().map(|item| size(item)).sum();
            let asked = exchange.request.pointer("/ExpressionAttributeValues/:from/S").and_then(Value::as_str);
            let what = kind(items.first().copied(), None);
            let what = if what.is_empty() { beginning(asked.unwrap_or_default()) } else { what };
            add(format!("{what} (query)"), read(bytes, consistent));
        }
        Kind::Transact | Kind::Write => {
            let rate = if exchange.kind == Kind::Transact { 2 } else { 1 };
            for image in &exchange.images {
                let write =
                    rate * kilobytes(image.before.as_ref().map_or(0, size).max(image.after.as_ref().map_or(0, size)));
                let what = kind(image.after.as_ref().or(image.before.as_ref()), Some(&image.key));
                add(what.clone(), Units { read_halves: 0, write });
                let indexes = index_writes(image);
                if indexes > 0 {
                    add(format!("{what} (indexes)"), Units { read_halves: 0, write: indexes });
                }
            }
        }
        Kind::Other => {}
    }
    costs
}

/// The keys of a batch with what was found.
fn batch(exchange: &Exchange) -> Vec<(&Value, Option<&Value>, bool)> {
    let tables = exchange.request.get("RequestItems").and_then(Value::as_object);
    let mut found = Vec::new();
    for (table, asked) in tables.into_iter().flatten() {
        let consistent = asked.get("ConsistentRead") == Some(&Value::Bool(true));
        let rows: Vec<&Value> = exchange
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

fn read(bytes: usize, consistent: bool) -> Units {
    let blocks = bytes.div_ceil(4 * 1024).max(1) as u64;
    Units { read_halves: if consistent { 2 * blocks } else { blocks }, write: 0 }
}

fn kilobytes(bytes: usize) -> u64 {
    bytes.div_ceil(1024).max(1) as u64
}

fn index_writes(image: &Image) -> u64 {
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

/// The kind of a row; where there is none, what its key begins with.
fn kind(item: Option<&Value>, key: Option<&Value>) -> String {
    let text = |value: Option<&Value>, part: &str| {
        value.and_then(|value| value.pointer(part)).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let kind = text(item, "/kind/S");
    if kind.is_empty() { beginning(&text(key, "/SK/S")) } else { kind }
}

fn beginning(key: &str) -> String {
    key.split('#').next().unwrap_or_default().to_lowercase()
}

#[cfg(test)]
mod tests;
