//! Builds seals from rows, and checks their signatures. Pure.

use domain::time::Instant;
use identity::keys::PublicKey;
use identity::seal::{Digest, SealKey, SealStatement, leaf_digest, list, merkle_root};
use store::item::{Item, sort_key};
use store::keys;
use store::seal::{SealRow, canonical};

/// An audit row as a leaf of the Merkle tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// The sort key.
    pub sk: String,
    /// The hash of all attributes.
    pub hash: Digest,
}

impl Leaf {
    /// From a row of the table.
    #[must_use]
    pub fn of(item: &Item) -> Self {
        Self { sk: sort_key(item, None).unwrap_or_default().to_owned(), hash: leaf_digest(&canonical(item)) }
    }

    fn id(&self) -> &str {
        keys::audit_id(&self.sk)
    }
}

/// What a seal states about a range of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contents {
    /// The number of rows.
    pub rows: u64,
    /// The Merkle root.
    pub root: Digest,
    /// The digest of the ids in key order.
    pub order: Digest,
    /// The digest of the sorted ids.
    pub members: Digest,
}

/// `leaves` are in key order.
#[must_use]
pub fn contents(leaves: &[Leaf]) -> Contents {
    let hashes: Vec<Digest> = leaves.iter().map(|leaf| leaf.hash).collect();
    let mut ids: Vec<&str> = leaves.iter().map(Leaf::id).collect();
    let order = list(ids.iter().copied());
    ids.sort_unstable();
    Contents { rows: leaves.len() as u64, root: merkle_root(&hashes), order, members: list(ids) }
}

/// The part of a shard's trail that a seal covers.
#[derive(Debug, Clone, Copy)]
pub struct SealRange {
    pub shard: u8,
    pub from: Instant,
    pub to: Instant,
}

/// Signs a seal for `leaves`, chained to the `last` seal. `None` if a digest in that one is invalid.
#[must_use]
pub fn seal(
    SealRange { shard, from, to }: SealRange,
    leaves: &[Leaf],
    last: Option<&SealRow>,
    key: &SealKey,
) -> Option<SealRow> {
    let previous = match last {
        Some(last) => statement(last)?.digest(),
        None => Digest::NOTHING,
    };
    let contents = contents(leaves);
    let mut seal = SealRow {
        shard,
        number: last.map_or(0, |last| last.number + 1),
        from,
        to,
        rows: contents.rows,
        root: contents.root.text(),
        order: contents.order.text(),
        members: contents.members.text(),
        previous: previous.text(),
        kid: key.public().kid().to_owned(),
        signature: String::new(),
    };
    seal.signature = key.sign(&statement(&seal)?);
    Some(seal)
}

/// What a seal's signature covers. `None` if a digest in the seal is invalid.
#[must_use]
pub fn statement(seal: &SealRow) -> Option<SealStatement> {
    Some(SealStatement {
        shard: seal.shard,
        number: seal.number,
        from: seal.from.utc().timestamp_millis(),
        to: seal.to.utc().timestamp_millis(),
        rows: seal.rows,
        root: Digest::parse(&seal.root)?,
        order: Digest::parse(&seal.order)?,
        members: Digest::parse(&seal.members)?,
        previous: Digest::parse(&seal.previous)?,
    })
}

/// Whether the seal has a valid signature by one of these keys.
#[must_use]
pub fn is_signed(seal: &SealRow, keys: &[PublicKey]) -> bool {
    let key = keys.iter().find(|key| key.kid() == seal.kid);
    statement(seal).zip(key).is_some_and(|(said, key)| said.is_signed(&seal.signature, key))
}
