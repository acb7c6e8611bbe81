//! Reads the rows of several partitions merged in the order of their sort keys, and of each partition little more than
//! is wanted. Or reads several ranges of one partition, one after the other.

use crate::App;
use crate::support::concurrency::try_join_bounded;
use crate::support::error::AppError;
use std::collections::VecDeque;
use store::item::Entity;
use store::patterns::Pattern;

/// The first query of a partition reads this many times its even share of the wanted rows: one round is enough unless
/// most rows are in few partitions.
const SHARES: usize = 3;
/// A query for fewer rows is hardly cheaper.
const MIN_ROWS: usize = 8;

/// A reader of partitions of one index and order.
pub(crate) struct MergedRows<E> {
    sources: Vec<Source<E>>,
    descending: bool,
}

/// A partition.
struct Source<E> {
    /// What wasn't read yet. `None` at its end.
    rest: Option<Pattern>,
    /// The ranges after it.
    later: VecDeque<Pattern>,
    /// What was read and not returned, in order.
    rows: VecDeque<(String, E)>,
    /// How many rows the next query reads.
    batch: usize,
}

impl<E: Entity> MergedRows<E> {
    /// Begins after a position.
    pub(crate) fn new(partitions: &[Pattern], from: Option<&str>, backwards: bool) -> Self {
        let descending = partitions.first().is_some_and(|pattern| pattern.descending) != backwards;
        let ranges = partitions.iter().map(|pattern| begin(pattern, from, backwards));
        let sources = ranges.filter(|range| !range.is_empty()).map(|range| Source::of([range].into()));
        Self { sources: sources.collect(), descending }
    }

    /// Reads ranges of one partition, in their order, as if they were one.
    pub(crate) fn in_sequence(ranges: &[Pattern], from: Option<&str>, backwards: bool) -> Self {
        let descending = ranges.first().is_some_and(|pattern| pattern.descending) != backwards;
        let mut ranges: VecDeque<Pattern> = ranges.iter().map(|pattern| begin(pattern, from, backwards)).collect();
        if backwards {
            ranges.make_contiguous().reverse();
        }
        ranges.retain(|pattern| !pattern.is_empty());
        Self { sources: vec![Source::of(ranges)], descending }
    }

    /// Returns the next `wanted` rows, and whether there are more.
    pub(crate) async fn read(&mut self, app: &App, wanted: usize) -> Result<(Vec<(String, E)>, bool), AppError> {
        // One more row tells whether there is a next page.
        let most = wanted + 1;
        let batch = (SHARES * most).div_ceil(self.sources.len().max(1)).max(MIN_ROWS).min(most);
        self.sources.iter_mut().for_each(|source| source.batch = batch);
        let mut rows = Vec::new();
        loop {
            while rows.len() < wanted
                && let Some(row) = self.pop()
            {
                rows.push(row);
            }
            let has_more = self.sources.iter().any(|source| !source.rows.is_empty());
            let is_at_end = self.sources.iter().all(|source| source.rest.is_none());
            if (rows.len() >= wanted && has_more) || is_at_end {
                return Ok((rows, has_more));
            }
            self.refill(app, most).await?;
        }
    }

    /// Removes the next row. `None` if it isn't known yet, or at the end.
    fn pop(&mut self) -> Option<(String, E)> {
        if self.sources.iter().any(Source::is_unread) {
            return None;
        }
        let with_rows = self.sources.iter_mut().filter(|source| !source.rows.is_empty());
        let key = |source: &&mut Source<E>| source.rows.front().map(|(key, _)| key.clone());
        let next = if self.descending { with_rows.max_by_key(key) } else { with_rows.min_by_key(key) };
        next?.rows.pop_front()
    }

    /// Queries the partitions whose next row isn't known.
    async fn refill(&mut self, app: &App, most: usize) -> Result<(), AppError> {
        let unread = self.sources.iter_mut().filter(|source| source.is_unread());
        try_join_bounded(unread.map(|source| source.read(app, most))).await?;
        Ok(())
    }
}

fn begin(pattern: &Pattern, from: Option<&str>, backwards: bool) -> Pattern {
    let pattern = if backwards { pattern.clone().reversed() } else { pattern.clone() };
    match from {
        Some(position) => pattern.after(position),
        None => pattern,
    }
}

impl<E: Entity> Source<E> {
    fn of(mut ranges: VecDeque<Pattern>) -> Self {
        Self { rest: ranges.pop_front(), later: ranges, rows: VecDeque::new(), batch: 0 }
    }

    fn is_unread(&self) -> bool {
        self.rows.is_empty() && self.rest.is_some()
    }

    async fn read(&mut self, app: &App, most: usize) -> Result<(), AppError> {
        let Some(pattern) = self.rest.take() else { return Ok(()) };
        let page = app.table.query::<E>(&pattern.clone().limit(self.batch)).await?;
        let rest = page.rows.last().filter(|_| page.more).map(|(position, _)| pattern.after(position));
        self.rest = rest.or_else(|| self.later.pop_front());
        self.rows = page.rows.into();
        // Many of the wanted rows are in this partition.
        self.batch = (2 * self.batch).min(most);
        Ok(())
    }
}
