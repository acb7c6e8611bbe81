//! Paged lists: reads rows from one or several partitions in the order of their sort keys, from a position on,
//! forwards or backwards.

use crate::App;
use crate::support::error::AppError;
use crate::support::merged_rows::MergedRows;
use domain::time::TimeDelta;
use store::item::Entity;
use store::patterns::{self, Pattern};

/// The requested part of a list.
#[derive(Debug, Clone)]
pub struct PageRequest {
    /// Maximum number of rows.
    pub size: usize,
    /// Where the page begins. `None` is the beginning of the list.
    pub from: Option<Position>,
}

impl PageRequest {
    /// The sort key after which reading begins, and whether it goes backwards.
    fn beginning(&self) -> (Option<&str>, bool) {
        (self.from.as_ref().map(|from| from.key.as_str()), self.from.as_ref().is_some_and(|from| from.backwards))
    }
}

/// A position between two rows of a list.
#[derive(Clone, PartialEq, Eq)]
pub struct Position {
    /// The sort key of the adjacent row.
    pub key: String,
    /// Whether the page ends here, rather than begins.
    pub backwards: bool,
}

domain::opaque!(Position);

impl Position {
    /// A position at a row that the page includes.
    pub(crate) fn including(key: &str, backwards: bool) -> Self {
        let key = if backwards { format!("{key} ") } else { patterns::before(key) };
        Self { key, backwards }
    }
}

/// A page of rows, in the order of the list.
#[derive(Debug, Clone)]
pub struct Slice<T> {
    pub rows: Vec<T>,
    /// Beginning of the next page, if there is one.
    pub next: Option<Position>,
    /// End of the previous page, if there is one.
    pub previous: Option<Position>,
}

impl<T> Slice<T> {
    /// Converts the rows and keeps the positions.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Slice<U> {
        Slice { rows: self.rows.into_iter().map(change).collect(), next: self.next, previous: self.previous }
    }
}

/// The filter drops rows after they were read. After so many rows, or so long, a page is returned even if it is short: that
/// is better than a request that reads a whole table.
const MAX_ROWS: usize = 2_000;
const MAX_TIME: TimeDelta = TimeDelta::seconds(2);
/// The same for a page without a row, where reading goes on until there is one.
const MAX_TIME_UNTIL_FOUND: TimeDelta = TimeDelta::seconds(8);

/// How a list reads rows that its filter may drop.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reading {
    /// The least number of rows of a query, so that one round is enough for a page.
    pub min_rows: usize,
    /// Whether a page isn't empty before the end of the list, however many rows have to be read.
    pub until_found: bool,
}

/// Reads a page of the merged rows of `partitions` for which `keep` is true. All partitions must be in the same index
/// and order.
pub async fn list<E: Entity>(
    app: &App,
    partitions: &[Pattern],
    page: &PageRequest,
    keep: impl Fn(&E) -> bool,
) -> Result<Slice<E>, AppError> {
    list_reading(app, partitions, Reading::default(), page, keep).await
}

/// Like [`list`], for a `keep` that drops many rows.
pub async fn list_reading<E: Entity>(
    app: &App,
    partitions: &[Pattern],
    reading: Reading,
    page: &PageRequest,
    keep: impl Fn(&E) -> bool,
) -> Result<Slice<E>, AppError> {
    let (from, backwards) = page.beginning();
    fill_page(app, MergedRows::new(partitions, from, backwards), reading, page, keep).await
}

/// Like [`list_reading`], for ranges of one partition that are read one after the other.
pub(crate) async fn list_in_sequence<E: Entity>(
    app: &App,
    ranges: &[Pattern],
    reading: Reading,
    page: &PageRequest,
    keep: impl Fn(&E) -> bool,
) -> Result<Slice<E>, AppError> {
    let (from, backwards) = page.beginning();
    fill_page(app, MergedRows::in_sequence(ranges, from, backwards), reading, page, keep).await
}

async fn fill_page<E: Entity>(
    app: &App,
    mut merged: MergedRows<E>,
    reading: Reading,
    page: &PageRequest,
    keep: impl Fn(&E) -> bool,
) -> Result<Slice<E>, AppError> {
    let (_, backwards) = page.beginning();
    let mut rows: Vec<(String, E)> = Vec::new();
    let mut more = true;
    let mut last_read = None;
    let (began, mut examined) = (app.now(), 0);
    loop {
        let elapsed = app.now().since(began);
        let is_empty_page = reading.until_found && rows.is_empty() && elapsed < MAX_TIME_UNTIL_FOUND;
        if !is_empty_page && (examined >= MAX_ROWS || elapsed >= MAX_TIME) {
            break;
        }
        // What was read so far had too few: the next round reads as much again.
        let wanted = (page.size - rows.len()).max(reading.min_rows).max(examined.min(MAX_ROWS));
        let (read, rest) = merged.read(app, wanted).await?;
        examined += read.len().max(1);
        let mut read = read.into_iter();
        // Rows beyond the page are read again for the next page.
        while rows.len() < page.size
            && let Some((key, row)) = read.next()
        {
            last_read = Some(key.clone());
            if keep(&row) {
                rows.push((key, row));
            }
        }
        more = rest || read.len() > 0;
        if !more || rows.len() >= page.size {
            break;
        }
    }
    // The next page begins after the last row that was examined, whether or not it was kept.
    // Back from an empty page, the row before it is the first.
    let back = page.from.as_ref().map(|from| Position::including(&from.key, !backwards).key);
    let (mut first, mut last) = (back, last_read);
    if let Some((key, _)) = rows.first() {
        first = first.map(|_| key.clone());
    }
    if backwards {
        rows.reverse();
        std::mem::swap(&mut first, &mut last);
    }
    let position = |key: Option<String>, backwards| key.map(|key| Position { key, backwards });
    let (next, previous) = if backwards {
        (position(last, false), position(first.filter(|_| more), true))
    } else {
        (position(last.filter(|_| more), false), position(first, true))
    };
    Ok(Slice { rows: rows.into_iter().map(|(_, row)| row).collect(), next, previous })
}

/// Returns a page of a list that is in memory. Each row comes with its sort key.
#[must_use]
pub fn paginate<E>(rows: Vec<(String, E)>, page: &PageRequest) -> Slice<E> {
    let backwards = page.from.as_ref().is_some_and(|from| from.backwards);
    let mut rows = rows;
    if let Some(Position { key, .. }) = &page.from {
        rows.retain(|(row_key, _)| if backwards { row_key < key } else { row_key > key });
    }
    let rest = rows.len().saturating_sub(page.size);
    let rows: Vec<(String, E)> = rows.into_iter().skip(if backwards { rest } else { 0 }).take(page.size).collect();
    let position = |row: Option<&(String, E)>, exists: bool, backwards| {
        row.filter(|_| exists).map(|(key, _)| Position { key: key.clone(), backwards })
    };
    let next = position(rows.last(), backwards || rest > 0, false);
    let previous = position(rows.first(), if backwards { rest > 0 } else { page.from.is_some() }, true);
    Slice { rows: rows.into_iter().map(|(_, row)| row).collect(), next, previous }
}
