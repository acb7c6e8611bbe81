//! Configures the AWS SDK: the region and credentials that Lambda puts into the environment, and shorter time-outs than
//! the SDK's own, because a caller waits for every call.

use crate::https::{self, Pool, TrustStoreError};
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::SharedCredentialsProvider;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector as Tcp;
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AwsConfigError {
    /// Neither `AWS_REGION` nor `AWS_DEFAULT_REGION` is set.
    #[error("the environment variable AWS_REGION is missing")]
    Region,
    #[error(transparent)]
    Trust(#[from] TrustStoreError),
}

/// What all AWS clients share.
#[derive(Debug)]
pub struct Aws {
    /// Region, credentials, connections, retries and time-outs.
    pub config: SdkConfig,
    pool: Pool<HttpsConnector<Tcp>>,
    dynamodb: String,
}

impl Aws {
    /// Reads the environment only. The SDK's other sources (files, metadata services) don't exist in a function; trying
    /// them would take time and make the binary larger.
    pub fn from_env() -> Result<Self, AwsConfigError> {
        Self::from_env_in(None)
    }

    /// The same with another region, if one is given.
    pub fn from_env_in(region: Option<&str>) -> Result<Self, AwsConfigError> {
        let region = region.map(str::to_owned).or_else(|| variable("AWS_REGION"));
        let region = region.or_else(|| variable("AWS_DEFAULT_REGION")).ok_or(AwsConfigError::Region)?;
        let pool = https::pool(variable("AWS_CA_BUNDLE").as_deref())?;
        let endpoint = variable("AWS_ENDPOINT_URL");
        let dynamodb = variable("AWS_ENDPOINT_URL_DYNAMODB").or_else(|| endpoint.clone());
        let dynamodb = dynamodb.unwrap_or_else(|| format!("https://dynamodb.{}/", domain(&region)));
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region))
            .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
            .http_client(pool.clone())
            .service_config(Endpoints)
            .retry_config(retries())
            .timeout_config(timeouts(Duration::from_secs(3), Duration::from_secs(8)));
        config.set_endpoint_url(endpoint);
        Ok(Self { config: config.build(), pool, dynamodb })
    }

    /// Opens the first connection to DynamoDB before any request needs it: Lambda's init phase has a whole CPU, a small
    /// function afterwards has a tenth of one.
    pub async fn connect_ahead(&self) {
        self.pool.connect_ahead(&self.dynamodb).await;
    }
}

/// The domain of AWS's services in a region, as `sa-east-1.amazonaws.com`.
pub(crate) fn domain(region: &str) -> String {
    format!("{region}.amazonaws.com{}", if region.starts_with("cn-") { ".cn" } else { "" })
}

/// An environment variable that isn't blank.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// Endpoints of single services, such as `AWS_ENDPOINT_URL_DYNAMODB`.
#[derive(Debug)]
struct Endpoints;

impl LoadServiceConfig for Endpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_uppercase().replace(' ', "_");
        variable(&format!("{}_{service}", key.env()))
    }
}

/// Three attempts at most.
pub(crate) fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(3)
}

/// One second to connect; `attempt` bounds each attempt, `operation` all of them together.
pub(crate) fn timeouts(attempt: Duration, operation: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(attempt)
        .operation_timeout(operation)
        .build()
}

/// The code or kind of an error, for logs: nothing of the request.
pub(crate) fn error_name<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> String {
    let kind = match error {
        SdkError::ConstructionFailure(_) => "construction failure",
        SdkError::TimeoutError(_) => "time-out",
        SdkError::DispatchFailure(_) => "no connection",
        SdkError::ResponseError(_) => "unreadable answer",
        _ => "service error",
    };
    error.code().unwrap_or(kind).to_owned()
}
