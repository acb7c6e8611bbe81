//! Caches secrets: each is read once, and again only on request and at most once a minute.

use app::support::ports::{SecretError, SecretName, SecretText};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// The shortest time between two reads of a cached secret.
pub(super) const MIN_REFRESH_INTERVAL: Duration = Duration::from_secs(60);

/// One read is in progress at a time; other callers wait for its result.
#[derive(Default)]
pub(super) struct Cache(Mutex<BTreeMap<SecretName, CachedSecret>>);

struct CachedSecret {
    text: SecretText,
    /// Monotonic.
    read_at: Instant,
}

impl Cache {
    /// The cached secret, else the result of `read`. With `fresh` it reads again, unless the last read was less than
    /// [`MIN_REFRESH_INTERVAL`] ago, whether or not that succeeded.
    pub(super) async fn get(
        &self,
        name: SecretName,
        fresh: bool,
        now: Instant,
        read: impl Future<Output = Result<SecretText, SecretError>> + Send,
    ) -> Result<SecretText, SecretError> {
        let mut cached = self.0.lock().await;
        if let Some(secret) = cached.get_mut(&name) {
            if !fresh || now.saturating_duration_since(secret.read_at) < MIN_REFRESH_INTERVAL {
                return Ok(secret.text.clone());
            }
            secret.read_at = now;
        }
        let text = read.await?;
        cached.insert(name, CachedSecret { text: text.clone(), read_at: now });
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn answer(text: &str) -> Result<SecretText, SecretError> {
        Ok(SecretText(text.to_owned()))
    }

    async fn failure() -> Result<SecretText, SecretError> {
        Err(SecretError { name: "cursors", reason: "test".into() })
    }

    #[tokio::test]
    async fn fresh_reads_are_limited_to_one_a_minute() {
        let cache = Cache::default();
        let start = Instant::now();
        let get = async |fresh, seconds, text: &'static str| {
            let now = start + Duration::from_secs(seconds);
            cache.get(SecretName::Cursors, fresh, now, answer(text)).await.unwrap().0
        };
        assert_eq!(get(false, 0, "a").await, "a");
        assert_eq!(get(true, 59, "b").await, "a");
        assert_eq!(get(false, 3600, "c").await, "a");
        assert_eq!(get(true, 3600, "d").await, "d");
        assert_eq!(get(true, 3601, "e").await, "d");
    }

    #[tokio::test]
    async fn a_failed_read_counts_and_keeps_the_cached_secret() {
        let cache = Cache::default();
        let start = Instant::now();
        let later = start + MIN_REFRESH_INTERVAL;
        assert!(cache.get(SecretName::Cursors, false, start, failure()).await.is_err());
        cache.get(SecretName::Cursors, false, start, answer("a")).await.unwrap();
        assert!(cache.get(SecretName::Cursors, true, later, failure()).await.is_err());
        let kept = cache.get(SecretName::Cursors, true, later, answer("b")).await.unwrap();
        assert_eq!(kept.0, "a");
    }
}
