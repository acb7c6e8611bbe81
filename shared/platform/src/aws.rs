//! How is AWS reached? With the region and credentials that Lambda puts into the environment, and
//! with less patience than the SDK has by itself: a caller waits behind every call.

use crate::https::{self, NoTrust, Pool};
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

/// Why nothing can be asked of AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoAws {
    /// Neither `AWS_REGION` nor `AWS_DEFAULT_REGION` is set.
    #[error("the environment variable AWS_REGION is missing")]
    Region,
    /// Whom to trust isn't known.
    #[error(transparent)]
    Trust(#[from] NoTrust),
}

/// What all clients of AWS share.
#[derive(Debug)]
pub struct Aws {
    /// The region, whose credentials, over which connections, and how patiently.
    pub config: SdkConfig,
    pool: Pool<HttpsConnector<Tcp>>,
    dynamodb: String,
}

impl Aws {
    /// As the environment says, which is asked alone: the files and services that the SDK would look for in turn are
    /// not there in a function, looking takes time, and a function would be larger for being able to.
    ///
    /// # Errors
    /// [`NoAws`].
    pub fn from_env() -> Result<Self, NoAws> {
        Self::from_env_in(None)
    }

    /// The same in this region; in the environment's where there is none.
    ///
    /// # Errors
    /// [`NoAws`].
    pub fn from_env_in(region: Option<&str>) -> Result<Self, NoAws> {
        let region = region.map(str::to_owned).or_else(|| variable("AWS_REGION"));
        let region = region.or_else(|| variable("AWS_DEFAULT_REGION")).ok_or(NoAws::Region)?;
        let pool = https::pool(variable("AWS_CA_BUNDLE").as_deref())?;
        let elsewhere = variable("AWS_ENDPOINT_URL");
        let dynamodb = variable("AWS_ENDPOINT_URL_DYNAMODB").or_else(|| elsewhere.clone());
        let dynamodb = dynamodb.unwrap_or_else(|| format!("https://dynamodb.{}/", domain(&region)));
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region))
            .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
            .http_client(pool.clone())
            .service_config(Endpoints)
            .retry_config(retries())
            .timeout_config(timeouts(Duration::from_secs(3), Duration::from_secs(8)));
        config.set_endpoint_url(elsewhere);
        Ok(Self { config: config.build(), pool, dynamodb })
    }

    /// Makes the first connection to DynamoDB before anybody waits for it: Lambda's init phase has a whole processor,
    /// and a small function has a tenth of one afterwards.
    pub async fn connect_ahead(&self) {
        self.pool.connect_ahead(&self.dynamodb).await;
    }
}

/// The end of all names of AWS's services in a region, as `sa-east-1.amazonaws.com`.
pub(crate) fn domain(region: &str) -> String {
    format!("{region}.amazonaws.com{}", if region.starts_with("cn-") { ".cn" } else { "" })
}

/// A variable that says something.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// Where a single service is led elsewhere, as by `AWS_ENDPOINT_URL_DYNAMODB`.
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
