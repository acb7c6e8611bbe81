//! Rotates a secret of AWS Secrets Manager, which invokes a function four times, once for each [`RotationStep`], with
//! the same token; the token is the id of the new version.
//!
//! | Step | What happens |
//! |---|---|
//! | `createSecret` | the version is created, staged `AWSPENDING`: a new key, and the current one |
//! | `setSecret` | nothing: no other system uses the key |
//! | `testSecret` | a signature by the new key is verified |
//! | `finishSecret` | the same test; then `AWSCURRENT` moves to the version, and the previous one becomes `AWSPREVIOUS` |
//!
//! Each step is idempotent. A step for a version that isn't pending is refused, so that a manual invocation can't move
//! a stage.

use crate::aws::{self, Aws, AwsConfigError};
use crate::https;
use app::support::key_ring::{KeyRing, KeyRingError};
use app::support::ports::SecretText;
use aws_config::SdkConfig;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use serde::Deserialize;

const CURRENT: &str = "AWSCURRENT";
const PENDING: &str = "AWSPENDING";

/// One step, as Secrets Manager sends it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RotationStep {
    pub step: StepName,
    /// The secret's ARN.
    pub secret_id: String,
    /// The id of the new version.
    pub client_request_token: String,
}

/// In the order of the rotation. AWS's documentation spells them in two ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum StepName {
    #[serde(alias = "create_secret")]
    CreateSecret,
    #[serde(alias = "set_secret")]
    SetSecret,
    #[serde(alias = "test_secret")]
    TestSecret,
    #[serde(alias = "finish_secret")]
    FinishSecret,
}

/// Contains nothing of a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RotationError {
    #[error("rotation is not enabled for the secret")]
    NotEnabled,
    #[error("the version is not staged AWSPENDING")]
    NotPending,
    #[error("no version is staged AWSCURRENT")]
    NoCurrent,
    #[error("the version is empty or binary")]
    Empty,
    #[error("random bytes are not available")]
    Random,
    #[error(transparent)]
    KeyRing(#[from] KeyRingError),
    /// Secrets Manager refused, or didn't answer.
    #[error("Secrets Manager: {0}")]
    Refused(String),
}

pub fn start() -> Result<SecretRotation, AwsConfigError> {
    Ok(SecretRotation::new(&Aws::from_env()?.config))
}

#[derive(Debug, Clone)]
pub struct SecretRotation(Client);

impl SecretRotation {
    /// `AWS_ENDPOINT_URL_SECRETS_MANAGER` selects another endpoint.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self(Client::new(config))
    }

    /// For an endpoint on this machine, which checks that there are credentials, not which.
    #[must_use]
    pub fn local(endpoint: &str) -> Self {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .endpoint_url(endpoint)
            .http_client(https::plain_pool())
            .credentials_provider(Credentials::new("local", "local", None, None, "local"))
            .retry_config(aws::retries());
        Self(Client::from_conf(config.build()))
    }

    /// After an error, Secrets Manager retries by its own schedule, with the same token.
    pub async fn step(&self, step: &RotationStep) -> Result<(), RotationError> {
        let RotationStep { secret_id, client_request_token: version, .. } = step;
        let described = self.0.describe_secret().secret_id(secret_id).send().await;
        let described = described.map_err(|error| RotationError::Refused(aws::error_name(&error)))?;
        if described.rotation_enabled != Some(true) {
            return Err(RotationError::NotEnabled);
        }
        let versions = described.version_ids_to_stages.unwrap_or_default();
        let is = |version: &str, stage: &str| {
            versions.get(version).is_some_and(|stages| stages.iter().any(|known| known == stage))
        };
        if is(version, CURRENT) {
            // The rotation has finished; the response to its last step was lost.
            return Ok(());
        }
        if !is(version, PENDING) {
            return Err(RotationError::NotPending);
        }
        match step.step {
            StepName::CreateSecret => self.create(secret_id, version).await,
            StepName::SetSecret => Ok(()),
            StepName::TestSecret => self.test(secret_id, version).await,
            StepName::FinishSecret => {
                // A manual invocation of this step alone must not activate an unusable key.
                self.test(secret_id, version).await?;
                let current = versions.keys().find(|id| is(id, CURRENT)).ok_or(RotationError::NoCurrent)?;
                self.finish(secret_id, version, current).await
            }
        }
    }

    async fn create(&self, secret: &str, version: &str) -> Result<(), RotationError> {
        if self.pending(secret, version).await?.is_some() {
            return Ok(());
        }
        let current = self.0.get_secret_value().secret_id(secret).version_stage(CURRENT).send().await;
        let current = current.map_err(|error| RotationError::Refused(aws::error_name(&error)))?;
        let rotated = key_ring(current.secret_string)?.rotated().map_err(|_| RotationError::Random)?;
        let put = self
            .0
            .put_secret_value()
            .secret_id(secret)
            .client_request_token(version)
            .secret_string(rotated.0)
            .version_stages(PENDING);
        put.send().await.map(|_| ()).map_err(|error| RotationError::Refused(aws::error_name(&error)))
    }

    /// The keys of the pending version; `None` if it has no value yet.
    async fn pending(&self, secret: &str, version: &str) -> Result<Option<KeyRing>, RotationError> {
        let response =
            self.0.get_secret_value().secret_id(secret).version_id(version).version_stage(PENDING).send().await;
        match response {
            Ok(found) => key_ring(found.secret_string).map(Some),
            Err(error)
                if error.as_service_error().is_some_and(GetSecretValueError::is_resource_not_found_exception) =>
            {
                Ok(None)
            }
            Err(error) => Err(RotationError::Refused(aws::error_name(&error))),
        }
    }

    async fn test(&self, secret: &str, version: &str) -> Result<(), RotationError> {
        let keys = self.pending(secret, version).await?.ok_or(RotationError::NotPending)?;
        Ok(keys.check_current_key()?)
    }

    async fn finish(&self, secret: &str, version: &str, current: &str) -> Result<(), RotationError> {
        let moved = self
            .0
            .update_secret_version_stage()
            .secret_id(secret)
            .version_stage(CURRENT)
            .move_to_version_id(version)
            .remove_from_version_id(current);
        moved.send().await.map(|_| ()).map_err(|error| RotationError::Refused(aws::error_name(&error)))
    }
}

fn key_ring(text: Option<String>) -> Result<KeyRing, RotationError> {
    let text = text.filter(|text| !text.trim().is_empty()).ok_or(RotationError::Empty)?;
    Ok(KeyRing::of(SecretText(text)))
}
