//! Secrets of programs that need none.

use app::support::ports::{NoSecret, SecretName, SecretText, Secrets};
use futures_util::future::BoxFuture;

/// Has no secret.
#[derive(Debug)]
pub struct NoSecrets;

impl Secrets for NoSecrets {
    fn get(&self, name: SecretName, _: bool) -> BoxFuture<'_, Result<SecretText, NoSecret>> {
        Box::pin(async move { Err(NoSecret { name: name.name(), reason: "this program has no secrets".into() }) })
    }
}
