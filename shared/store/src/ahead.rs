//! A row that is read before anybody has asked for it, so that who asks needn't wait for it.

use crate::error::ReadError;
use crate::item::{Entity, Item, from_item};
use crate::keys::Key;
use crate::table::Table;
use std::sync::{Arc, Mutex, PoisonError};

/// A row that was read ahead, to be taken once. Its clones are the same one; where nothing was, it is empty.
#[derive(Clone, Default)]
pub struct Ahead(Arc<Mutex<Option<Read>>>);

/// What is under a key, if anything is.
type Read = (Key, Option<Item>);

domain::opaque!(Ahead);

impl Ahead {
    /// What was read under this key, the first time that somebody asks.
    fn take(&self, key: &Key) -> Option<Option<Item>> {
        let mut read = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        read.take_if(|(of, _)| of == key).map(|(_, item)| item)
    }
}

impl Table {
    /// Reads a row ahead.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn read_ahead(&self, key: Key) -> Result<Ahead, ReadError> {
        let item = self.get_item(&key).await?;
        Ok(Ahead(Arc::new(Mutex::new(Some((key, item))))))
    }

    /// A row: as it was read ahead, the first time; where it wasn't, and from then on, as it is now.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn get_ahead<E: Entity>(&self, ahead: &Ahead, key: &Key) -> Result<Option<E>, ReadError> {
        match ahead.take(key) {
            Some(item) => item.map(from_item).transpose(),
            None => self.get(key).await,
        }
    }
}
