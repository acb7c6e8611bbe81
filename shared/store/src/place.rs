//! Places: small rows that lead from an id alone to a row whose key holds more than the id.

use crate::error::ReadError;
use crate::item::Entity;
use crate::keys::{Key, Thing};
use crate::table::Table;
use crate::transaction::{Purpose, Transaction};
use serde::{Deserialize, Serialize};

/// A row that has a place.
pub trait Placed: Entity {
    /// What it is called by.
    fn thing(&self) -> Thing;
}

/// The place of a row: its own key, and that of the row.
#[derive(Clone, Serialize, Deserialize)]
struct Place {
    #[serde(rename = "PK")]
    pk: String,
    #[serde(rename = "SK")]
    sk: String,
    at_pk: String,
    at_sk: String,
}

domain::opaque!(Place);

impl Entity for Place {
    const KIND: &'static str = "place";

    fn key(&self) -> Key {
        Key { pk: self.pk.clone(), sk: self.sk.clone() }
    }
}

impl Place {
    fn of(entity: &impl Placed) -> Self {
        let (own, at) = (Key::place(entity.thing()), entity.key());
        Self { pk: own.pk, sk: own.sk, at_pk: at.pk, at_sk: at.sk }
    }
}

impl Table {
    /// Finds a row by what it is called by.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn find<E: Placed>(&self, thing: Thing) -> Result<Option<E>, ReadError> {
        match self.get::<Place>(&Key::place(thing)).await? {
            Some(place) => self.get(&Key { pk: place.at_pk, sk: place.at_sk }).await,
            None => Ok(None),
        }
    }
}

impl Transaction {
    /// Adds a new row with its place.
    pub fn create_placed<E: Placed>(&mut self, entity: &E) {
        self.create(Purpose::Version, entity);
        self.create(Purpose::Append, &Place::of(entity));
    }

    /// Writes a row over the version that was read; where its key changes, it moves.
    pub fn replace_placed<E: Placed>(&mut self, before: &E, after: &E, version: u64) {
        if before.key() == after.key() {
            return self.replace(Purpose::Version, after, version);
        }
        self.delete_at(Purpose::Version, before.key(), version);
        self.create(Purpose::Append, after);
        self.overwrite(Purpose::Append, &Place::of(after));
    }

    /// Removes a row at the version that was read, and its place.
    pub fn delete_placed<E: Placed>(&mut self, entity: &E, version: u64) {
        self.delete_at(Purpose::Version, entity.key(), version);
        self.delete(Purpose::Append, Key::place(entity.thing()));
    }
}
