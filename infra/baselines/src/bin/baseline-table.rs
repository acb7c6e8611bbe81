//! A function that only reads one row of DynamoDB: the lower bound for the functions that use the table.
//! `cargo lab bench cold-start` compares them with it.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use platform::aws::Aws;
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let aws = Aws::from_env()?;
    let (client, table) = (Client::new(&aws.config), std::env::var("TABLE_NAME")?);
    aws.connect_ahead().await;
    lambda_runtime::run(service_fn(|_: LambdaEvent<Value>| read(&client, &table))).await
}

async fn read(client: &Client, table: &str) -> Result<Value, Error> {
    let missing = || AttributeValue::S("NOBODY".to_owned());
    let found = client.get_item().table_name(table).key("PK", missing()).key("SK", missing()).send().await?;
    Ok(json!({ "statusCode": 200, "body": found.item.is_some().to_string() }))
}
