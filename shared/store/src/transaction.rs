//! Transactions, and the classification of cancelled ones.
//!
//! Each action of a transaction has a [`Purpose`]: what its condition protects. When DynamoDB cancels a
//! transaction, it returns one reason per action, by position; [`classify`] reports the most important one.

use crate::error::WriteError;
use crate::item::{Entity, Item, number, text, to_item};
use crate::keys::{Key, Resource, Unique};
use crate::schema::{PK, SK, TTL};
use crate::table::{Table, error_code};
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, ConditionCheck, Delete, Put, TransactWriteItem, Update,
};
use domain::time::{Instant, TimeDelta};

/// What the condition of an action protects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The idempotency row of a request.
    Idempotency,
    /// A unique value, by the name of its field in the API.
    Unique(&'static str),
    /// The entity itself, at the version that was read.
    Version,
    /// An agenda, at the version that was read.
    Agenda(Resource),
    /// A guard: the resource is active, and its calendar is unchanged since it was read.
    Guard(Resource),
    /// A window or a weekly rule of a doctor, at the version that was read.
    Calendar,
    /// A counter, at the version that was read.
    Counter,
    /// A row that is only added: history, audit, index.
    Append,
}

/// Why DynamoDB cancelled a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancellation {
    /// The idempotency row exists: the same request was executed before.
    Replayed,
    /// Another entity has the value of this field.
    Duplicate(&'static str),
    /// A row changed since it was read.
    Stale(Purpose),
}

/// The maximum age of a time in a transaction at the moment of sending. AWS accepts a signed request for five
/// minutes, so a row is visible within ten minutes of the time that it contains, or never. Readers rely on
/// that.
pub const MAX_AGE: TimeDelta = TimeDelta::minutes(5);

/// A time in a row of a transaction, and the clock that measures its age.
struct Deadline {
    at: Instant,
    now: Box<dyn Fn() -> Instant + Send + Sync>,
}

impl std::fmt::Debug for Deadline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Deadline({:?})", self.at)
    }
}

/// A list of writes that are executed atomically.
#[derive(Default)]
pub struct Transaction {
    actions: Vec<(Purpose, TransactWriteItem)>,
    defect: Option<String>,
    deadlines: Vec<Deadline>,
}

domain::opaque!(Transaction);

impl Transaction {
    /// Adds a row that must not exist yet.
    pub fn create<E: Entity>(&mut self, purpose: Purpose, entity: &E) {
        self.put(purpose, entity, |put| put.condition_expression("attribute_not_exists(PK)"));
    }

    /// Adds a row that must not exist, except as an expired row that TTL hasn't deleted yet.
    pub fn create_over_expired<E: Entity>(&mut self, purpose: Purpose, entity: &E, now: Instant) {
        self.put(purpose, entity, |put| {
            put.condition_expression("attribute_not_exists(PK) OR #ttl <= :now")
                .expression_attribute_names("#ttl", TTL)
                .expression_attribute_values(":now", number(now.unix()))
        });
    }

    /// Replaces the version that was read. With `version` 0 the row must not exist yet.
    pub fn replace<E: Entity>(&mut self, purpose: Purpose, entity: &E, version: u64) {
        if version == 0 {
            return self.create(purpose, entity);
        }
        self.put(purpose, entity, |put| {
            put.condition_expression("version = :read").expression_attribute_values(":read", number(version))
        });
    }

    /// Replaces a row that satisfies a condition expression.
    pub fn replace_where<E: Entity>(
        &mut self,
        purpose: Purpose,
        entity: &E,
        condition: &str,
        values: &[(&str, AttributeValue)],
    ) {
        let values = bound(values);
        self.put(purpose, entity, |put| put.condition_expression(condition).set_expression_attribute_values(values));
    }

    /// Writes a row unconditionally.
    pub fn overwrite<E: Entity>(&mut self, purpose: Purpose, entity: &E) {
        self.put(purpose, entity, |put| put);
    }

    /// Reserves a unique value for `owner`.
    pub fn claim_unique<E: Entity>(&mut self, value: &Unique, owner: &E) {
        self.create(Purpose::Unique(value.field()), owner);
    }

    /// Deletes a row unconditionally.
    pub fn delete(&mut self, purpose: Purpose, key: Key) {
        self.delete_if(purpose, key, None);
    }

    /// Deletes the version that was read.
    pub fn delete_at(&mut self, purpose: Purpose, key: Key, version: u64) {
        self.delete_if(purpose, key, Some(version));
    }

    fn delete_if(&mut self, purpose: Purpose, key: Key, version: Option<u64>) {
        let delete = Delete::builder()
            .set_key(Some(primary(key)))
            .set_condition_expression(version.map(|_| "version = :read".to_owned()))
            .set_expression_attribute_values(version.map(|version| Item::from([(":read".to_owned(), number(version))])))
            .table_name("");
        self.push(purpose, delete.build().map(|delete| TransactWriteItem::builder().delete(delete).build()));
    }

    /// Adds a condition on a row without changing it.
    pub fn check(&mut self, purpose: Purpose, key: Key, condition: &str, values: &[(&str, AttributeValue)]) {
        let check = ConditionCheck::builder()
            .set_key(Some(primary(key)))
            .condition_expression(condition)
            .set_expression_attribute_values(bound(values))
            .table_name("");
        self.push(purpose, check.build().map(|check| TransactWriteItem::builder().condition_check(check).build()));
    }

    /// Updates attributes of a row.
    pub fn update(&mut self, purpose: Purpose, key: Key, change: &UpdateExpression<'_>) {
        let update = Update::builder()
            .set_key(Some(primary(key)))
            .update_expression(change.update)
            .set_condition_expression(change.condition.map(str::to_owned))
            .set_expression_attribute_names(
                (!change.names.is_empty())
                    .then(|| change.names.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()),
            )
            .set_expression_attribute_values(bound(change.values))
            .table_name("");
        self.push(purpose, update.build().map(|update| TransactWriteItem::builder().update(update).build()));
    }

    fn put<E: Entity>(
        &mut self,
        purpose: Purpose,
        entity: &E,
        condition: impl FnOnce(
            aws_sdk_dynamodb::types::builders::PutBuilder,
        ) -> aws_sdk_dynamodb::types::builders::PutBuilder,
    ) {
        match to_item(entity) {
            Ok(item) => {
                let put = condition(Put::builder().set_item(Some(item)).table_name(""));
                self.push(purpose, put.build().map(|put| TransactWriteItem::builder().put(put).build()));
            }
            Err(_) => self.defect = Some(format!("a row of kind {} has no form as an item", E::KIND)),
        }
    }

    fn push(&mut self, purpose: Purpose, built: Result<TransactWriteItem, aws_sdk_dynamodb::error::BuildError>) {
        match built {
            Ok(item) => self.actions.push((purpose, item)),
            Err(_) => self.defect = Some("an action is incomplete".to_owned()),
        }
    }

    /// Makes [`Table::transact`] reject the transaction if `at` is older than [`MAX_AGE`] by then.
    pub fn set_deadline(&mut self, at: Instant, now: impl Fn() -> Instant + Send + Sync + 'static) {
        self.deadlines.push(Deadline { at, now: Box::new(now) });
    }

    /// The number of actions. DynamoDB accepts at most 100.
    #[must_use]
    pub fn len(&self) -> usize {
        self.actions.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty()
    }
}

/// An update expression with its condition, names and values.
pub struct UpdateExpression<'a> {
    pub update: &'a str,
    /// The condition expression, if any.
    pub condition: Option<&'a str>,
    /// The attribute names of the placeholders (`#name`).
    pub names: &'a [(&'a str, String)],
    /// The values of the placeholders (`:value`).
    pub values: &'a [(&'a str, AttributeValue)],
}

fn bound(values: &[(&str, AttributeValue)]) -> Option<Item> {
    (!values.is_empty()).then(|| values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
}

fn primary(key: Key) -> Item {
    Item::from([(PK.to_owned(), text(key.pk)), (SK.to_owned(), text(key.sk))])
}

impl Table {
    /// Executes a transaction.
    ///
    /// The SDK doesn't retry it: whether a retry is right after a lost response or a cancellation depends on the
    /// use case.
    ///
    /// # Errors
    /// [`WriteError`]; also [`WriteError::Contended`] if a [deadline](Transaction::set_deadline) has passed.
    pub async fn transact(&self, transaction: Transaction) -> Result<(), WriteError> {
        if let Some(reason) = transaction.defect {
            return Err(WriteError::Invalid { reason });
        }
        // The process was slow or suspended. The caller's retry takes a new time.
        if transaction.deadlines.iter().any(|deadline| (deadline.now)().since(deadline.at) > MAX_AGE) {
            return Err(WriteError::Contended);
        }
        let (purposes, items): (Vec<Purpose>, Vec<TransactWriteItem>) = transaction.actions.into_iter().unzip();
        let items = items.into_iter().map(|item| with_table_name(item, &self.name)).collect();
        self.client
            .transact_write_items()
            .set_transact_items(Some(items))
            .customize()
            .config_override(aws_sdk_dynamodb::config::Config::builder().retry_config(RetryConfig::disabled()))
            .send()
            .await
            .map(|_| ())
            .map_err(|error| transaction_error(&purposes, &error))
    }
}

impl Table {
    /// Writes a single row unconditionally, without retries: for rows whose key is always new.
    pub async fn put<E: Entity>(&self, entity: &E) -> Result<(), WriteError> {
        let invalid = |_| WriteError::Invalid { reason: format!("a row of kind {} has no form as an item", E::KIND) };
        let request = self.client.put_item().table_name(&self.name).set_item(Some(to_item(entity).map_err(invalid)?));
        let config = aws_sdk_dynamodb::config::Config::builder().retry_config(RetryConfig::disabled());
        let sent = request.customize().config_override(config).send().await;
        sent.map(|_| ()).map_err(|error| write_error(error.code(), &error))
    }
}

/// Sets the table's name in an action; [`Transaction`] doesn't know it.
fn with_table_name(mut item: TransactWriteItem, table: &str) -> TransactWriteItem {
    for name in [
        item.put.as_mut().map(|put| &mut put.table_name),
        item.delete.as_mut().map(|delete| &mut delete.table_name),
        item.update.as_mut().map(|update| &mut update.table_name),
        item.condition_check.as_mut().map(|check| &mut check.table_name),
    ]
    .into_iter()
    .flatten()
    {
        table.clone_into(name);
    }
    item
}

fn transaction_error<R>(purposes: &[Purpose], error: &SdkError<TransactWriteItemsError, R>) -> WriteError {
    if let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error() {
        return classify(purposes, cancelled.cancellation_reasons());
    }
    write_error(error.code(), error)
}

/// Maps every error except a cancelled transaction.
pub(crate) fn write_error<E, R>(code: Option<&str>, error: &SdkError<E, R>) -> WriteError {
    let reason = error_code(code, error);
    match (code, error) {
        (
            Some(
                "ProvisionedThroughputExceededException"
                | "ThrottlingException"
                | "RequestLimitExceeded"
                | "TransactionConflictException",
            ),
            _,
        ) => WriteError::Contended,
        (Some("ValidationException" | "ResourceNotFoundException" | "AccessDeniedException"), _)
        | (_, SdkError::ConstructionFailure(_)) => WriteError::Invalid { reason },
        // TransactionInProgress, InternalServerError, a timeout, a closed connection: the outcome is unknown.
        _ => WriteError::Ambiguous { reason },
    }
}

/// The most important reason of a cancelled transaction. In this order: the request was executed already; a
/// write is invalid; a unique value is taken; a row changed since it was read; a conflict or throttling.
#[must_use]
pub fn classify(purposes: &[Purpose], reasons: &[CancellationReason]) -> WriteError {
    let coded = || purposes.iter().zip(reasons).filter_map(|(purpose, reason)| Some((*purpose, reason.code()?)));
    let failed = || coded().filter(|(_, code)| *code == "ConditionalCheckFailed").map(|(purpose, _)| purpose);
    if failed().any(|purpose| purpose == Purpose::Idempotency) {
        return WriteError::Cancelled(Cancellation::Replayed);
    }
    let known =
        ["None", "ConditionalCheckFailed", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];
    if let Some((_, code)) = coded().find(|(_, code)| !known.contains(code)) {
        return WriteError::Invalid { reason: code.to_owned() };
    }
    if let Some(field) = failed().find_map(|purpose| match purpose {
        Purpose::Unique(field) => Some(field),
        _ => None,
    }) {
        return WriteError::Cancelled(Cancellation::Duplicate(field));
    }
    if let Some(purpose) = failed().next() {
        return WriteError::Cancelled(Cancellation::Stale(purpose));
    }
    WriteError::Contended
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tests every combination of reasons over actions of four purposes.
    #[test]
    fn the_most_important_reason_is_reported() {
        let purposes = [Purpose::Idempotency, Purpose::Version, Purpose::Unique("email"), Purpose::Append];
        let codes = ["None", "ConditionalCheckFailed", "TransactionConflict", "ThrottlingError", "ValidationError"];
        for combination in 0..codes.len().pow(4) {
            let chosen: Vec<&str> =
                (0..4).map(|position| codes[combination / codes.len().pow(position) % codes.len()]).collect();
            let reasons: Vec<_> = chosen.iter().map(|code| CancellationReason::builder().code(*code).build()).collect();
            let condition_failed = |position: usize| chosen[position] == "ConditionalCheckFailed";
            let found = format!("{:?}", classify(&purposes, &reasons));
            let expected = if condition_failed(0) {
                WriteError::Cancelled(Cancellation::Replayed)
            } else if chosen.contains(&"ValidationError") {
                WriteError::Invalid { reason: "ValidationError".into() }
            } else if condition_failed(2) {
                WriteError::Cancelled(Cancellation::Duplicate("email"))
            } else if condition_failed(1) {
                WriteError::Cancelled(Cancellation::Stale(Purpose::Version))
            } else if condition_failed(3) {
                WriteError::Cancelled(Cancellation::Stale(Purpose::Append))
            } else {
                WriteError::Contended
            };
            assert_eq!(found, format!("{expected:?}"), "{chosen:?}");
        }
    }
}
