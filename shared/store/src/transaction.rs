//! Writing: transactions, and why one was refused.
//!
//! Each action of a transaction has a [`Purpose`]: what it protects. When DynamoDB cancels the
//! transaction it answers with one reason per action, by position; [`classify`] reads them all and
//! reports the one that matters most.

use crate::error::WriteError;
use crate::item::{Entity, Item, number, text, to_item};
use crate::keys::{Key, Resource, Unique};
use crate::schema::{PK, SK, TTL};
use crate::table::{Table, reason};
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, ConditionCheck, Delete, Put, TransactWriteItem, Update,
};
use domain::time::{Instant, TimeDelta};

/// What an action of a transaction protects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The row that makes a request happen once.
    Idempotency,
    /// A value that only one may have, by the field that clients know it as.
    Unique(&'static str),
    /// The thing itself, at the version that was read.
    Version,
    /// An agenda, at the version that was read.
    Agenda(Resource),
    /// A guard: the resource is active and its calendar is the one that was read.
    Guard(Resource),
    /// A window or a weekly rule of a doctor's time, at the version that was read.
    Calendar,
    /// A counter, at the version that was read.
    Counter,
    /// A row that is only added: history, audit, index.
    Append,
}

/// Why a transaction was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The idempotency row stands: this very request was done before.
    Replayed,
    /// Somebody else has this value.
    Duplicate(&'static str),
    /// This isn't any more what was read.
    Stale(Purpose),
}

/// A transaction isn't sent that holds a time older than this: its reader may rely on it that nothing
/// of that time is still to come. The table takes what was signed within five minutes (that is how long
/// a signature of AWS is good), so what has a time on it is there within ten minutes of it, or never.
pub const STALE_AFTER: TimeDelta = TimeDelta::minutes(5);

/// A time that a row of a transaction holds, and the clock that tells how old it is by now.
struct Stamp {
    at: Instant,
    now: Box<dyn Fn() -> Instant + Send + Sync>,
}

impl std::fmt::Debug for Stamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Stamp({:?})", self.at)
    }
}

/// Several writes that happen together or not at all.
#[derive(Default)]
pub struct Transaction {
    actions: Vec<(Purpose, TransactWriteItem)>,
    defect: Option<String>,
    stamps: Vec<Stamp>,
}

domain::opaque!(Transaction);

impl Transaction {
    /// Adds a row that mustn't be there yet.
    pub fn create<E: Entity>(&mut self, role: Purpose, entity: &E) {
        self.put(role, entity, |put| put.condition_expression("attribute_not_exists(PK)"));
    }

    /// Adds a row where there is none, or one that has expired and that TTL hasn't deleted yet.
    pub fn create_over_expired<E: Entity>(&mut self, role: Purpose, entity: &E, now: Instant) {
        self.put(role, entity, |put| {
            put.condition_expression("attribute_not_exists(PK) OR #ttl <= :now")
                .expression_attribute_names("#ttl", TTL)
                .expression_attribute_values(":now", number(now.unix()))
        });
    }

    /// Writes a row over the version that was read, or where there is none if `version` is 0.
    pub fn replace<E: Entity>(&mut self, role: Purpose, entity: &E, version: u64) {
        if version == 0 {
            return self.create(role, entity);
        }
        self.put(role, entity, |put| {
            put.condition_expression("version = :read").expression_attribute_values(":read", number(version))
        });
    }

    /// Writes a row over one of which this holds.
    pub fn replace_where<E: Entity>(
        &mut self,
        role: Purpose,
        entity: &E,
        condition: &str,
        values: &[(&str, AttributeValue)],
    ) {
        let values = bound(values);
        self.put(role, entity, |put| put.condition_expression(condition).set_expression_attribute_values(values));
    }

    /// Writes a row whatever was there.
    pub fn overwrite<E: Entity>(&mut self, role: Purpose, entity: &E) {
        self.put(role, entity, |put| put);
    }

    /// Notes that only one may have this value.
    pub fn claim<E: Entity>(&mut self, value: &Unique, owner: &E) {
        self.create(Purpose::Unique(value.field()), owner);
    }

    /// Removes a row, whatever it holds.
    pub fn delete(&mut self, role: Purpose, key: Key) {
        self.delete_if(role, key, None);
    }

    /// Removes a row at the version that was read.
    pub fn delete_at(&mut self, role: Purpose, key: Key, version: u64) {
        self.delete_if(role, key, Some(version));
    }

    fn delete_if(&mut self, role: Purpose, key: Key, version: Option<u64>) {
        let delete = Delete::builder()
            .set_key(Some(primary(key)))
            .set_condition_expression(version.map(|_| "version = :read".to_owned()))
            .set_expression_attribute_values(version.map(|version| Item::from([(":read".to_owned(), number(version))])))
            .table_name("");
        self.push(role, delete.build().map(|delete| TransactWriteItem::builder().delete(delete).build()));
    }

    /// Checks a row without changing it.
    pub fn check(&mut self, role: Purpose, key: Key, condition: &str, values: &[(&str, AttributeValue)]) {
        let check = ConditionCheck::builder()
            .set_key(Some(primary(key)))
            .condition_expression(condition)
            .set_expression_attribute_values(bound(values))
            .table_name("");
        self.push(role, check.build().map(|check| TransactWriteItem::builder().condition_check(check).build()));
    }

    /// Changes parts of a row.
    pub fn update(&mut self, role: Purpose, key: Key, change: Change<'_>) {
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
        self.push(role, update.build().map(|update| TransactWriteItem::builder().update(update).build()));
    }

    fn put<E: Entity>(
        &mut self,
        role: Purpose,
        entity: &E,
        condition: impl FnOnce(
            aws_sdk_dynamodb::types::builders::PutBuilder,
        ) -> aws_sdk_dynamodb::types::builders::PutBuilder,
    ) {
        match to_item(entity) {
            Ok(item) => {
                let put = condition(Put::builder().set_item(Some(item)).table_name(""));
                self.push(role, put.build().map(|put| TransactWriteItem::builder().put(put).build()));
            }
            Err(_) => self.defect = Some(format!("a row of kind {} has no form as an item", E::KIND)),
        }
    }

    fn push(&mut self, role: Purpose, built: Result<TransactWriteItem, aws_sdk_dynamodb::error::BuildError>) {
        match built {
            Ok(item) => self.actions.push((role, item)),
            Err(_) => self.defect = Some("an action is incomplete".to_owned()),
        }
    }

    /// Notes that it must not be sent once a time that it holds is older than [`STALE_AFTER`].
    pub fn stamp(&mut self, at: Instant, now: impl Fn() -> Instant + Send + Sync + 'static) {
        self.stamps.push(Stamp { at, now: Box::new(now) });
    }

    /// How many actions it has. DynamoDB takes 100.
    #[must_use]
    pub fn len(&self) -> usize {
        self.actions.len()
    }

    /// Whether it would do nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty()
    }
}

/// A change of parts of a row.
pub struct Change<'a> {
    /// The update expression.
    pub update: &'a str,
    /// The condition, if any.
    pub condition: Option<&'a str>,
    /// Names that stand in them for attribute names.
    pub names: &'a [(&'a str, String)],
    /// Values that stand in them.
    pub values: &'a [(&'a str, AttributeValue)],
}

fn bound(values: &[(&str, AttributeValue)]) -> Option<Item> {
    (!values.is_empty()).then(|| values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
}

fn primary(key: Key) -> Item {
    Item::from([(PK.to_owned(), text(key.pk)), (SK.to_owned(), text(key.sk))])
}

impl Table {
    /// Does all of a transaction, or nothing.
    ///
    /// The SDK doesn't retry it: what is right after a lost answer or a refusal depends on what was
    /// to be written, and only the use case knows.
    ///
    /// # Errors
    /// [`WriteError`]; [`WriteError::Contended`] too where a [stamp](Transaction::stamp) has become stale.
    pub async fn transact(&self, transaction: Transaction) -> Result<(), WriteError> {
        if let Some(reason) = transaction.defect {
            return Err(WriteError::Invalid { reason });
        }
        // Somebody took long, or was frozen: the attempt is made anew, and with it the time.
        if transaction.stamps.iter().any(|stamp| (stamp.now)().since(stamp.at) > STALE_AFTER) {
            return Err(WriteError::Contended);
        }
        let (roles, items): (Vec<Purpose>, Vec<TransactWriteItem>) = transaction.actions.into_iter().unzip();
        let items = items.into_iter().map(|item| named(item, &self.name)).collect();
        self.client
            .transact_write_items()
            .set_transact_items(Some(items))
            .customize()
            .config_override(aws_sdk_dynamodb::config::Config::builder().retry_config(RetryConfig::disabled()))
            .send()
            .await
            .map(|_| ())
            .map_err(|error| failed(&roles, &error))
    }
}

impl Table {
    /// Writes one row of its own, whatever was there: for a row whose key is new. Not retried either.
    ///
    /// # Errors
    /// [`WriteError`].
    pub async fn put<E: Entity>(&self, entity: &E) -> Result<(), WriteError> {
        let invalid = |_| WriteError::Invalid { reason: format!("a row of kind {} has no form as an item", E::KIND) };
        let request = self.client.put_item().table_name(&self.name).set_item(Some(to_item(entity).map_err(invalid)?));
        let config = aws_sdk_dynamodb::config::Config::builder().retry_config(RetryConfig::disabled());
        let sent = request.customize().config_override(config).send().await;
        sent.map(|_| ()).map_err(|error| not_written(error.code(), &error))
    }
}

/// Puts the table's name where the builder of a transaction, which doesn't know it, left it out.
fn named(mut item: TransactWriteItem, table: &str) -> TransactWriteItem {
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

fn failed<R>(roles: &[Purpose], error: &SdkError<TransactWriteItemsError, R>) -> WriteError {
    if let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error() {
        return classify(roles, cancelled.cancellation_reasons());
    }
    not_written(error.code(), error)
}

/// What an error says of a write apart from why it was cancelled.
fn not_written<E, R>(code: Option<&str>, error: &SdkError<E, R>) -> WriteError {
    let reason = reason(code, error);
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
        // TransactionInProgress, InternalServerError, a time-out, a closed connection: who knows.
        _ => WriteError::Ambiguous { reason },
    }
}

/// The most telling of a cancelled transaction's reasons. Worst first: that the request is done
/// already outweighs everything; then what can't be written at all; then values that somebody else
/// has; then what has to be read anew; and only if nothing else is wrong, a mere conflict.
#[must_use]
pub fn classify(roles: &[Purpose], reasons: &[CancellationReason]) -> WriteError {
    let coded = || roles.iter().zip(reasons).filter_map(|(role, reason)| Some((*role, reason.code()?)));
    let failed = || coded().filter(|(_, code)| *code == "ConditionalCheckFailed").map(|(role, _)| role);
    if failed().any(|role| role == Purpose::Idempotency) {
        return WriteError::Refused(Refused::Replayed);
    }
    let known =
        ["None", "ConditionalCheckFailed", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];
    if let Some((_, code)) = coded().find(|(_, code)| !known.contains(code)) {
        return WriteError::Invalid { reason: code.to_owned() };
    }
    if let Some(field) = failed().find_map(|role| match role {
        Purpose::Unique(field) => Some(field),
        _ => None,
    }) {
        return WriteError::Refused(Refused::Duplicate(field));
    }
    if let Some(role) = failed().next() {
        return WriteError::Refused(Refused::Stale(role));
    }
    WriteError::Contended
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every combination of reasons over one action of each role: what is reported is the worst.
    #[test]
    fn the_worst_reason_is_reported_whatever_the_others_are() {
        let roles = [Purpose::Idempotency, Purpose::Version, Purpose::Unique("email"), Purpose::Append];
        let codes = ["None", "ConditionalCheckFailed", "TransactionConflict", "ThrottlingError", "ValidationError"];
        for combination in 0..codes.len().pow(4) {
            let chosen: Vec<&str> =
                (0..4).map(|place| codes[combination / codes.len().pow(place) % codes.len()]).collect();
            let reasons: Vec<_> = chosen.iter().map(|code| CancellationReason::builder().code(*code).build()).collect();
            let refused = |place: usize| chosen[place] == "ConditionalCheckFailed";
            let found = format!("{:?}", classify(&roles, &reasons));
            let expected = if refused(0) {
                WriteError::Refused(Refused::Replayed)
            } else if chosen.contains(&"ValidationError") {
                WriteError::Invalid { reason: "ValidationError".into() }
            } else if refused(2) {
                WriteError::Refused(Refused::Duplicate("email"))
            } else if refused(1) {
                WriteError::Refused(Refused::Stale(Purpose::Version))
            } else if refused(3) {
                WriteError::Refused(Refused::Stale(Purpose::Append))
            } else {
                WriteError::Contended
            };
            assert_eq!(found, format!("{expected:?}"), "{chosen:?}");
        }
    }
}
