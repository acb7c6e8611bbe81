//! Lists: some rows from one or several partitions in the order of their sort keys, from a position
//! on, forwards or backwards.

use crate::App;
use crate::support::error::AppError;
use store::item::Entity;
use store::patterns::Pattern;

/// Which part of a list is wanted.
#[derive(Debug, Clone)]
pub struct Window {
    /// At most this many rows.
    pub size: usize,
    /// From where on; from the beginning where `None`.
    pub from: Option<Position>,
}

/// A place between two rows of a list.
#[derive(Clone, PartialEq, Eq)]
pub struct Position {
    /// The sort key of the row next to it.
    pub key: String,
    /// Whether what comes *before* it is wanted.
    pub backwards: bool,
}

domain::opaque!(Position);

/// Some rows, in the list's order.
#[derive(Debug, Clone)]
pub struct Slice<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Where the next part begins, if there is one.
    pub next: Option<Position>,
    /// Where the previous part ends, if there is one.
    pub previous: Option<Position>,
}

impl<T> Slice<T> {
    /// The same places with other rows.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Slice<U> {
        Slice { rows: self.rows.into_iter().map(change).collect(), next: self.next, previous: self.previous }
    }
}

/// A filter throws rows away after they were read; so many times a page is read on before it is
/// given out short. A short page with a `next` is better than a request that reads a whole table.
const MAX_ROUNDS: usize = 8;

/// Reads a part of the list that `partitions` make together, merged by sort key, of the rows that
/// `keep` keeps. All have to be in the same index and order.
///
/// # Errors
/// What reading says.
pub async fn list<E: Entity>(
    app: &App,
    partitions: &[Pattern],
    window: &Window,
    keep: impl Fn(&E) -> bool,
) -> Result<Slice<E>, AppError> {
    list_reading(app, partitions, 0, window, keep).await
}

/// [`list`] where `keep` is known to throw away many of the rows: each query reads `least` of them at
/// least, so that one is enough for a page.
///
/// # Errors
/// What reading says.
pub async fn list_reading<E: Entity>(
    app: &App,
    partitions: &[Pattern],
    least: usize,
    window: &Window,
    keep: impl Fn(&E) -> bool,
) -> Result<Slice<E>, AppError> {
    let backwards = window.from.as_ref().is_some_and(|from| from.backwards);
    let mut from = window.from.as_ref().map(|from| from.key.clone());
    let mut rows: Vec<(String, E)> = Vec::new();
    let mut more = true;
    let mut last_read = None;
    for _ in 0..MAX_ROUNDS {
        let wanted = (window.size - rows.len()).max(least);
        let (read, rest) = merged::<E>(app, partitions, from.as_deref(), backwards, wanted).await?;
        let mut read = read.into_iter();
        // What is read beyond the page is for the next one to read.
        while rows.len() < window.size
            && let Some((key, row)) = read.next()
        {
            last_read = Some(key.clone());
            if keep(&row) {
                rows.push((key, row));
            }
        }
        more = rest || read.len() > 0;
        from.clone_from(&last_read);
        if !more || rows.len() >= window.size {
            break;
        }
    }
    // Reading stopped behind the last row that was looked at, whether or not it was kept.
    let (mut first, mut last) = (window.from.as_ref().map(|from| from.key.clone()), last_read);
    if let Some((key, _)) = rows.first() {
        first = first.map(|_| key.clone());
    }
    if backwards {
        rows.reverse();
        std::mem::swap(&mut first, &mut last);
    }
    let place = |key: Option<String>, backwards| key.map(|key| Position { key, backwards });
    let (next, previous) = if backwards {
        (place(last, false), place(first.filter(|_| more), true))
    } else {
        (place(last.filter(|_| more), false), place(first, true))
    };
    Ok(Slice { rows: rows.into_iter().map(|(_, row)| row).collect(), next, previous })
}

/// A part of a list that is at hand as a whole, each row with its place in the order.
#[must_use]
pub fn whole<E>(rows: Vec<(String, E)>, window: &Window) -> Slice<E> {
    let backwards = window.from.as_ref().is_some_and(|from| from.backwards);
    let mut rows = rows;
    if let Some(Position { key, .. }) = &window.from {
        rows.retain(|(place, _)| if backwards { place < key } else { place > key });
    }
    let rest = rows.len().saturating_sub(window.size);
    let rows: Vec<(String, E)> = rows.into_iter().skip(if backwards { rest } else { 0 }).take(window.size).collect();
    let place = |row: Option<&(String, E)>, there_is: bool, backwards| {
        row.filter(|_| there_is).map(|(key, _)| Position { key: key.clone(), backwards })
    };
    let next = place(rows.last(), backwards || rest > 0, false);
    let previous = place(rows.first(), if backwards { rest > 0 } else { window.from.is_some() }, true);
    Slice { rows: rows.into_iter().map(|(_, row)| row).collect(), next, previous }
}

/// The first `wanted` rows of the merge, and whether there may be more.
async fn merged<E: Entity>(
    app: &App,
    partitions: &[Pattern],
    from: Option<&str>,
    backwards: bool,
    wanted: usize,
) -> Result<(Vec<(String, E)>, bool), AppError> {
    let queries = partitions.iter().map(|pattern| {
        let mut pattern = if backwards { pattern.clone().reversed() } else { pattern.clone() };
        if let Some(position) = from {
            pattern = pattern.after(position);
        }
        // One row more than wanted tells whether there is a next page.
        let pattern = pattern.limit(wanted + 1);
        async move { app.table.query::<E>(&pattern).await }
    });
    let pages = futures_util::future::try_join_all(queries).await?;
    let descending = partitions.first().is_some_and(|pattern| pattern.descending) != backwards;
    let mut rows: Vec<(String, E)> = Vec::new();
    let mut more = false;
    for page in pages {
        more |= page.more;
        rows.extend(page.rows);
    }
    rows.sort_by(|(a, _), (b, _)| if descending { b.cmp(a) } else { a.cmp(b) });
    more |= rows.len() > wanted;
    rows.truncate(wanted);
    Ok((rows, more))
}
