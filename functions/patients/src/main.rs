//! Lambda function for `/api/patients/`: see the library of this crate.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    web::serve(patients::router(), platform::start(patients::CAPABILITIES).await?).await
}
