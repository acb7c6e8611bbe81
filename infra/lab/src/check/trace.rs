//! Reconstructs what an operation did from its recorded calls to the table: the rows that it had read when it wrote or
//! was refused, the transactions that were applied, and the faults that were injected.

use super::operation::RequestedTime;
use super::refusals::ObservedRows;
use super::serial_order::{AppliedTransaction, RowAccess};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::ids::{AppointmentId, DoctorId, HolidayId, Id as _, NotificationId, PatientId, RoomId};
use local::protocol::OperationKind;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use store::item::Item;
use store::keys::{EntityRef, Key, kind};
use testkit::faulty_client::fault::Fault;
use testkit::faulty_client::log::RecordedCall;

/// Whether rows of this partition are versioned. Bookings depend on no others.
fn is_versioned(partition: &str) -> bool {
    let versioned = [
        Key::appointment(AppointmentId::nil()),
        Key::doctor(DoctorId::nil()),
        Key::notification(NotificationId::nil()),
        Key::patient(PatientId::nil()),
        Key::room(RoomId::nil()),
        Key::id_lookup(EntityRef::Holiday(HolidayId::nil())),
    ];
    versioned.iter().any(|key| kind(&key.pk) == kind(partition))
}

#[derive(Debug, Clone, Default)]
pub struct OperationTrace {
    pub applied: Vec<AppliedTransaction>,
    /// The conflicts of the requested time with the rows that were read last, if it was refused.
    pub conflicts: Option<Vec<String>>,
    pub counts: RequestCounts,
}

/// Counts of requests to the table, and of what happened to them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestCounts {
    pub requests: u64,
    /// Injected faults, by kind of call and fault.
    pub faults: BTreeMap<(OperationKind, Fault), u64>,
    /// Transactions beyond the first one of each operation.
    pub retries: u64,
    /// Transactions that the table cancelled because a condition failed.
    pub conflicts: u64,
}

impl RequestCounts {
    pub fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.retries += other.retries;
        self.conflicts += other.conflicts;
        for (kind, count) in &other.faults {
            *self.faults.entry(*kind).or_default() += count;
        }
    }
}

impl OperationTrace {
    #[must_use]
    pub fn new(request: &str, requested: Option<&RequestedTime>, calls: &[RecordedCall]) -> Self {
        let mut trace = Self::default();
        let mut rows_read = ReadRows::default();
        let mut transaction_count = 0;
        for call in calls {
            trace.counts.requests += 1;
            if let Some(fault) = call.fault {
                *trace.counts.faults.entry((call.kind, fault)).or_default() += 1;
            }
            if call.status == 200 {
                rows_read.read(call);
            }
            if call.kind == OperationKind::Transact {
                transaction_count += 1;
                trace.counts.conflicts += u64::from(call.fault.is_none() && call.status == 400);
            }
            if call.applied {
                let accesses = actions(&call.request).filter_map(|action| rows_read.access(action)).collect();
                trace.applied.push(AppliedTransaction { request: request.to_owned(), accesses });
            }
        }
        trace.counts.retries = u64::saturating_sub(transaction_count, 1);
        trace.conflicts = requested.and_then(|requested| ObservedRows::new(rows_read.0.values()).conflicts(requested));
        trace
    }
}

/// Whether a call reads eventually consistently: it may be stale, and decides nothing.
fn is_eventual(call: &RecordedCall) -> bool {
    let consistent = |request: &Value| request.get("ConsistentRead").and_then(Value::as_bool).unwrap_or(false);
    match call.kind {
        OperationKind::BatchGet => {
            let tables = call.request.get("RequestItems").and_then(Value::as_object);
            !tables.is_some_and(|tables| tables.values().all(consistent))
        }
        OperationKind::Get | OperationKind::Query => !consistent(&call.request),
        _ => false,
    }
}

/// The latest state of the rows that were read, by key.
#[derive(Debug, Default)]
struct ReadRows(HashMap<String, Item>);

impl ReadRows {
    fn read(&mut self, call: &RecordedCall) {
        let (request, answer) = (&call.request, &call.answer);
        if is_eventual(call) {
            return;
        }
        match call.kind {
            OperationKind::Get => {
                self.set_absent(request.get("Key"));
                self.set_row(answer.get("Item"));
            }
            OperationKind::BatchGet => {
                for key in elements(request.get("RequestItems"), "Keys") {
                    self.set_absent(Some(key));
                }
                let tables = answer.get("Responses").and_then(Value::as_object);
                for row in tables.into_iter().flat_map(|tables| tables.values()).filter_map(Value::as_array).flatten() {
                    self.set_row(Some(row));
                }
            }
            // Rows read from an index may be stale, and no write depends on them.
            OperationKind::Query if request.get("IndexName").is_none_or(Value::is_null) => {
                for row in answer.get("Items").and_then(Value::as_array).into_iter().flatten() {
                    self.set_row(Some(row));
                }
            }
            _ => {}
        }
    }

    fn set_absent(&mut self, key: Option<&Value>) {
        if let Some(name) = key.and_then(name) {
            self.0.remove(&name);
        }
    }

    fn set_row(&mut self, row: Option<&Value>) {
        if let Some((name, item)) = row.and_then(|row| Some((name(row)?, item(row)?))) {
            self.0.insert(name, item);
        }
    }

    /// The row that an action of a transaction depends on or changes, if the action checks a version. An action that
    /// only removes entries from an agenda doesn't.
    fn access(&self, action: &Value) -> Option<RowAccess> {
        let (verb, action) = action.as_object()?.iter().next()?;
        let row = name(action.get("Key").or_else(|| action.get("Item"))?)?;
        if !is_versioned(&row) {
            return None;
        }
        let condition = action.get("ConditionExpression").and_then(Value::as_str).unwrap_or_default();
        let update = action.get("UpdateExpression").and_then(Value::as_str).unwrap_or_default();
        let version_read = self.0.get(&row).and_then(version).unwrap_or(0);
        let expected = action.pointer("/ExpressionAttributeValues/:read/N").and_then(Value::as_str);
        let expected = expected.map_or(Some(0), |read| read.parse().ok())?;
        let written = match verb.as_str() {
            "Put" => Some(version(&item(action.get("Item")?)?)?),
            "Update" if update.contains("version + :one") => Some(expected + 1),
            _ => None,
        };
        let is_versioned =
            written.is_some() || condition.contains(":read") || condition.contains("attribute_not_exists");
        is_versioned.then_some(RowAccess { row, read: version_read, written })
    }
}

fn actions(request: &Value) -> impl Iterator<Item = &Value> {
    request.get("TransactItems").and_then(Value::as_array).into_iter().flatten()
}

/// The elements of a list in all tables of a batch.
fn elements<'a>(tables: Option<&'a Value>, list: &str) -> Vec<&'a Value> {
    let tables = tables.and_then(Value::as_object);
    tables
        .into_iter()
        .flat_map(|tables| tables.values())
        .filter_map(|table| table.get(list)?.as_array())
        .flatten()
        .collect()
}

/// The key of a row as one string.
fn name(row: &Value) -> Option<String> {
    let part = |name: &str| row.pointer(&format!("/{name}/S")).and_then(Value::as_str);
    Some(format!("{} {}", part("PK")?, part("SK")?))
}

/// The version that guards a row; for a calendar guard, that of the calendar.
fn version(row: &Item) -> Option<u64> {
    row.get("version").or_else(|| row.get("calendar_version"))?.as_n().ok()?.parse().ok()
}

/// Parses a row from DynamoDB's JSON.
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

    fn call(kind: OperationKind, request: Value, answer: Value, applied: bool) -> RecordedCall {
        RecordedCall { kind, request, answer, status: 200, applied, ..RecordedCall::default() }
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
    fn an_access_has_the_version_that_was_read_last() {
        let row = |version: &str| json!({ "PK": { "S": "ROOM#1" }, "SK": { "S": "DAY#2025-12-15" }, "version": { "N": version } });
        let read = |rows: Value| {
            let request = json!({ "RequestItems": { "citas": { "Keys": [key("ROOM#1")], "ConsistentRead": true } } });
            call(OperationKind::BatchGet, request, json!({ "Responses": { "citas": rows } }), false)
        };
        let release = json!({ "Update": {
            "Key": key("ROOM#2"), "UpdateExpression": "REMOVE iv.#id0", "ConditionExpression": "attribute_exists(PK)",
        } });
        let write =
            call(OperationKind::Transact, json!({ "TransactItems": [add("ROOM#1", 4), release] }), json!({}), true);
        let access = |read| RowAccess { row: "ROOM#1 DAY#2025-12-15".into(), read, written: Some(5) };
        for (reads, read) in [
            (vec![read(json!([row("3")])), read(json!([row("4")]))], 4),
            (vec![read(json!([row("3")])), read(json!([]))], 0),
        ] {
            let calls: Vec<RecordedCall> = reads.into_iter().chain([write.clone()]).collect();
            let trace = OperationTrace::new("1", None, &calls);
            assert_eq!(trace.applied, [AppliedTransaction { request: "1".into(), accesses: vec![access(read)] }]);
            assert_eq!((trace.counts.requests, trace.counts.retries), (3, 0));
        }
    }

    #[test]
    fn transactions_that_were_not_applied_are_counted_only() {
        let refused = RecordedCall {
            status: 400,
            ..call(OperationKind::Transact, json!({ "TransactItems": [add("ROOM#1", 4)] }), json!({}), false)
        };
        let conflict = RecordedCall { fault: Some(Fault::Conflict), ..refused.clone() };
        let trace = OperationTrace::new("1", None, &[refused, conflict]);
        assert!(trace.applied.is_empty());
        assert_eq!((trace.counts.conflicts, trace.counts.retries, trace.counts.faults.len()), (1, 1, 1));
    }
}
