//! Repeats the calls to the table that an operation makes. The event contains the calls ([`CallSequence`]), the response
//! the duration of each repetition in microseconds. `cargo lab bench warm` compares the operation with it.

use aws_sdk_dynamodb::Client;
use baselines::calls::CallSequence;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use platform::aws::Aws;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let aws = Aws::from_env()?;
    let (client, table) = (Client::new(&aws.config), std::env::var("TABLE_NAME")?);
    aws.connect_ahead().await;
    lambda_runtime::run(service_fn(|event: LambdaEvent<CallSequence>| measure(&client, &table, event.payload))).await
}

async fn measure(client: &Client, table: &str, calls: CallSequence) -> Result<Vec<f64>, Error> {
    calls.measure(client, table).await
}
