//! Lookup rows: they map an id to the key of a row whose key contains more than that id.

use crate::error::ReadError;
use crate::item::Entity;
use crate::keys::{EntityRef, Key};
use crate::table::Table;
use crate::transaction::{Purpose, Transaction};
use serde::{Deserialize, Serialize};

/// An entity with a lookup row.
pub trait FoundById: Entity {
    fn lookup_ref(&self) -> EntityRef;
}

/// A lookup row: its own key, and that of the entity's row.
#[derive(Clone, Serialize, Deserialize)]
struct IdLookup {
    #[serde(rename = "PK")]
    pk: String,
    #[serde(rename = "SK")]
    sk: String,
    at_pk: String,
    at_sk: String,
}

domain::opaque!(IdLookup);

impl Entity for IdLookup {
    const KIND: &'static str = "place";

    fn key(&self) -> Key {
        Key { pk: self.pk.clone(), sk: self.sk.clone() }
    }
}

impl IdLookup {
    fn of(entity: &impl FoundById) -> Self {
        let (own, at) = (Key::id_lookup(entity.lookup_ref()), entity.key());
        Self { pk: own.pk, sk: own.sk, at_pk: at.pk, at_sk: at.sk }
    }
}

impl Table {
    /// Reads an entity by its id, through its lookup row.
    pub async fn find_by_id<E: FoundById>(&self, entity_ref: EntityRef) -> Result<Option<E>, ReadError> {
        match self.get::<IdLookup>(&Key::id_lookup(entity_ref)).await? {
            Some(lookup) => self.get(&Key { pk: lookup.at_pk, sk: lookup.at_sk }).await,
            None => Ok(None),
        }
    }
}

impl Transaction {
    /// Adds a new row and its lookup row.
    pub fn create_with_lookup<E: FoundById>(&mut self, entity: &E) {
        self.create(Purpose::Version, entity);
        self.create(Purpose::Append, &IdLookup::of(entity));
    }

    /// Replaces the version that was read. If the key changes, the row moves and its lookup row is updated.
    pub fn replace_with_lookup<E: FoundById>(&mut self, before: &E, after: &E, version: u64) {
        if before.key() == after.key() {
            return self.replace(Purpose::Version, after, version);
        }
        self.delete_at(Purpose::Version, before.key(), version);
        self.create(Purpose::Append, after);
        self.overwrite(Purpose::Append, &IdLookup::of(after));
    }

    /// Deletes the version that was read, and the lookup row.
    pub fn delete_with_lookup<E: FoundById>(&mut self, entity: &E, version: u64) {
        self.delete_at(Purpose::Version, entity.key(), version);
        self.delete(Purpose::Append, Key::id_lookup(entity.lookup_ref()));
    }
}
