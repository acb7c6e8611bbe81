//! Lambda function for the console: see the library of this crate.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let (api, clock) = console::aws::start().await?;
    lambda_http::run(console::service(api, clock)).await
}
