//! Secrets for programs that need none: every read fails.

use app::support::ports::{SecretError, SecretName, SecretText, Secrets};
use futures_util::future::BoxFuture;

#[derive(Debug)]
pub struct NoSecrets;

impl Secrets for NoSecrets {
    fn get(&self, name: SecretName, _: bool) -> BoxFuture<'_, Result<SecretText, SecretError>> {
        Box::pin(async move { Err(SecretError { name: name.name(), reason: "this program has no secrets".into() }) })
    }
}
