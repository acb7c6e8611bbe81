//! Lambda function for `/api/notifications/whatsapp/`: see the library of this crate.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    web::serve(webhook::router(), platform::start(webhook::CAPABILITIES).await?).await
}
