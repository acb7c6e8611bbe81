//! Lambda function for `/api/auth/`: see the library of this crate.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    web::serve(auth::router(), platform::start(auth::CAPABILITIES).await?).await
}
