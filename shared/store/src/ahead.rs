//! A row that is read before anybody has asked for it, along with others.

use crate::error::ReadError;
use crate::item::{Entity, Item, from_item};
use crate::keys::Key;
use crate::table::{Batch, Table};
use std::sync::{Arc, Mutex, PoisonError};

/// A row that was read ahead, to be taken once. Its clones are the same one; where nothing was, it is empty.
#[derive(Clone, Default)]
pub struct Ahead(Arc<Mutex<Option<Read>>>);

/// What is under a key, if anything is.
type Read = (Key, Option<Item>);

domain::opaque!(Ahead);

impl Batch {
    /// The row of a key, whether or not it was there, for whoever asks for it later.
    #[must_use]
    pub fn ahead(mut self, key: Key) -> Ahead {
        let item = self.take_item(&key);
        Ahead(Arc::new(Mutex::new(Some((key, item)))))
    }
}

impl Table {
    /// A row: as it was read ahead, the first time; where it wasn't, and from then on, as it is now.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn get_ahead<E: Entity>(&self, ahead: &Ahead, key: &Key) -> Result<Option<E>, ReadError> {
        let read = ahead.0.lock().unwrap_or_else(PoisonError::into_inner).take_if(|(of, _)| of == key);
        match read {
            Some((_, item)) => item.map(from_item).transpose(),
            None => self.get(key).await,
        }
    }
}
