//! Lambda function for `/api/doctors/`: see the library of this crate.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    web::serve(doctors::router(), platform::start(doctors::CAPABILITIES).await?).await
}
