//! Values that only one may have: a row whose key is the value.

use crate::item::Entity;
use crate::keys::{Key, Unique};
use serde::{Deserialize, Serialize};

/// Who has a value. The value stands in the key.
#[derive(Clone, Serialize, Deserialize)]
pub struct Owner {
    #[serde(rename = "PK")]
    pk: String,
    #[serde(rename = "SK")]
    sk: String,
    /// Id of the owner, as text.
    pub owner: String,
}

domain::opaque!(Owner);

impl Owner {
    /// The row that gives `value` to `owner`.
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
