//! Generates new ids (UUID version 7).

use domain::time::Instant;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use uuid::Uuid;
use uuid::timestamp::context::ContextV7;

/// Generates strictly increasing ids that contain the clock's time, so that lists by id are in the order of creation.
#[derive(Debug, Clone)]
pub enum IdSource {
    /// Ids that can't be guessed.
    Random(Arc<Mutex<ContextV7>>),
    /// The same ids in every run, for reproducible checks.
    Sequential(Arc<AtomicU64>),
}

impl Default for IdSource {
    fn default() -> Self {
        Self::Random(Arc::default())
    }
}

impl IdSource {
    #[must_use]
    pub fn next(&self, now: Instant) -> Uuid {
        let now = now.utc();
        match self {
            Self::Random(context) => {
                let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
                Uuid::new_v7(uuid::Timestamp::from_unix(&**context, seconds, now.timestamp_subsec_nanos()))
            }
            Self::Sequential(count) => {
                let mut tail = [0; 10];
                let (_, number) = tail.split_at_mut(2);
                number.copy_from_slice(&count.fetch_add(1, Ordering::Relaxed).to_be_bytes());
                let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
                uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_ids_are_higher_and_sequential_ids_are_reproducible() {
        let now = Instant::parse("2025-12-01T12:00:00Z").unwrap();
        for source in [IdSource::default(), IdSource::Sequential(Arc::default())] {
            let ids: Vec<Uuid> = (0..1000).map(|_| source.next(now)).collect();
            assert!(ids.is_sorted_by(|a, b| a < b));
            assert!(ids.iter().all(|id| id.get_version_num() == 7));
        }
        let first = || IdSource::Sequential(Arc::default()).next(now);
        assert_eq!(first(), first());
        assert_ne!(IdSource::default().next(now), IdSource::default().next(now));
    }
}
