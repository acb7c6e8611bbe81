//! Lambda function for the nightly check of the table: see the library of this crate.

use lambda_runtime::{Error, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let app = platform::start(fsck::CAPABILITIES).await?;
    lambda_runtime::run(service_fn(|event| fsck::handle(&app, event))).await
}
