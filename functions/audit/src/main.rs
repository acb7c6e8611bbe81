//! Lambda function for `/api/audit/`: see the library of this crate.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    web::serve(audit::router(), platform::start(audit::CAPABILITIES).await?).await
}
