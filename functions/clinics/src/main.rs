//! Lambda function for `/api/clinics/`: see the library of this crate.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    web::serve(clinics::router(), platform::start(clinics::CAPABILITIES).await?).await
}
