//! Runs as many reads as there is data, but only some at once.

use futures_util::stream::{self, Buffered, Iter, StreamExt as _, TryCollect, TryStreamExt as _};
use std::vec::IntoIter;

/// Each may be a pair of queries. More would not be faster with a function's share of a processor, and would be
/// throttled as one burst.
const MAX_CONCURRENT_READS: usize = 8;

/// Like `try_join_all`, with at most [`MAX_CONCURRENT_READS`] in flight. The results are in the order of the reads.
pub(crate) fn try_join_bounded<F, T, E>(
    reads: impl IntoIterator<Item = F>,
) -> TryCollect<Buffered<Iter<IntoIter<F>>>, Vec<T>>
where
    F: Future<Output = Result<T, E>>,
{
    // Collected, so that nothing of the iterator is in the future, which else wouldn't be `Send`.
    let reads: Vec<F> = reads.into_iter().collect();
    stream::iter(reads).buffered(MAX_CONCURRENT_READS).try_collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn few_reads_are_in_flight_at_once_and_results_keep_their_order() {
        let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let reads = (0..100).map(|number: usize| {
            let (running, most) = (&running, &most);
            async move {
                most.fetch_max(running.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
                // Some take longer than others.
                for _ in 0..=number % 7 {
                    tokio::task::yield_now().await;
                }
                running.fetch_sub(1, Ordering::Relaxed);
                Ok::<_, ()>(number)
            }
        });
        assert_eq!(try_join_bounded(reads).await, Ok((0..100).collect()));
        assert_eq!(most.into_inner(), MAX_CONCURRENT_READS);
    }

    #[tokio::test]
    async fn the_first_error_ends_them() {
        let reads = (0..100).map(|number| std::future::ready(if number == 9 { Err(number) } else { Ok(()) }));
        assert_eq!(try_join_bounded(reads).await, Err(9));
    }
}
