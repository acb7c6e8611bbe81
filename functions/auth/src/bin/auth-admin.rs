//! Lambda function for administrative events without a route: see `auth::admin`.

use lambda_runtime::{Error, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (app, rotation) = (platform::start(auth::CAPABILITIES).await?, platform::secrets::rotation::start()?);
    lambda_runtime::run(service_fn(|event| auth::admin::handle(&app, &rotation, event))).await
}
