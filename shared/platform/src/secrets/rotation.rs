//! How does a secret in AWS get a new word? Secrets Manager invokes a function four times, with one
//! [`Step`] each, and the same token for all four; the token is the id of the new version.
//!
//! | Step | What happens |
//! |---|---|
//! | `createSecret` | the version is made, staged `AWSPENDING`: a new word, and the one in use |
//! | `setSecret` | nothing: nobody else has to be told a key of ours |
//! | `testSecret` | the new word makes a key, and what that signs is verified |
//! | `finishSecret` | the same test; then `AWSCURRENT` moves to the version; the one before becomes `AWSPREVIOUS` |
//!
//! Each step may come again, after it was done or half done, and then changes nothing. What comes for a
//! version that isn't being made is refused, so that no invocation by hand can move a label.

use crate::aws::{self, Aws, NoAws};
use crate::https;
use app::support::ports::SecretText;
use app::support::secret_words::{Unfit, Words};
use aws_config::SdkConfig;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use serde::Deserialize;

/// The stage of the version in use.
const CURRENT: &str = "AWSCURRENT";
/// The stage of the version that is being made.
const PENDING: &str = "AWSPENDING";

/// One step, as Secrets Manager sends it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Step {
    /// Which.
    pub step: StepName,
    /// The secret's ARN.
    pub secret_id: String,
    /// The id of the new version.
    pub client_request_token: String,
}

/// The steps, in their order. AWS's documentation writes them in two ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum StepName {
    /// Makes the new version.
    #[serde(alias = "create_secret")]
    CreateSecret,
    /// Tells those who have to know it.
    #[serde(alias = "set_secret")]
    SetSecret,
    /// Tries it.
    #[serde(alias = "test_secret")]
    TestSecret,
    /// Puts it in use.
    #[serde(alias = "finish_secret")]
    FinishSecret,
}

/// Why a step wasn't done. Nothing of a secret is in here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RotationError {
    /// Nobody has set up that this secret is rotated.
    #[error("rotation is not enabled for the secret")]
    NotEnabled,
    /// The version isn't one of the secret's that is being made.
    #[error("the version is not staged AWSPENDING")]
    NotPending,
    /// No version is in use.
    #[error("no version is staged AWSCURRENT")]
    NoCurrent,
    /// A version without text.
    #[error("the version is empty or binary")]
    Empty,
    /// There are no random bytes.
    #[error("no random bytes could be had")]
    Random,
    /// The new word is no key.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// Secrets Manager refused or didn't answer.
    #[error("Secrets Manager: {0}")]
    Refused(String),
}

/// Everything that is needed before the first step.
///
/// # Errors
/// [`NoAws`].
pub fn start() -> Result<Rotation, NoAws> {
    Ok(Rotation::new(&Aws::from_env()?.config))
}

/// Does the steps.
#[derive(Debug, Clone)]
pub struct Rotation(Client);

impl Rotation {
    /// By this configuration of the SDK. `AWS_ENDPOINT_URL_SECRETS_MANAGER` leads it elsewhere.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self(Client::new(config))
    }

    /// Behind an endpoint on this machine, which checks that there are credentials, not which.
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

    /// Does one step.
    ///
    /// # Errors
    /// [`RotationError`]: Secrets Manager tries again by its own schedule, with the same token.
    pub async fn step(&self, step: &Step) -> Result<(), RotationError> {
        let Step { secret_id, client_request_token: version, .. } = step;
        let described = self.0.describe_secret().secret_id(secret_id).send().await;
        let described = described.map_err(|error| RotationError::Refused(aws::word(&error)))?;
        if described.rotation_enabled != Some(true) {
            return Err(RotationError::NotEnabled);
        }
        let versions = described.version_ids_to_stages.unwrap_or_default();
        let is = |version: &str, stage: &str| {
            versions.get(version).is_some_and(|stages| stages.iter().any(|known| known == stage))
        };
        if is(version, CURRENT) {
            // All four were done; the answer to the last one was lost.
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
                // Nobody should be able to put in use what makes no key, by invoking this alone.
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
        let current = current.map_err(|error| RotationError::Refused(aws::word(&error)))?;
        let renewed = words(current.secret_string)?.renewed().map_err(|_| RotationError::Random)?;
        let put = self
            .0
            .put_secret_value()
            .secret_id(secret)
            .client_request_token(version)
            .secret_string(renewed.0)
            .version_stages(PENDING);
        put.send().await.map(|_| ()).map_err(|error| RotationError::Refused(aws::word(&error)))
    }

    /// The words of the version that is being made, if it has got any yet.
    async fn pending(&self, secret: &str, version: &str) -> Result<Option<Words>, RotationError> {
        let asked = self.0.get_secret_value().secret_id(secret).version_id(version).version_stage(PENDING).send().await;
        match asked {
            Ok(found) => words(found.secret_string).map(Some),
            Err(error)
                if error.as_service_error().is_some_and(GetSecretValueError::is_resource_not_found_exception) =>
            {
                Ok(None)
            }
            Err(error) => Err(RotationError::Refused(aws::word(&error))),
        }
    }

    async fn test(&self, secret: &str, version: &str) -> Result<(), RotationError> {
        let words = self.pending(secret, version).await?.ok_or(RotationError::NotPending)?;
        Ok(words.prove()?)
    }

    async fn finish(&self, secret: &str, version: &str, current: &str) -> Result<(), RotationError> {
        let moved = self
            .0
            .update_secret_version_stage()
            .secret_id(secret)
            .version_stage(CURRENT)
            .move_to_version_id(version)
            .remove_from_version_id(current);
        moved.send().await.map(|_| ()).map_err(|error| RotationError::Refused(aws::word(&error)))
    }
}

fn words(text: Option<String>) -> Result<Words, RotationError> {
    let text = text.filter(|text| !text.trim().is_empty()).ok_or(RotationError::Empty)?;
    Ok(Words::of(SecretText(text)))
}
