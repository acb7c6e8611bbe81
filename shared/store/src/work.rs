//! Reads of lists of work. A row that can't be read, as a rollback to an older build leaves them, is named beside the
//! readable ones, so that it doesn't stop the rest. All other reads fail at such a row.

use crate::error::{ReadError, UnreadableRow};
use crate::item::{Entity, from_item, sort_key};
use crate::patterns::Pattern;
use crate::table::Table;

/// A page of a list of work.
#[derive(Clone)]
pub struct WorkPage<E> {
    /// The readable rows, in the order of the query.
    pub rows: Vec<E>,
    pub unreadable: Vec<UnreadableRow>,
    /// Where the next page continues ([`Pattern::after`]); `None` where there are no more rows.
    pub next: Option<String>,
}

impl Table {
    /// Reads one page of a list of work.
    ///
    /// # Errors
    /// Those of the request; never [`ReadError::Unreadable`].
    pub async fn work_page<E: Entity>(&self, pattern: &Pattern) -> Result<WorkPage<E>, ReadError> {
        let (items, more) = self.query_items(pattern).await?;
        let last = items.last().and_then(|item| sort_key(item, pattern.index)).map(str::to_owned);
        let mut page = WorkPage { rows: Vec::new(), unreadable: Vec::new(), next: last.filter(|_| more) };
        for item in items {
            match from_item(item) {
                Ok(row) => page.rows.push(row),
                Err(ReadError::Unreadable(row)) => page.unreadable.push(row),
                Err(error) => return Err(error),
            }
        }
        Ok(page)
    }

    /// Reads all pages of a list of work as one.
    ///
    /// # Errors
    /// As for [`work_page`](Self::work_page).
    pub async fn all_work<E: Entity>(&self, pattern: &Pattern) -> Result<WorkPage<E>, ReadError> {
        let mut all = self.work_page::<E>(pattern).await?;
        while let Some(position) = all.next.take() {
            let page = self.work_page(&pattern.clone().after(&position)).await?;
            all.rows.extend(page.rows);
            all.unreadable.extend(page.unreadable);
            all.next = page.next;
        }
        Ok(all)
    }

    /// Counts the rows of a list of work, readable or not, up to the limit of the query.
    pub async fn count_work(&self, pattern: &Pattern) -> Result<usize, ReadError> {
        Ok(self.query_items(pattern).await?.0.len())
    }
}
