//! The Lambda function of `/api/patients/`: see the library of this crate.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    web::serve(patients::router(), platform::start::<patients::Reached>().await?).await
}
