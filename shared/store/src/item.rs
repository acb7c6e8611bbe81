//! Conversion between entities and DynamoDB items. An item has the attributes of the entity and an envelope:
//! `PK`, `SK`, `kind`, `v` (the version of the schema), index keys and, if it expires, `ttl`.

use crate::error::{ReadError, UnreadableRow};
use crate::keys::{IndexKey, Key};
use crate::schema::{Index, PK, SK, TTL};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::time::Instant;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::HashMap;

/// An item of the SDK.
pub type Item = HashMap<String, AttributeValue>;

/// Attributes that entities can't use.
const ENVELOPE: [&str; 3] = ["kind", "v", TTL];

/// A type that is stored as a row of its own.
pub trait Entity: Serialize + DeserializeOwned {
    /// The value of the attribute `kind`.
    const KIND: &'static str;
    /// The value of the attribute `v`.
    const SCHEMA: u32 = 1;

    fn key(&self) -> Key;

    /// The index keys.
    fn indexes(&self) -> Vec<(Index, IndexKey)> {
        Vec::new()
    }

    /// When TTL may delete the row.
    fn expires_at(&self) -> Option<Instant> {
        None
    }
}

/// Converts an entity to an item.
///
/// # Errors
/// [`serde_dynamo::Error`] if the entity can't be represented as an item: a defect.
pub fn to_item<E: Entity>(entity: &E) -> Result<Item, serde_dynamo::Error> {
    let mut item: Item = serde_dynamo::to_item(entity)?;
    // The envelope would overwrite an attribute of the same name.
    if let Some(name) = ENVELOPE.iter().find(|name| item.contains_key(**name)) {
        return Err(serde::ser::Error::custom(format!("`{name}` belongs to the envelope")));
    }
    item.retain(|_, value| !value.is_null());
    item.values_mut().for_each(pack_ids);
    let key = entity.key();
    item.insert(PK.into(), text(key.pk));
    item.insert(SK.into(), text(key.sk));
    item.insert("kind".into(), text(E::KIND));
    item.insert("v".into(), number(E::SCHEMA));
    for (index, key) in entity.indexes() {
        item.insert(index.pk().into(), text(key.pk));
        item.insert(index.sk().into(), text(key.sk));
    }
    if let Some(at) = entity.expires_at() {
        item.insert(TTL.into(), number(at.unix()));
    }
    Ok(item)
}

/// Converts an item to an entity.
///
/// # Errors
/// [`ReadError::Unreadable`] if the item is of another kind or schema version.
pub fn from_item<E: Entity>(mut item: Item) -> Result<E, ReadError> {
    let key = key_of(&item);
    let unreadable = || ReadError::Unreadable(UnreadableRow { kind: E::KIND, key });
    let kind = item.get("kind").and_then(|value| value.as_s().ok());
    let schema = item.get("v").and_then(|value| value.as_n().ok()).and_then(|number| number.parse().ok());
    if kind.map(String::as_str) != Some(E::KIND) || schema != Some(E::SCHEMA) {
        return Err(unreadable());
    }
    item.values_mut().for_each(unpack_ids);
    serde_dynamo::from_item(item).map_err(|_| unreadable())
}

/// Replaces ids in text form (36 characters) by their 16 bytes: writes are charged per KB, and an appointment
/// contains seven ids. Every text with the canonical form of an id is packed, and unpacking restores it. Keys are
/// not packed.
fn pack_ids(value: &mut AttributeValue) {
    match value {
        AttributeValue::S(text) => {
            let id = uuid::Uuid::try_parse(text).ok().filter(|id| id.hyphenated().to_string() == *text);
            if let Some(id) = id {
                *value = AttributeValue::B(Blob::new(id.as_bytes()));
            }
        }
        AttributeValue::L(list) => list.iter_mut().for_each(pack_ids),
        AttributeValue::M(map) => map.values_mut().for_each(pack_ids),
        _ => {}
    }
}

fn unpack_ids(value: &mut AttributeValue) {
    match value {
        AttributeValue::B(bytes) => {
            if let Ok(id) = uuid::Uuid::from_slice(bytes.as_ref()) {
                *value = AttributeValue::S(id.hyphenated().to_string());
            }
        }
        AttributeValue::L(list) => list.iter_mut().for_each(unpack_ids),
        AttributeValue::M(map) => map.values_mut().for_each(unpack_ids),
        _ => {}
    }
}

/// The attribute `kind` of an item.
#[must_use]
pub fn kind(item: &Item) -> Option<&str> {
    item.get("kind").and_then(|value| value.as_s().ok()).map(String::as_str)
}

/// An attribute with a text or an id, for code that reads items of any kind.
#[must_use]
pub fn text_attribute(item: &Item, name: &str) -> Option<String> {
    let mut value = item.get(name)?.clone();
    unpack_ids(&mut value);
    value.as_s().ok().cloned()
}

/// The primary key of an item. An image of a change may be without one; then its parts are empty.
#[must_use]
pub fn key_of(item: &Item) -> Key {
    let part = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default();
    Key { pk: part(PK), sk: part(SK) }
}

/// The sort key of an item in the table, or in `index` if that is given.
#[must_use]
pub fn sort_key(item: &Item, index: Option<Index>) -> Option<&str> {
    item.get(index.map_or(SK, Index::sk)).and_then(|value| value.as_s().ok()).map(String::as_str)
}

#[must_use]
pub fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

#[must_use]
pub fn number(value: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_packed_into_sixteen_bytes_and_restored() {
        let id = "019ad9c8-b200-76d4-8e32-cb053f4a1ffe";
        let texts = [id, &id.to_uppercase(), &id.replace('-', ""), "", "30.123.456"];
        let row = AttributeValue::L(texts.iter().map(|value| text(*value)).collect());
        let mut packed = AttributeValue::M([("ids".to_owned(), row.clone())].into());
        pack_ids(&mut packed);
        let inside = packed.as_m().unwrap()["ids"].as_l().unwrap();
        assert_eq!(inside.iter().filter(|value| value.is_b()).count(), 1, "only the canonical spelling");
        assert_eq!(inside[0].as_b().unwrap().as_ref().len(), 16);
        unpack_ids(&mut packed);
        assert_eq!(packed.as_m().unwrap()["ids"], row);
    }
}
