//! Reads secrets from AWS Secrets Manager, under the names `<prefix>/<name>`.

use super::cache::Cache;
use crate::aws;
use app::support::ports::{SecretError, SecretName, SecretText, Secrets};
use aws_config::SdkConfig;
use aws_sdk_secretsmanager::Client;
use futures_util::future::BoxFuture;
use std::sync::OnceLock;
use std::time::Instant;

/// The client is made at the first read, because most functions need no secret.
pub struct SecretsManager {
    config: SdkConfig,
    prefix: String,
    client: OnceLock<Client>,
    cache: Cache,
}

impl SecretsManager {
    #[must_use]
    pub fn new(config: SdkConfig, prefix: &str) -> Self {
        let prefix = prefix.trim_end_matches('/').to_owned();
        Self { config, prefix, client: OnceLock::new(), cache: Cache::default() }
    }

    async fn read(&self, name: SecretName) -> Result<SecretText, SecretError> {
        let client = self.client.get_or_init(|| Client::new(&self.config));
        let id = format!("{}/{}", self.prefix, name.name());
        let failed = |reason: String| SecretError { name: name.name(), reason };
        let answer =
            client.get_secret_value().secret_id(id).send().await.map_err(|error| failed(aws::error_name(&error)))?;
        let text = answer.secret_string.filter(|text| !text.trim().is_empty());
        text.map(SecretText).ok_or_else(|| failed("it is empty or binary".to_owned()))
    }
}

impl Secrets for SecretsManager {
    fn get(&self, name: SecretName, fresh: bool) -> BoxFuture<'_, Result<SecretText, SecretError>> {
        Box::pin(self.cache.get(name, fresh, Instant::now(), self.read(name)))
    }
}
