//! The calls to the table that an operation makes, made again by the SDK and nothing else around it.
//!
//! They are handed over in DynamoDB's own JSON, as they were seen on the wire. Reads are the same reads. Of writes
//! the rows are put that they left behind, in as many transactions: so they can be done as often as one likes.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, Put, TransactWriteItem};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::time::Instant;

/// A row, or its key.
type Item = HashMap<String, AttributeValue>;

/// One call.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Call {
    /// `GetItem`, by its request.
    Get(Value),
    /// `BatchGetItem`, by its request.
    BatchGet(Value),
    /// `Query`, by its request.
    Query(Value),
    /// Rows that are put: alone with `PutItem`, together with `TransactWriteItems`.
    Put(Vec<Value>),
}

/// An operation's calls.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Calls {
    /// Calls of the same round don't wait for each other.
    pub rounds: Vec<Vec<Call>>,
    /// How often all of it is done.
    pub times: u32,
}

/// Something that isn't DynamoDB's JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not DynamoDB's JSON")]
pub struct NotJson;

impl Calls {
    /// Makes them, and says how long each time took, in microseconds.
    ///
    /// # Errors
    /// What the table says, or [`NotJson`].
    pub async fn make(&self, client: &Client, table: &str) -> Result<Vec<f64>, BoxError> {
        let mut took = Vec::new();
        for _ in 0..self.times {
            let began = Instant::now();
            for round in &self.rounds {
                let calls = round.iter().map(|call| call.make(client, table));
                futures_util::future::try_join_all(calls).await?;
            }
            took.push(1e6 * began.elapsed().as_secs_f64());
        }
        Ok(took)
    }
}

impl Call {
    async fn make(&self, client: &Client, table: &str) -> Result<(), BoxError> {
        match self {
            Self::Get(request) => {
                let key = item(request.get("Key").ok_or(NotJson)?)?;
                client.get_item().table_name(table).set_key(Some(key)).consistent_read(true).send().await?;
            }
            Self::BatchGet(request) => {
                let tables = request.get("RequestItems").and_then(Value::as_object).ok_or(NotJson)?;
                let asked = tables.values().next().ok_or(NotJson)?;
                let keys = asked.get("Keys").and_then(Value::as_array).ok_or(NotJson)?;
                let keys = keys.iter().map(item).collect::<Result<Vec<_>, _>>()?;
                let consistent = asked.get("ConsistentRead").and_then(Value::as_bool);
                let asked =
                    KeysAndAttributes::builder().set_keys(Some(keys)).set_consistent_read(consistent).build()?;
                client.batch_get_item().request_items(table, asked).send().await?;
            }
            Self::Query(request) => query(client, table, request).await?,
            Self::Put(rows) => {
                let mut rows = rows.iter().map(item).collect::<Result<Vec<_>, _>>()?;
                if rows.len() == 1 {
                    client.put_item().table_name(table).set_item(rows.pop()).send().await?;
                } else {
                    let put = |row| Put::builder().table_name(table).set_item(Some(row)).build();
                    let puts = rows.into_iter().map(|row| Ok(TransactWriteItem::builder().put(put(row)?).build()));
                    let puts = puts.collect::<Result<Vec<_>, BoxError>>()?;
                    client.transact_write_items().set_transact_items(Some(puts)).send().await?;
                }
            }
        }
        Ok(())
    }
}

async fn query(client: &Client, table: &str, request: &Value) -> Result<(), BoxError> {
    let text = |name: &str| request.get(name).and_then(Value::as_str).map(str::to_owned);
    let flag = |name: &str| request.get(name).and_then(Value::as_bool);
    let items = |name: &str| request.get(name).map(item).transpose();
    let names = request.get("ExpressionAttributeNames").and_then(Value::as_object).map(|names| {
        names.iter().filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
    });
    let limit = request.get("Limit").and_then(Value::as_i64).and_then(|limit| i32::try_from(limit).ok());
    client
        .query()
        .table_name(table)
        .set_index_name(text("IndexName"))
        .set_key_condition_expression(text("KeyConditionExpression"))
        .set_filter_expression(text("FilterExpression"))
        .set_projection_expression(text("ProjectionExpression"))
        .set_expression_attribute_names(names)
        .set_expression_attribute_values(items("ExpressionAttributeValues")?)
        .set_exclusive_start_key(items("ExclusiveStartKey")?)
        .set_consistent_read(flag("ConsistentRead"))
        .set_scan_index_forward(flag("ScanIndexForward"))
        .set_limit(limit)
        .send()
        .await?;
    Ok(())
}

fn item(value: &Value) -> Result<Item, NotJson> {
    members(value.as_object().ok_or(NotJson)?)
}

fn members(members: &Map<String, Value>) -> Result<Item, NotJson> {
    members.iter().map(|(name, value)| Ok((name.clone(), attribute(value).ok_or(NotJson)?))).collect()
}

/// `{"S": "text"}` and its like.
fn attribute(value: &Value) -> Option<AttributeValue> {
    let (kind, value) = value.as_object()?.iter().next()?;
    let text = || value.as_str().map(str::to_owned);
    let texts =
        || -> Option<Vec<String>> { value.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect() };
    Some(match kind.as_str() {
        "S" => AttributeValue::S(text()?),
        "N" => AttributeValue::N(text()?),
        "B" => AttributeValue::B(Blob::new(STANDARD.decode(value.as_str()?).ok()?)),
        "BOOL" => AttributeValue::Bool(value.as_bool()?),
        "NULL" => AttributeValue::Null(true),
        "SS" => AttributeValue::Ss(texts()?),
        "NS" => AttributeValue::Ns(texts()?),
        "L" => AttributeValue::L(value.as_array()?.iter().map(attribute).collect::<Option<_>>()?),
        "M" => AttributeValue::M(members(value.as_object()?).ok()?),
        _ => return None,
    })
}
