//! Lambda function for the scheduled job: see the library of this crate.

use lambda_runtime::{Error, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let app = platform::start(reminders::CAPABILITIES).await?;
    lambda_runtime::run(service_fn(|event| reminders::handle(&app, event))).await
}
