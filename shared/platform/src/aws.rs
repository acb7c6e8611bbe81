//! How is AWS reached? With the region and credentials that Lambda puts into the environment, and
//! with less patience than the SDK has by itself: a caller waits behind every call.

use aws_config::environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider};
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use std::time::Duration;

/// Neither `AWS_REGION` nor `AWS_DEFAULT_REGION` is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable AWS_REGION is missing")]
pub struct NoRegion;

/// What all clients of AWS share. It asks the environment and nobody else: the files and services
/// that the SDK would look for in turn are not there in a function, and looking takes time.
///
/// # Errors
/// [`NoRegion`].
pub async fn config() -> Result<SdkConfig, NoRegion> {
    let config = aws_config::defaults(BehaviorVersion::latest())
        .region(EnvironmentVariableRegionProvider::new())
        .credentials_provider(EnvironmentVariableCredentialsProvider::new())
        .retry_config(retries())
        .timeout_config(timeouts(Duration::from_secs(3), Duration::from_secs(8)))
        .load()
        .await;
    if config.region().is_some() { Ok(config) } else { Err(NoRegion) }
}

/// Three attempts at most.
pub(crate) fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(3)
}

/// A second to connect; the rest as given.
pub(crate) fn timeouts(attempt: Duration, operation: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(attempt)
        .operation_timeout(operation)
        .build()
}

/// What an error is called, without a word of what was asked: for logs.
pub(crate) fn word<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> String {
    let kind = match error {
        SdkError::ConstructionFailure(_) => "construction failure",
        SdkError::TimeoutError(_) => "time-out",
        SdkError::DispatchFailure(_) => "no connection",
        SdkError::ResponseError(_) => "unreadable answer",
        _ => "service error",
    };
    error.code().unwrap_or(kind).to_owned()
}
