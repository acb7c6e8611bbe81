//! Converts an SDK call into the requests that IAM evaluates: an action on a resource, and for the table the
//! partitions that it touches (`dynamodb:LeadingKeys`); for a query of an index, the partition of the index. A
//! transaction is one request for each kind of action in it.
//!
//! Partitions are recorded by their prefix up to the first `#`, since the rest is an id.

use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemInput;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemInput;
use aws_sdk_dynamodb::operation::get_item::GetItemInput;
use aws_sdk_dynamodb::operation::put_item::PutItemInput;
use aws_sdk_dynamodb::operation::query::QueryInput;
use aws_sdk_dynamodb::operation::scan::ScanInput;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsInput;
use aws_sdk_dynamodb::operation::update_item::UpdateItemInput;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_runtime_api::client::interceptors::context::Input;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use store::keys::kind;
use store::schema::PK;

/// The table's logical id in the template.
pub const TABLE: &str = "Table";
pub const BUS: &str = "EventBus";
/// The logical id of the bucket for the audit seals.
pub const BUCKET: &str = "SealsBucket";

/// A call as IAM sees it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct IamRequest {
    /// For example `dynamodb:GetItem`.
    pub action: String,
    /// For example [`TABLE`], `Table/index/GSI1` or `signing`.
    pub resource: String,
    /// The prefixes of the partition keys.
    pub partitions: BTreeSet<String>,
}

impl IamRequest {
    /// A call to another service than the table.
    #[must_use]
    pub fn new(action: &str, resource: impl Into<String>) -> Self {
        Self { action: action.to_owned(), resource: resource.into(), partitions: BTreeSet::new() }
    }

    fn of_table(operation: &str, resource: impl Into<String>, partitions: impl IntoIterator<Item = String>) -> Self {
        Self { partitions: partitions.into_iter().collect(), ..Self::new(&format!("dynamodb:{operation}"), resource) }
    }
}

/// The prefix of a partition key up to its first `#`; all of it if there is none.
#[must_use]
pub fn beginning(partition: &str) -> String {
    let kind = kind(partition);
    if kind.len() < partition.len() { format!("{kind}#") } else { kind.to_owned() }
}

type Item = HashMap<String, AttributeValue>;

/// The prefix of an item's key. `?`, which no statement allows, if the call has no key that this code knows.
fn partition(item: Option<&Item>, name: &str) -> String {
    let key = item.and_then(|item| item.get(name)).and_then(|value| value.as_s().ok());
    key.map_or_else(|| "?".to_owned(), |key| beginning(key))
}

/// The IAM requests of an SDK call. An operation that functions don't use becomes one that no role allows.
pub(super) fn requests(input: &Input) -> Vec<IamRequest> {
    let one =
        |operation: &str, item: Option<&Item>| vec![IamRequest::of_table(operation, TABLE, [partition(item, PK)])];
    if let Some(input) = input.downcast_ref::<GetItemInput>() {
        return one("GetItem", input.key());
    }
    if let Some(input) = input.downcast_ref::<BatchGetItemInput>() {
        let keys = input.request_items().into_iter().flat_map(HashMap::values).flat_map(|wanted| wanted.keys());
        return vec![IamRequest::of_table("BatchGetItem", TABLE, keys.map(|key| partition(Some(key), PK)))];
    }
    if let Some(input) = input.downcast_ref::<QueryInput>() {
        let resource = input.index_name().map_or_else(|| TABLE.to_owned(), |index| format!("{TABLE}/index/{index}"));
        return vec![IamRequest::of_table("Query", resource, [partition(input.expression_attribute_values(), ":pk")])];
    }
    if let Some(input) = input.downcast_ref::<PutItemInput>() {
        return one("PutItem", input.item());
    }
    if let Some(input) = input.downcast_ref::<UpdateItemInput>() {
        return one("UpdateItem", input.key());
    }
    if let Some(input) = input.downcast_ref::<DeleteItemInput>() {
        return one("DeleteItem", input.key());
    }
    if let Some(input) = input.downcast_ref::<TransactWriteItemsInput>() {
        return of_transaction(input);
    }
    let operation = if input.downcast_ref::<ScanInput>().is_some() { "Scan" } else { "?" };
    vec![IamRequest::of_table(operation, TABLE, [])]
}

/// AWS doesn't document whether IAM evaluates each item or all items of an action at once. This takes the stricter
/// reading: one statement has to allow all of them together.
fn of_transaction(input: &TransactWriteItemsInput) -> Vec<IamRequest> {
    let mut actions: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for item in input.transact_items() {
        let single = [
            item.put().map(|put| ("PutItem", put.item())),
            item.update().map(|update| ("UpdateItem", update.key())),
            item.delete().map(|delete| ("DeleteItem", delete.key())),
            item.condition_check().map(|check| ("ConditionCheckItem", check.key())),
        ];
        for (action, key) in single.into_iter().flatten() {
            actions.entry(action).or_default().insert(partition(Some(key), PK));
        }
    }
    actions.into_iter().map(|(action, partitions)| IamRequest::of_table(action, TABLE, partitions)).collect()
}
