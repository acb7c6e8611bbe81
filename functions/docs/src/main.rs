//! Lambda function for `/api/docs/`, `/api/schema/` and `/api/health/`: see the library of this crate.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    web::serve(docs::router(), platform::start(docs::CAPABILITIES).await?).await
}
