//! The cache of public keys that verify access tokens.

use domain::time::{Instant, TimeDelta};
use identity::UnixSeconds;
use identity::access::Fingerprint;
use identity::keys::PublicKey;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

/// How long a public key is cached before its row is read again: it may have been retired.
pub(crate) const KEY_CACHE_TTL: TimeDelta = TimeDelta::minutes(5);

/// How many verified tokens are cached per key: about as many as one sandbox sees within [`KEY_CACHE_TTL`].
const MAX_CACHED_TOKENS: usize = 64;

/// Cached public keys, by key id.
#[derive(Debug, Default)]
pub struct KeyCache(RwLock<HashMap<String, CachedKey>>);

#[derive(Debug)]
struct CachedKey {
    key: PublicKey,
    cached_until: Instant,
    /// The tokens with a verified signature, and when they expire.
    verified: HashMap<Fingerprint, UnixSeconds>,
}

impl KeyCache {
    pub(crate) fn get(&self, kid: &str, now: Instant) -> Option<PublicKey> {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        keys.get(kid).filter(|known| now < known.cached_until).map(|known| known.key.clone())
    }

    #[must_use]
    pub fn contains(&self, kid: &str, now: Instant) -> bool {
        self.get(kid, now).is_some()
    }

    /// Caches a key, without any verified tokens.
    pub fn insert(&self, key: PublicKey, now: Instant) {
        let (kid, cached_until) = (key.kid().to_owned(), now.plus(KEY_CACHE_TTL));
        let known = CachedKey { key, cached_until, verified: HashMap::new() };
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(kid, known);
    }

    /// When a token whose signature was verified before expires; it may have expired since.
    pub(crate) fn verified(&self, kid: &str, token: &Fingerprint) -> Option<UnixSeconds> {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        keys.get(kid)?.verified.get(token).copied()
    }

    pub(crate) fn mark_verified(&self, kid: &str, token: Fingerprint, expires: UnixSeconds) {
        let mut keys = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = keys.get_mut(kid) {
            if known.verified.len() >= MAX_CACHED_TOKENS {
                known.verified.clear();
            }
            known.verified.insert(token, expires);
        }
    }
}
