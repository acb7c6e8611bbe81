//! Secrets in memory.

use crate::observer::{Call, observe};
use app::support::ports::{NoSecret, SecretName, SecretText, Secrets};
use futures_util::future::BoxFuture;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Secrets that can be changed while the system runs, as a rotation does.
#[derive(Clone, Default)]
pub struct MemorySecrets {
    known: Arc<RwLock<BTreeMap<SecretName, SecretText>>>,
    source: Option<(Arc<dyn Secrets>, &'static [SecretName])>,
}

impl MemorySecrets {
    /// Sets a secret.
    pub fn set(&self, name: SecretName, text: impl Into<String>) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(name, SecretText(text.into()));
    }

    /// Those that are read anew from a source where somebody asks so, as from a file that a rotation
    /// changes under a running server. What the source doesn't have stays as it is.
    #[must_use]
    pub fn following(self, source: Arc<dyn Secrets>, names: &'static [SecretName]) -> Self {
        Self { source: Some((source, names)), ..self }
    }
}

impl Secrets for MemorySecrets {
    fn get(&self, name: SecretName, fresh: bool) -> BoxFuture<'_, Result<SecretText, NoSecret>> {
        observe(&Call::Service { action: "secretsmanager:GetSecretValue", resource: name.name() });
        Box::pin(async move {
            if let Some((source, _)) = self.source.as_ref().filter(|(_, names)| fresh && names.contains(&name))
                && let Ok(text) = source.get(name, true).await
            {
                self.set(name, text.0);
            }
            let found = self.known.read().unwrap_or_else(PoisonError::into_inner).get(&name).cloned();
            found.ok_or(NoSecret { name: name.name(), reason: "not set".into() })
        })
    }
}
