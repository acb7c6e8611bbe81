//! What a seal says of rows. Pure.

use domain::time::Instant;
use identity::keys::PublicKey;
use identity::seal::{Digest, SealKey, Statement, leaf, list, root};
use store::item::{Item, sort_key};
use store::seal::{SealRow, canonical};

/// A row, as far as seals are concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// Its sort key.
    pub sk: String,
    /// The hash of all that it holds.
    pub hash: Digest,
}

impl Leaf {
    /// The leaf of a row as it stands in the table.
    #[must_use]
    pub fn of(item: &Item) -> Self {
        Self { sk: sort_key(item, None).unwrap_or_default().to_owned(), hash: leaf(&canonical(item)) }
    }

    /// The row's id, the last part of its key.
    fn id(&self) -> &str {
        self.sk.rsplit('#').next().unwrap_or_default()
    }
}

/// What there is to say of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contents {
    /// How many they are.
    pub rows: u64,
    /// The root over them.
    pub root: Digest,
    /// The digest of their ids in their order.
    pub order: Digest,
    /// The digest of their ids, sorted.
    pub members: Digest,
}

/// What there is to say of rows in the order of their keys.
#[must_use]
pub fn contents(leaves: &[Leaf]) -> Contents {
    let hashes: Vec<Digest> = leaves.iter().map(|leaf| leaf.hash).collect();
    let mut ids: Vec<&str> = leaves.iter().map(Leaf::id).collect();
    let order = list(ids.iter().copied());
    ids.sort_unstable();
    Contents { rows: leaves.len() as u64, root: root(&hashes), order, members: list(ids) }
}

/// The seal of a stretch that has these rows, after the seal before. `None` where that one has no digests.
#[must_use]
pub fn seal(
    shard: u8,
    from: Instant,
    to: Instant,
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

/// What a seal states. `None` where a digest in it is none.
#[must_use]
pub fn statement(seal: &SealRow) -> Option<Statement> {
    Some(Statement {
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

/// Whether one of these keys has signed a seal.
#[must_use]
pub fn is_signed(seal: &SealRow, keys: &[PublicKey]) -> bool {
    let key = keys.iter().find(|key| key.kid() == seal.kid);
    statement(seal).zip(key).is_some_and(|(said, key)| said.is_signed(&seal.signature, key))
}
