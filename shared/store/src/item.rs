//! How a row looks: a thing of ours inside an envelope of `PK`, `SK`, `kind`, `v` (the schema's
//! version), index keys and, where it expires, `ttl`.

use crate::error::ReadError;
use crate::keys::{IndexKey, Key};
use crate::schema::{Index, PK, SK, TTL};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::time::Instant;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::HashMap;

/// A row as the SDK has it.
pub type Item = HashMap<String, AttributeValue>;

/// The attributes that are the envelope's own.
const ENVELOPE: [&str; 3] = ["kind", "v", TTL];

/// Something that is kept as a row of its own.
pub trait Entity: Serialize + DeserializeOwned {
    /// Its kind, as in the row's `kind`.
    const KIND: &'static str;
    /// Version of its schema, as in the row's `v`.
    const SCHEMA: u32 = 1;

    /// Its key.
    fn key(&self) -> Key;

    /// Where it stands in the indexes.
    fn indexes(&self) -> Vec<(Index, IndexKey)> {
        Vec::new()
    }

    /// When it may be deleted by itself.
    fn expires_at(&self) -> Option<Instant> {
        None
    }
}

/// The row of an entity.
///
/// # Errors
/// [`serde_dynamo::Error`] where the entity has no form as an item: a defect.
pub fn to_item<E: Entity>(entity: &E) -> Result<Item, serde_dynamo::Error> {
    let mut item: Item = serde_dynamo::to_item(entity)?;
    // The envelope would overwrite a member of the same name, and nobody could read it back.
    if let Some(name) = ENVELOPE.iter().find(|name| item.contains_key(**name)) {
        return Err(serde::ser::Error::custom(format!("`{name}` belongs to the envelope")));
    }
    item.retain(|_, value| !value.is_null());
    item.values_mut().for_each(pack);
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

/// The entity in a row.
///
/// # Errors
/// [`ReadError::Unreadable`] where the row is of another kind or schema.
pub fn from_item<E: Entity>(mut item: Item) -> Result<E, ReadError> {
    let unreadable = || ReadError::Unreadable { kind: E::KIND };
    let kind = item.get("kind").and_then(|value| value.as_s().ok());
    let schema = item.get("v").and_then(|value| value.as_n().ok()).and_then(|number| number.parse().ok());
    if kind.map(String::as_str) != Some(E::KIND) || schema != Some(E::SCHEMA) {
        return Err(unreadable());
    }
    item.values_mut().for_each(unpack);
    serde_dynamo::from_item(item).map_err(|_| unreadable())
}

/// Ids are kept as their sixteen bytes instead of thirty-six characters: writes are charged by the
/// started KB, and an appointment names seven things. Any text that is spelt as an id is packed, and comes
/// back as it was. Keys stay as they are.
fn pack(value: &mut AttributeValue) {
    match value {
        AttributeValue::S(text) => {
            let id = uuid::Uuid::try_parse(text).ok().filter(|id| id.hyphenated().to_string() == *text);
            if let Some(id) = id {
                *value = AttributeValue::B(Blob::new(id.as_bytes()));
            }
        }
        AttributeValue::L(list) => list.iter_mut().for_each(pack),
        AttributeValue::M(map) => map.values_mut().for_each(pack),
        _ => {}
    }
}

fn unpack(value: &mut AttributeValue) {
    match value {
        AttributeValue::B(bytes) => {
            if let Ok(id) = uuid::Uuid::from_slice(bytes.as_ref()) {
                *value = AttributeValue::S(id.hyphenated().to_string());
            }
        }
        AttributeValue::L(list) => list.iter_mut().for_each(unpack),
        AttributeValue::M(map) => map.values_mut().for_each(unpack),
        _ => {}
    }
}

/// The kind of a row.
#[must_use]
pub fn kind(item: &Item) -> Option<&str> {
    item.get("kind").and_then(|value| value.as_s().ok()).map(String::as_str)
}

/// A text or an id in a row, for those who look at rows of any kind.
#[must_use]
pub fn member(item: &Item, name: &str) -> Option<String> {
    let mut value = item.get(name)?.clone();
    unpack(&mut value);
    value.as_s().ok().cloned()
}

/// The sort key of a row, in an index where one is named.
#[must_use]
pub fn sort_key(item: &Item, index: Option<Index>) -> Option<&str> {
    item.get(index.map_or(SK, Index::sk)).and_then(|value| value.as_s().ok()).map(String::as_str)
}

/// A text attribute.
#[must_use]
pub fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// A number attribute.
#[must_use]
pub fn number(value: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_sixteen_bytes_and_come_back_as_they_were() {
        let id = "019ad9c8-b200-76d4-8e32-cb053f4a1ffe";
        let texts = [id, &id.to_uppercase(), &id.replace('-', ""), "", "30.123.456"];
        let row = AttributeValue::L(texts.iter().map(|value| text(*value)).collect());
        let mut packed = AttributeValue::M([("ids".to_owned(), row.clone())].into());
        pack(&mut packed);
        let inside = packed.as_m().unwrap()["ids"].as_l().unwrap();
        assert_eq!(inside.iter().filter(|value| value.is_b()).count(), 1, "only the canonical spelling");
        assert_eq!(inside[0].as_b().unwrap().as_ref().len(), 16);
        unpack(&mut packed);
        assert_eq!(packed.as_m().unwrap()["ids"], row);
    }
}
