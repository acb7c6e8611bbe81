//! Unique values: one row per value, with the value in its key.

use crate::item::Entity;
use crate::keys::{Key, Unique};
use serde::{Deserialize, Serialize};

/// The owner of a unique value. The key contains the value.
#[derive(Clone, Serialize, Deserialize)]
pub struct Owner {
    #[serde(rename = "PK")]
    pk: String,
    #[serde(rename = "SK")]
    sk: String,
    /// The id of the owner.
    pub owner: String,
}

domain::opaque!(Owner);

impl Owner {
    /// The row that assigns `value` to `owner`.
    #[must_use]
    pub fn new(value: &Unique, owner: impl std::fmt::Display) -> Self {
        let Key { pk, sk } = Key::unique(value);
        Self { pk, sk, owner: owner.to_string() }
    }
}

impl Entity for Owner {
    const KIND: &'static str = "unique";

    fn key(&self) -> Key {
        Key { pk: self.pk.clone(), sk: self.sk.clone() }
    }
}
