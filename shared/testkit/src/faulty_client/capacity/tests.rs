//! Tests with examples of the developer guide's rules.

use super::*;
use serde_json::json;

fn call(kind: OperationKind, request: Value, answer: Value) -> RecordedCall {
    RecordedCall { kind, request, answer, status: 200, ..RecordedCall::default() }
}

fn total(call: &RecordedCall) -> CapacityUnits {
    cost(call).into_values().fold(CapacityUnits::default(), CapacityUnits::plus)
}

fn item(bytes: usize) -> Value {
    json!({ "PK": { "S": "p" }, "x": { "S": "a".repeat(bytes - 4) } })
}

#[test]
fn reads_are_rounded_to_four_kilobytes() {
    let get = |consistent: bool, bytes| {
        total(&call(OperationKind::Get, json!({ "ConsistentRead": consistent }), json!({ "Item": item(bytes) }))).read()
    };
    assert_eq!((get(true, 4096), get(true, 4097), get(false, 4096), get(false, 4097)), (1.0, 2.0, 0.5, 1.0));
    let missing = call(OperationKind::Get, json!({ "ConsistentRead": true }), json!({}));
    assert_eq!(total(&missing).read(), 1.0);
    let query = |bytes: usize| json!({ "Items": [item(bytes), item(bytes)] });
    let consistent = json!({ "ConsistentRead": true });
    assert_eq!(total(&call(OperationKind::Query, consistent.clone(), query(2048))).read(), 1.0, "the sum is rounded");
    assert_eq!(total(&call(OperationKind::Query, consistent, json!({ "Items": [] }))).read(), 1.0);
    let keys = json!([{ "PK": { "S": "p" } }, { "PK": { "S": "q" } }]);
    let batch = json!({ "RequestItems": { "t": { "ConsistentRead": true, "Keys": keys } } });
    let answer = json!({ "Responses": { "t": [item(100)] } });
    assert_eq!(
        total(&call(OperationKind::BatchGet, batch, answer)).read(),
        2.0,
        "each is rounded, the missing one too"
    );
}

#[test]
fn a_transaction_writes_at_twice_the_rate_and_its_indexes_follow_at_once() {
    let entry = |bytes: usize, place: &str| {
        let mut item = item(bytes);
        item["GSI1PK"] = json!({ "S": "i" });
        item["GSI1SK"] = json!({ "S": place });
        item
    };
    let write = |before: Option<Value>, after: Option<Value>| {
        let images = vec![RowImage { key: Value::Null, before, after }];
        total(&RecordedCall { images, ..call(OperationKind::Transact, Value::Null, Value::Null) }).write()
    };
    assert_eq!(write(None, Some(item(1024))), 2);
    assert_eq!(write(Some(item(1025)), Some(item(10))), 4, "the larger counts");
    assert_eq!(write(None, None), 2, "a check of what isn't there");
    assert_eq!(write(None, Some(entry(900, "a"))), 2 + 1);
    assert_eq!(write(Some(entry(900, "a")), Some(entry(901, "a"))), 2 + 1);
    assert_eq!(write(Some(entry(900, "a")), Some(entry(900, "b"))), 2 + 2, "it moves");
    assert_eq!(write(Some(entry(900, "a")), Some(entry(900, "a"))), 2, "nothing changes");
    assert_eq!(write(Some(entry(900, "a")), None), 2 + 1);
}
