//! Lambda function that publishes domain events: see the library of this crate.

use lambda_runtime::{Error, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let app = platform::start(publisher::CAPABILITIES).await?;
    lambda_runtime::run(service_fn(|event| publisher::handle(&app, event))).await
}
