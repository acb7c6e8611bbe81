//! Connects to DynamoDB: AWS's ([`table`]), or one on this machine that needs no credentials ([`local_table`]). Both
//! use the real SDK, so that tests run the same code as a deployment.

use crate::{aws, https};
use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Builder, Config, Credentials, Region};
use std::time::Duration;
use store::Table;

/// The table of a deployment, at `AWS_ENDPOINT_URL_DYNAMODB` where that is set.
#[must_use]
pub fn table(config: &SdkConfig, name: &str) -> Table {
    Table::new(Client::new(config), name)
}

/// A table at an endpoint on this machine, as `http://127.0.0.1:8001`.
#[must_use]
pub fn local_table(endpoint: &str, name: &str) -> Table {
    Table::new(Client::from_conf(local_config(endpoint).build()), name)
}

/// The configuration of a local client, which a caller may change before use.
#[must_use]
pub fn local_config(endpoint: &str) -> Builder {
    // The local server checks that there are credentials, not which.
    let credentials = Credentials::new("local", "local", None, None, "local");
    Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(endpoint)
        .http_client(https::plain_pool())
        .credentials_provider(credentials)
        .retry_config(aws::retries())
        // A laptop under load is slower than AWS.
        .timeout_config(aws::timeouts(Duration::from_secs(10), Duration::from_secs(30)))
}
