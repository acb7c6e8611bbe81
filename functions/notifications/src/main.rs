//! Lambda function for `/api/notifications/`: see the library of this crate.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    web::serve(notifications::router(), platform::start(notifications::CAPABILITIES).await?).await
}
