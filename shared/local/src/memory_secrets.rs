//! A secret store in memory.

use crate::observer::{ServiceCall, observe};
use app::support::ports::{SecretError, SecretName, SecretText, Secrets};
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
    pub fn set(&self, name: SecretName, text: impl Into<String>) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(name, SecretText(text.into()));
    }

    /// Reads these secrets again from a source when a fresh value is asked for, as from a file that a rotation changes
    /// under a running server. A secret that the source doesn't have stays as it is.
    #[must_use]
    pub fn following(self, source: Arc<dyn Secrets>, names: &'static [SecretName]) -> Self {
        Self { source: Some((source, names)), ..self }
    }
}

impl Secrets for MemorySecrets {
    fn get(&self, name: SecretName, fresh: bool) -> BoxFuture<'_, Result<SecretText, SecretError>> {
        observe(&ServiceCall::Service { action: "secretsmanager:GetSecretValue", resource: name.name() });
        Box::pin(async move {
            if let Some((source, _)) = self.source.as_ref().filter(|(_, names)| fresh && names.contains(&name))
                && let Ok(text) = source.get(name, true).await
            {
                self.set(name, text.0);
            }
            let found = self.known.read().unwrap_or_else(PoisonError::into_inner).get(&name).cloned();
            found.ok_or(SecretError { name: name.name(), reason: "not set".into() })
        })
    }
}
