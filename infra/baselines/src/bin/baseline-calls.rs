//! The calls that an operation makes, in a loop and without Lambda's part in it: an event says which ([`Calls`]), the
//! answer how long each time took, in microseconds. `cargo lab bench warm` holds the operation against it.

use aws_sdk_dynamodb::Client;
use baselines::calls::Calls;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use platform::aws::Aws;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let aws = Aws::from_env()?;
    let (client, table) = (Client::new(&aws.config), std::env::var("TABLE_NAME")?);
    aws.connect_ahead().await;
    lambda_runtime::run(service_fn(|event: LambdaEvent<Calls>| make(&client, &table, event.payload))).await
}

async fn make(client: &Client, table: &str, calls: Calls) -> Result<Vec<f64>, Error> {
    calls.make(client, table).await
}
