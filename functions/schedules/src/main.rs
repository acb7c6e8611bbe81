//! Lambda function for `/api/schedules/`: see the library of this crate.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    web::serve(schedules::router(), platform::start(schedules::CAPABILITIES).await?).await
}
