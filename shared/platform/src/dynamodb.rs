//! Which DynamoDB? AWS's ([`table`]), or one that runs on this machine and asks for no credentials
//! ([`local_table`]). Both through the real SDK, so what a test has seen work is what runs.

use crate::{aws, https};
use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Builder, Config, Credentials, Region};
use std::time::Duration;
use store::Table;

/// The table of a deployment. `AWS_ENDPOINT_URL_DYNAMODB` leads it elsewhere.
#[must_use]
pub fn table(config: &SdkConfig, name: &str) -> Table {
    Table::new(Client::new(config), name)
}

/// A table behind an endpoint on this machine, as `http://127.0.0.1:8001`.
#[must_use]
pub fn local_table(endpoint: &str, name: &str) -> Table {
    Table::new(Client::from_conf(local_config(endpoint).build()), name)
}

/// How such a table is talked to, to be changed before use.
#[must_use]
pub fn local_config(endpoint: &str) -> Builder {
    // It checks that there are credentials, not which.
    let credentials = Credentials::new("local", "local", None, None, "local");
    Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(endpoint)
        .http_client(https::plain_pool())
        .credentials_provider(credentials)
        .retry_config(aws::retries())
        // A laptop that builds something meanwhile is slower than AWS.
        .timeout_config(aws::timeouts(Duration::from_secs(10), Duration::from_secs(30)))
}
