//! Lambda function for `/api/appointments/`: see the library of this crate.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    web::serve(appointments::router(), platform::start(appointments::CAPABILITIES).await?).await
}
