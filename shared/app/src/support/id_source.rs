//! Where new ids come from.

use domain::time::Instant;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use uuid::Uuid;
use uuid::timestamp::context::ContextV7;

/// Makes ids that carry the clock's time, each higher than those before it, also within one
/// millisecond, so that what happened later is listed later.
#[derive(Debug, Clone)]
pub enum IdSource {
    /// Nobody can guess one.
    Random(Arc<Mutex<ContextV7>>),
    /// The same ids again in the same run: for checks that are to be had again.
    Counted(Arc<AtomicU64>),
}

impl Default for IdSource {
    fn default() -> Self {
        Self::Random(Arc::default())
    }
}

impl IdSource {
    /// A new one.
    #[must_use]
    pub fn next(&self, now: Instant) -> Uuid {
        let now = now.utc();
        match self {
            Self::Random(context) => {
                let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
                Uuid::new_v7(uuid::Timestamp::from_unix(&**context, seconds, now.timestamp_subsec_nanos()))
            }
            Self::Counted(count) => {
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
    fn later_ids_are_higher_and_counted_ones_come_again() {
        let now = Instant::parse("2025-12-01T12:00:00Z").unwrap();
        for source in [IdSource::default(), IdSource::Counted(Arc::default())] {
            let ids: Vec<Uuid> = (0..1000).map(|_| source.next(now)).collect();
            assert!(ids.is_sorted_by(|a, b| a < b));
            assert!(ids.iter().all(|id| id.get_version_num() == 7));
        }
        let counted = || IdSource::Counted(Arc::default()).next(now);
        assert_eq!(counted(), counted());
        assert_ne!(IdSource::default().next(now), IdSource::default().next(now));
    }
}
