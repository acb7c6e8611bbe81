//! What an operation really did, as the wire has seen it: which rows it had read when it wrote or gave
//! up, what of its transactions was applied, what went wrong on the way.

use super::operation::Wish;
use super::order::{Applied, Touch};
use super::refusals::Sight;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use local::protocol::Kind;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use store::item::Item;
use testkit::faulty_client::fault::Fault;
use testkit::faulty_client::log::Exchange;

/// What goes by versions here. Of the rest, nothing that bookings depend on.
const VERSIONED: [&str; 6] = ["APPOINTMENT#", "DOCTOR#", "NOTIFICATION#", "PATIENT#", "ROOM#", "HOLIDAY#"];

/// What one operation did.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// Its transactions that were applied.
    pub applied: Vec<Applied>,
    /// Whose time its wish finds taken in what it read last.
    pub taken: Option<Vec<String>>,
    /// What happened to its requests.
    pub counts: Counts,
}

/// What happened to requests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests to the table.
    pub requests: u64,
    /// What went wrong, by what it went wrong with.
    pub faults: BTreeMap<(Kind, Fault), u64>,
    /// Transactions after the first one of an operation.
    pub retries: u64,
    /// Transactions that the table refused because something wasn't as it had been read.
    pub conflicts: u64,
}

impl Counts {
    /// Adds others.
    pub fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.retries += other.retries;
        self.conflicts += other.conflicts;
        for (kind, count) in &other.faults {
            *self.faults.entry(*kind).or_default() += count;
        }
    }
}

impl Trace {
    /// Reads what the wire has noted of a request.
    #[must_use]
    pub fn of(request: &str, wish: Option<&Wish>, exchanges: &[Exchange]) -> Self {
        let mut trace = Self::default();
        let mut seen = Seen::default();
        let mut transactions = 0;
        for exchange in exchanges {
            trace.counts.requests += 1;
            if let Some(fault) = exchange.fault {
                *trace.counts.faults.entry((exchange.kind, fault)).or_default() += 1;
            }
            if exchange.status == 200 {
                seen.read(exchange);
            }
            if exchange.kind == Kind::Transact {
                transactions += 1;
                trace.counts.conflicts += u64::from(exchange.fault.is_none() && exchange.status == 400);
            }
            if exchange.applied {
                let touches = actions(&exchange.request).filter_map(|action| seen.touch(action)).collect();
                trace.applied.push(Applied { request: request.to_owned(), touches });
            }
        }
        trace.counts.retries = u64::saturating_sub(transactions, 1);
        trace.taken = wish.and_then(|wish| Sight::of(seen.0.values()).taken(wish));
        trace
    }
}

/// The rows as they were read last, by their keys.
#[derive(Debug, Default)]
struct Seen(HashMap<String, Item>);

impl Seen {
    fn read(&mut self, exchange: &Exchange) {
        let (request, answer) = (&exchange.request, &exchange.answer);
        match exchange.kind {
            Kind::Get => {
                self.absent(request.get("Key"));
                self.row(answer.get("Item"));
            }
            Kind::BatchGet => {
                for key in every(request.get("RequestItems"), "Keys") {
                    self.absent(Some(key));
                }
                let tables = answer.get("Responses").and_then(Value::as_object);
                for row in tables.into_iter().flat_map(|tables| tables.values()).filter_map(Value::as_array).flatten() {
                    self.row(Some(row));
                }
            }
            // An index shows rows as they may have been: nothing is written by it.
            Kind::Query if request.get("IndexName").is_none_or(Value::is_null) => {
                for row in answer.get("Items").and_then(Value::as_array).into_iter().flatten() {
                    self.row(Some(row));
                }
            }
            _ => {}
        }
    }

    fn absent(&mut self, key: Option<&Value>) {
        if let Some(name) = key.and_then(name) {
            self.0.remove(&name);
        }
    }

    fn row(&mut self, row: Option<&Value>) {
        if let Some((name, item)) = row.and_then(|row| Some((name(row)?, item(row)?))) {
            self.0.insert(name, item);
        }
    }

    /// What an action of a transaction depends on and changes, if it goes by a version. One that only
    /// takes entries out of an agenda doesn't.
    fn touch(&self, action: &Value) -> Option<Touch> {
        let (what, action) = action.as_object()?.iter().next()?;
        let row = name(action.get("Key").or_else(|| action.get("Item"))?)?;
        if !VERSIONED.iter().any(|kind| row.starts_with(kind)) {
            return None;
        }
        let condition = action.get("ConditionExpression").and_then(Value::as_str).unwrap_or_default();
        let update = action.get("UpdateExpression").and_then(Value::as_str).unwrap_or_default();
        let known = self.0.get(&row).and_then(version).unwrap_or(0);
        let named = action.pointer("/ExpressionAttributeValues/:read/N").and_then(Value::as_str);
        let named = named.map_or(Some(0), |read| read.parse().ok())?;
        let written = match what.as_str() {
            "Put" => Some(version(&item(action.get("Item")?)?)?),
            "Update" if update.contains("version + :one") => Some(named + 1),
            _ => None,
        };
        let depends = written.is_some() || condition.contains(":read") || condition.contains("attribute_not_exists");
        depends.then_some(Touch { row, read: known, written })
    }
}

fn actions(request: &Value) -> impl Iterator<Item = &Value> {
    request.get("TransactItems").and_then(Value::as_array).into_iter().flatten()
}

/// The elements of a list that each table of a batch has.
fn every<'a>(tables: Option<&'a Value>, list: &str) -> Vec<&'a Value> {
    let tables = tables.and_then(Value::as_object);
    tables
        .into_iter()
        .flat_map(|tables| tables.values())
        .filter_map(|table| table.get(list)?.as_array())
        .flatten()
        .collect()
}

/// The key of a row, as one text.
fn name(row: &Value) -> Option<String> {
    let part = |name: &str| row.pointer(&format!("/{name}/S")).and_then(Value::as_str);
    Some(format!("{} {}", part("PK")?, part("SK")?))
}

/// The version that a row is guarded by; a guard's is its calendar's.
fn version(row: &Item) -> Option<u64> {
    row.get("version").or_else(|| row.get("calendar_version"))?.as_n().ok()?.parse().ok()
}

/// A row out of DynamoDB's JSON.
fn item(row: &Value) -> Option<Item> {
    row.as_object()?.iter().map(|(name, value)| Some((name.clone(), attribute(value)?))).collect()
}

fn attribute(value: &Value) -> Option<AttributeValue> {
    let (kind, value) = value.as_object()?.iter().next()?;
    Some(match kind.as_str() {
        "S" => AttributeValue::S(value.as_str()?.to_owned()),
        "N" => AttributeValue::N(value.as_str()?.to_owned()),
        "BOOL" => AttributeValue::Bool(value.as_bool()?),
        "B" => AttributeValue::B(Blob::new(STANDARD.decode(value.as_str()?).ok()?)),
        "NULL" => AttributeValue::Null(true),
        "L" => AttributeValue::L(value.as_array()?.iter().map(attribute).collect::<Option<_>>()?),
        "M" => AttributeValue::M(item(value)?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn exchange(kind: Kind, request: Value, answer: Value, applied: bool) -> Exchange {
        Exchange { kind, request, answer, status: 200, applied, ..Exchange::default() }
    }

    fn key(pk: &str) -> Value {
        json!({ "PK": { "S": pk }, "SK": { "S": "DAY#2025-12-15" } })
    }

    fn add(pk: &str, read: u64) -> Value {
        json!({ "Update": {
            "Key": key(pk), "UpdateExpression": "SET iv.#id0 = :entry0, version = version + :one",
            "ConditionExpression": "version = :read",
            "ExpressionAttributeValues": { ":read": { "N": read.to_string() } },
        } })
    }

    #[test]
    fn what_was_read_last_counts_and_not_what_is_said_to_have_been() {
        let row = |version: &str| json!({ "PK": { "S": "ROOM#1" }, "SK": { "S": "DAY#2025-12-15" }, "version": { "N": version } });
        let read = |rows: Value| {
            let request = json!({ "RequestItems": { "citas": { "Keys": [key("ROOM#1")] } } });
            exchange(Kind::BatchGet, request, json!({ "Responses": { "citas": rows } }), false)
        };
        let release = json!({ "Update": {
            "Key": key("ROOM#2"), "UpdateExpression": "REMOVE iv.#id0", "ConditionExpression": "attribute_exists(PK)",
        } });
        let write = exchange(Kind::Transact, json!({ "TransactItems": [add("ROOM#1", 4), release] }), json!({}), true);
        let touch = |read| Touch { row: "ROOM#1 DAY#2025-12-15".into(), read, written: Some(5) };
        for (reads, read) in [
            (vec![read(json!([row("3")])), read(json!([row("4")]))], 4),
            (vec![read(json!([row("3")])), read(json!([]))], 0),
        ] {
            let exchanges: Vec<Exchange> = reads.into_iter().chain([write.clone()]).collect();
            let trace = Trace::of("1", None, &exchanges);
            assert_eq!(trace.applied, [Applied { request: "1".into(), touches: vec![touch(read)] }]);
            assert_eq!((trace.counts.requests, trace.counts.retries), (3, 0));
        }
    }

    #[test]
    fn what_was_not_applied_leaves_no_trace() {
        let refused = Exchange {
            status: 400,
            ..exchange(Kind::Transact, json!({ "TransactItems": [add("ROOM#1", 4)] }), json!({}), false)
        };
        let conflict = Exchange { fault: Some(Fault::Conflict), ..refused.clone() };
        let trace = Trace::of("1", None, &[refused, conflict]);
        assert!(trace.applied.is_empty());
        assert_eq!((trace.counts.conflicts, trace.counts.retries, trace.counts.faults.len()), (1, 1, 1));
    }
}
