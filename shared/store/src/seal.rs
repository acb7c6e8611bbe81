//! Seals over the audit trail: what each says of a stretch of one shard, and the bytes of a row that
//! it is made over.
//!
//! A shard's seals are one partition, by the beginnings of their stretches. Each goes on where the one
//! before ended, so there is no time that no seal is about, up to the end of the last.

use crate::item::{Entity, Item, from_item, to_item};
use crate::keys::Key;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::time::Instant;
use serde::{Deserialize, Serialize};

/// A seal. Digests, key and signature are base64url.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealRow {
    /// Of which shard.
    pub shard: u8,
    /// How many seals of the shard came before.
    pub number: u64,
    /// From this instant …
    pub from: Instant,
    /// … to this one, excluded, on the same UTC day or at its end.
    pub to: Instant,
    /// How many rows there were.
    pub rows: u64,
    /// The root over them.
    pub root: String,
    /// The digest of their ids, in the order of the rows.
    pub order: String,
    /// The digest of their ids, sorted.
    pub members: String,
    /// The digest of the seal before.
    pub previous: String,
    /// The id of the key that signed it.
    pub kid: String,
    /// Its signature.
    pub signature: String,
}

impl SealRow {
    /// Its name in the archive: no two seals that begin at the same time have a place there.
    #[must_use]
    pub fn name(&self) -> String {
        format!("seals/{}/{}.json", self.shard, self.from.utc().format("%Y-%m-%d/%H%M"))
    }

    /// A row as a seal, if it is one to the last attribute and stands where it should.
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

/// The bytes of a row, with all its attributes, whatever they are. No two rows have the same: each part
/// says what it is and how long.
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
        // A kind of value that the SDK doesn't know yet: it differs at least from all that it does.
        unknown => put(bytes, b'?', format!("{unknown:?}").as_bytes()),
    }
}

/// DynamoDB gives sets back in any order.
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
    fn rows_that_differ_have_other_bytes() {
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
    fn the_order_of_a_set_says_nothing() {
        let set = |texts: [&str; 2]| AttributeValue::Ss(texts.map(str::to_owned).to_vec());
        let row = |value| canonical(&Item::from([("a".to_owned(), value)]));
        assert_eq!(row(set(["a", "b"])), row(set(["b", "a"])));
    }
}
