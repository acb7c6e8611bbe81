//! The Lambda function that tells other systems what happened: see the library of this crate.

use lambda_runtime::{Error, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let app = platform::start::<publisher::Reached>().await?;
    lambda_runtime::run(service_fn(|event| publisher::handle(&app, event))).await
}
