//! The seals of the audit trail, and the canonical bytes of the rows that a seal covers.
//!
//! Each seal covers a time range of one shard. The seals of a shard are one partition, sorted by the start of the
//! range. Each range begins where the previous one ends, so that the seals cover all time up to the last end.

use crate::item::{Entity, Item, from_item, to_item};
use crate::keys::Key;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::time::Instant;
use serde::{Deserialize, Serialize};

/// A seal. Digests, key id and signature are base64url.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealRow {
    pub shard: u8,
    /// The number of earlier seals of the shard.
    pub number: u64,
    /// The start of the range.
    pub from: Instant,
    /// The end of the range, excluded: on the same UTC day or at its end.
    pub to: Instant,
    /// The number of rows in the range.
    pub rows: u64,
    /// The Merkle root of the rows.
    pub root: String,
    /// The digest of the ids in the order of the rows.
    pub order: String,
    /// The digest of the sorted ids.
    pub members: String,
    /// The digest of the previous seal.
    pub previous: String,
    /// The id of the signing key.
    pub kid: String,
    pub signature: String,
}

impl SealRow {
    /// Its name in the archive, unique per shard and start: the archive can't hold two seals of the same range start.
    #[must_use]
    pub fn name(&self) -> String {
        format!("seals/{}/{}.json", self.shard, self.from.utc().format("%Y-%m-%d/%H%M"))
    }

    /// Parses an item. `None` unless it equals the item of the parsed seal in every attribute, keys included.
    #[must_use]
    pub fn read(item: &Item) -> Option<Self> {
        let seal: Self = from_item(item.clone()).ok()?;
        (to_item(&seal).ok()? == *item).then_some(seal)
    }
}

impl Entity for SealRow {
    const KIND: &'static str = "seal";

    fn key(&self) -> Key {
        Key::seal(self.shard, self.from)
    }
}

/// The canonical encoding of an item with all attributes. It is injective: each part has a tag and a length.
#[must_use]
pub fn canonical(item: &Item) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1024);
    put_map(&mut bytes, item);
    bytes
}

fn put(bytes: &mut Vec<u8>, tag: u8, part: &[u8]) {
    put_length(bytes, tag, part.len());
    bytes.extend(part);
}

fn put_length(bytes: &mut Vec<u8>, tag: u8, length: usize) {
    bytes.push(tag);
    bytes.extend((length as u64).to_be_bytes());
}

fn put_map(bytes: &mut Vec<u8>, map: &Item) {
    let mut names: Vec<&String> = map.keys().collect();
    names.sort_unstable();
    put_length(bytes, b'M', names.len());
    for name in names {
        put(bytes, b'A', name.as_bytes());
        if let Some(value) = map.get(name) {
            put_value(bytes, value);
        }
    }
}

fn put_value(bytes: &mut Vec<u8>, value: &AttributeValue) {
    match value {
        AttributeValue::S(text) => put(bytes, b'S', text.as_bytes()),
        AttributeValue::N(number) => put(bytes, b'N', number.as_bytes()),
        AttributeValue::B(blob) => put(bytes, b'B', blob.as_ref()),
        AttributeValue::Bool(value) => put(bytes, b'T', &[u8::from(*value)]),
        AttributeValue::Null(_) => put(bytes, b'0', &[]),
        AttributeValue::M(map) => put_map(bytes, map),
        AttributeValue::L(list) => {
            put_length(bytes, b'L', list.len());
            list.iter().for_each(|value| put_value(bytes, value));
        }
        AttributeValue::Ss(texts) => put_set(bytes, b's', texts.iter().map(String::as_bytes)),
        AttributeValue::Ns(numbers) => put_set(bytes, b'n', numbers.iter().map(String::as_bytes)),
        AttributeValue::Bs(blobs) => put_set(bytes, b'b', blobs.iter().map(AsRef::as_ref)),
        // A type of value that this version of the SDK doesn't know. Its encoding differs from all known types.
        unknown => put(bytes, b'?', format!("{unknown:?}").as_bytes()),
    }
}

/// Sorts the elements, because DynamoDB returns sets in any order.
fn put_set<'a>(bytes: &mut Vec<u8>, tag: u8, parts: impl Iterator<Item = &'a [u8]>) {
    let mut parts: Vec<&[u8]> = parts.collect();
    parts.sort_unstable();
    put_length(bytes, tag, parts.len());
    parts.into_iter().for_each(|part| put(bytes, b'P', part));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::{number, text};
    use aws_sdk_dynamodb::primitives::Blob;
    use std::collections::HashSet;

    #[test]
    fn different_items_have_different_encodings() {
        let one = |value: AttributeValue| Item::from([("a".to_owned(), value)]);
        let list = |values: &[&str]| AttributeValue::L(values.iter().map(|value| text(*value)).collect());
        let rows = [
            Item::new(),
            one(text("")),
            one(text("1")),
            one(number(1)),
            one(AttributeValue::B(Blob::new("1"))),
            one(AttributeValue::Bool(true)),
            one(AttributeValue::Bool(false)),
            one(AttributeValue::Null(true)),
            one(list(&[])),
            one(list(&["ab"])),
            one(list(&["a", "b"])),
            one(list(&["b", "a"])),
            one(AttributeValue::L(vec![list(&["a"]), list(&["b"])])),
            one(AttributeValue::L(vec![list(&["a", "b"]), list(&[])])),
            one(AttributeValue::Ss(vec!["a".into(), "b".into()])),
            one(AttributeValue::Ss(vec!["ab".into()])),
            one(AttributeValue::Ns(vec!["1".into()])),
            one(AttributeValue::Bs(vec![Blob::new("1")])),
            one(AttributeValue::M(Item::new())),
            one(AttributeValue::M(one(text("1")))),
            Item::from([("aS".to_owned(), text("1"))]),
            Item::from([("a".to_owned(), text("1")), ("b".to_owned(), text("1"))]),
        ];
        let bytes: HashSet<Vec<u8>> = rows.iter().map(canonical).collect();
        assert_eq!(bytes.len(), rows.len());
    }

    #[test]
    fn the_order_of_a_set_is_ignored() {
        let set = |texts: [&str; 2]| AttributeValue::Ss(texts.map(str::to_owned).to_vec());
        let row = |value| canonical(&Item::from([("a".to_owned(), value)]));
        assert_eq!(row(set(["a", "b"])), row(set(["b", "a"])));
    }
}
