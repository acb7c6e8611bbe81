//! How often is a secret asked for? Once, and then at most once a minute, and only on request.

use app::support::ports::{NoSecret, SecretName, SecretText};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// The shortest time between two questions for the same known secret.
pub(super) const PAUSE: Duration = Duration::from_secs(60);

/// What is known. One question is open at a time: the others wait for its answer.
#[derive(Default)]
pub(super) struct Cache(Mutex<BTreeMap<SecretName, Known>>);

struct Known {
    text: SecretText,
    /// By the monotonic clock: nobody can set it.
    asked: Instant,
}

impl Cache {
    /// What is known, or else what `ask` answers. With `fresh`, `ask` is preferred, unless the
    /// last question was less than [`PAUSE`] ago; one that failed counts too.
    pub(super) async fn get(
        &self,
        name: SecretName,
        fresh: bool,
        now: Instant,
        ask: impl Future<Output = Result<SecretText, NoSecret>> + Send,
    ) -> Result<SecretText, NoSecret> {
        let mut known = self.0.lock().await;
        if let Some(known) = known.get_mut(&name) {
            if !fresh || now.saturating_duration_since(known.asked) < PAUSE {
                return Ok(known.text.clone());
            }
            known.asked = now;
        }
        let text = ask.await?;
        known.insert(name, Known { text: text.clone(), asked: now });
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn answer(text: &str) -> Result<SecretText, NoSecret> {
        Ok(SecretText(text.to_owned()))
    }

    async fn failure() -> Result<SecretText, NoSecret> {
        Err(NoSecret { name: "cursors", reason: "test".into() })
    }

    #[tokio::test]
    async fn a_flood_of_fresh_questions_is_one_a_minute() {
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
    async fn a_failed_question_counts_but_loses_nothing() {
        let cache = Cache::default();
        let start = Instant::now();
        let later = start + PAUSE;
        assert!(cache.get(SecretName::Cursors, false, start, failure()).await.is_err());
        cache.get(SecretName::Cursors, false, start, answer("a")).await.unwrap();
        assert!(cache.get(SecretName::Cursors, true, later, failure()).await.is_err());
        let kept = cache.get(SecretName::Cursors, true, later, answer("b")).await.unwrap();
        assert_eq!(kept.0, "a");
    }
}
