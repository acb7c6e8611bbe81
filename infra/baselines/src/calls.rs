//! Repeats the recorded calls of an operation to the table, with the bare SDK.
//!
//! The calls are in DynamoDB's JSON, as recorded on the wire. Reads are repeated as they are. A write is replaced by
//! putting the rows that it wrote, in as many transactions, so that it can be repeated.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, Put, TransactWriteItem};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::time::Instant;

type Item = HashMap<String, AttributeValue>;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum TableCall {
    /// `GetItem`, by its request.
    Get(Value),
    /// `BatchGetItem`, by its request.
    BatchGet(Value),
    /// `Query`, by its request.
    Query(Value),
    /// Rows to put: one with `PutItem`, several with `TransactWriteItems`.
    Put(Vec<Value>),
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct CallSequence {
    /// The calls of one round run concurrently; the rounds run one after the other.
    pub rounds: Vec<Vec<TableCall>>,
    /// Number of repetitions.
    pub times: u32,
}

/// The value is not in DynamoDB's JSON format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the value is not in DynamoDB's JSON format")]
pub struct DynamoJsonError;

impl CallSequence {
    /// Runs the calls [`times`](Self::times) times and returns the duration of each repetition, in microseconds.
    ///
    /// # Errors
    /// The SDK's error of a call, or [`DynamoJsonError`].
    pub async fn measure(&self, client: &Client, table: &str) -> Result<Vec<f64>, BoxError> {
        let mut took = Vec::new();
        for _ in 0..self.times {
            let began = Instant::now();
            for round in &self.rounds {
                let calls = round.iter().map(|call| call.send(client, table));
                futures_util::future::try_join_all(calls).await?;
            }
            took.push(1e6 * began.elapsed().as_secs_f64());
        }
        Ok(took)
    }
}

impl TableCall {
    async fn send(&self, client: &Client, table: &str) -> Result<(), BoxError> {
        match self {
            Self::Get(request) => {
                let key = item(request.get("Key").ok_or(DynamoJsonError)?)?;
                client.get_item().table_name(table).set_key(Some(key)).consistent_read(true).send().await?;
            }
            Self::BatchGet(request) => {
                let tables = request.get("RequestItems").and_then(Value::as_object).ok_or(DynamoJsonError)?;
                let request = tables.values().next().ok_or(DynamoJsonError)?;
                let keys = request.get("Keys").and_then(Value::as_array).ok_or(DynamoJsonError)?;
                let keys = keys.iter().map(item).collect::<Result<Vec<_>, _>>()?;
                let consistent = request.get("ConsistentRead").and_then(Value::as_bool);
                let keys = KeysAndAttributes::builder().set_keys(Some(keys)).set_consistent_read(consistent).build()?;
                client.batch_get_item().request_items(table, keys).send().await?;
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

fn item(value: &Value) -> Result<Item, DynamoJsonError> {
    attributes(value.as_object().ok_or(DynamoJsonError)?)
}

fn attributes(map: &Map<String, Value>) -> Result<Item, DynamoJsonError> {
    map.iter().map(|(name, value)| Ok((name.clone(), attribute(value).ok_or(DynamoJsonError)?))).collect()
}

/// Converts a typed value such as `{"S": "text"}`.
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
        "M" => AttributeValue::M(attributes(value.as_object()?).ok()?),
        _ => return None,
    })
}
