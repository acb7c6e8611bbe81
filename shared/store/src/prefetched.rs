//! Prefetching: reads a row in one batch with others before the code that needs it asks for it.

use crate::error::ReadError;
use crate::item::{Entity, Item, from_item};
use crate::keys::Key;
use crate::table::{Batch, Table};
use std::sync::{Arc, Mutex, PoisonError};

/// A prefetched row that can be consumed once. Clones share it. The default holds no row.
#[derive(Clone, Default)]
pub struct Prefetched(Arc<Mutex<Option<PrefetchedRow>>>);

/// A key and its item, if there is one.
type PrefetchedRow = (Key, Option<Item>);

domain::opaque!(Prefetched);

impl Batch {
    /// Keeps the row of a key, or the fact that it is missing, for a later [`Table::get_or_prefetched`].
    #[must_use]
    pub fn into_prefetched(mut self, key: Key) -> Prefetched {
        let item = self.take_item(&key);
        Prefetched(Arc::new(Mutex::new(Some((key, item)))))
    }
}

impl Table {
    /// Returns the prefetched row at the first call for its key. Otherwise reads the table.
    pub async fn get_or_prefetched<E: Entity>(
        &self,
        prefetched: &Prefetched,
        key: &Key,
    ) -> Result<Option<E>, ReadError> {
        let row = prefetched.0.lock().unwrap_or_else(PoisonError::into_inner).take_if(|(of, _)| of == key);
        match row {
            Some((_, item)) => item.map(from_item).transpose(),
            None => self.get(key).await,
        }
    }
}
