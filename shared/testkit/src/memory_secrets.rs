//! Secrets in memory.

use app::ports::{NoSecret, SecretName, SecretText, Secrets};
use futures_util::future::BoxFuture;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Secrets that can be changed while the system runs, as a rotation does.
#[derive(Clone, Default)]
pub struct MemorySecrets(Arc<RwLock<BTreeMap<SecretName, SecretText>>>);

impl MemorySecrets {
    /// Sets a secret.
    pub fn set(&self, name: SecretName, text: impl Into<String>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(name, SecretText(text.into()));
    }
}

impl Secrets for MemorySecrets {
    fn get(&self, name: SecretName, _fresh: bool) -> BoxFuture<'_, Result<SecretText, NoSecret>> {
        let found = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&name).cloned();
        Box::pin(async move { found.ok_or(NoSecret { name: name.name(), reason: "not set".into() }) })
    }
}
