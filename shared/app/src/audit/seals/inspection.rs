//! Finds what is wrong with a day of a shard, from its rows and seals alone. Pure: the same for a table, an export,
//! and the random tamperings of a test.
//!
//! A Merkle root shows that rows have changed, but not how. Therefore a seal also has the number of rows and their
//! ids, in key order and sorted. Of several changes to the same seal's rows only the first kind is reported.

use super::contents::{Contents, Leaf, contents, is_signed, statement};
use super::{day_end, day_start};
use domain::time::{Instant, LocalDate};
use identity::keys::PublicKey;
use identity::seal::Digest;
use store::item::Item;
use store::seal::SealRow;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SealProblem {
    /// Fewer rows than were sealed.
    Deleted,
    /// More rows than were sealed.
    Inserted,
    /// The same number of rows, but other ids: rows were deleted and others inserted.
    Replaced,
    /// The same ids in another order: the times of rows were changed.
    Reordered,
    /// The same ids in the same order, but other contents.
    Edited,
    /// No seal covers this time, and one is due.
    SealMissing,
    /// The item is no valid seal, or overlaps another seal.
    BadSeal,
    /// The signature is by none of the known keys, or doesn't match the seal.
    BadSignature,
    /// The seal doesn't follow the one before it.
    BrokenChain,
    /// There are rows from before sealing began: they can't be verified.
    NotSealed,
    /// Too many rows to be verified in one request.
    TooManyRows,
}

impl SealProblem {
    /// The name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::Inserted => "inserted",
            Self::Replaced => "replaced",
            Self::Reordered => "reordered",
            Self::Edited => "edited",
            Self::SealMissing => "seal_missing",
            Self::BadSeal => "bad_seal",
            Self::BadSignature => "bad_signature",
            Self::BrokenChain => "broken_chain",
            Self::NotSealed => "not_sealed",
            Self::TooManyRows => "too_many_rows",
        }
    }
}

/// A problem in a time range of a shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SealFinding {
    pub shard: u8,
    pub from: Instant,
    pub to: Instant,
    pub problem: SealProblem,
}

/// The seals and rows of a day of a shard.
#[derive(Debug, Clone)]
pub struct ShardDay<'a> {
    pub shard: u8,
    /// A UTC day.
    pub day: LocalDate,
    /// The seals that begin on this day, in key order.
    pub seals: &'a [Item],
    /// The last seal before this day.
    pub before: Option<&'a Item>,
    /// The first seal of the shard.
    pub first: Option<&'a Item>,
    /// The audit rows of this day, in key order.
    pub rows: &'a [Leaf],
    /// All windows up to here ought to be sealed.
    pub due: Instant,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inspection {
    /// In order of time.
    pub findings: Vec<SealFinding>,
    /// The end of the last seal, at most the end of the day.
    pub sealed_until: Option<Instant>,
    /// How many rows are covered by seals.
    pub rows: usize,
    /// How many rows come after the last seal, and can't be verified yet.
    pub unsealed_rows: usize,
}

/// The seal that the next one has to follow.
enum Chain {
    /// None: the next seal is the first one.
    Start,
    Seal(Box<SealRow>),
    /// An unreadable one.
    Unknown,
}

impl Chain {
    fn follows(&self, seal: &SealRow) -> bool {
        match self {
            Self::Start => seal.number == 0 && seal.previous == Digest::NOTHING.text(),
            Self::Seal(before) => {
                let digest = statement(before).map(|statement| statement.digest().text());
                before.number.checked_add(1) == Some(seal.number) && digest.as_ref() == Some(&seal.previous)
            }
            Self::Unknown => false,
        }
    }
}

/// Inspects a day of a shard.
#[must_use]
pub fn inspect(of: &ShardDay<'_>, keys: &[PublicKey]) -> Inspection {
    let (start, end) = (day_start(of.day), day_end(of.day));
    let mut found = Inspection::default();
    let mut note = |from: Instant, to: Instant, problem| {
        found.findings.push(SealFinding { shard: of.shard, from, to, problem });
    };
    // Sealing may have begun on a later day.
    let genesis = of.first.and_then(SealRow::read).filter(|seal| of.before.is_none() && seal.number == 0);
    if genesis.is_some_and(|seal| seal.from >= end) {
        if !of.rows.is_empty() {
            note(start, end, SealProblem::NotSealed);
        }
        return found;
    }
    let mut chain = match of.before.map(SealRow::read) {
        None => Chain::Start,
        Some(Some(seal)) => Chain::Seal(Box::new(seal)),
        Some(None) => Chain::Unknown,
    };
    let sealed_before = match &chain {
        Chain::Seal(seal) => Some(seal.to),
        Chain::Start | Chain::Unknown => None,
    };
    let (mut until, mut rows) = (start, 0);
    for item in of.seals {
        let Some(seal) = SealRow::read(item).filter(|seal| seal.shard == of.shard && is_within_day(seal, start, end))
        else {
            note(until, end, SealProblem::BadSeal);
            chain = Chain::Unknown;
            continue;
        };
        if !is_signed(&seal, keys) {
            note(seal.from, seal.to, SealProblem::BadSignature);
        }
        if !chain.follows(&seal) {
            note(seal.from, seal.to, SealProblem::BrokenChain);
        }
        if seal.from > until {
            note(until, seal.from, SealProblem::SealMissing);
        } else if seal.from < until {
            note(seal.from, until, SealProblem::BadSeal);
        }
        let leaves = covered_rows(of.rows, &seal, start, end);
        rows += leaves.len();
        if let Some(problem) = compare(&seal, contents(leaves)) {
            note(seal.from, seal.to, problem);
        }
        until = until.max(seal.to);
        chain = Chain::Seal(Box::new(seal));
    }
    if until < end.min(of.due) {
        note(until, end.min(of.due), SealProblem::SealMissing);
    }
    found.rows = rows;
    if until < end {
        let sealed = if until == start { String::new() } else { until.sortable() };
        found.unsealed_rows = of.rows.iter().filter(|leaf| leaf.sk >= sealed).count();
    }
    found.sealed_until = if until > start { Some(until) } else { sealed_before };
    found
}

fn is_within_day(seal: &SealRow, start: Instant, end: Instant) -> bool {
    start <= seal.from && seal.from < seal.to && seal.to <= end
}

/// The rows that a seal covers. The first seal of a day also covers rows that sort before it, the last one rows that
/// sort after it.
fn covered_rows<'a>(rows: &'a [Leaf], seal: &SealRow, start: Instant, end: Instant) -> &'a [Leaf] {
    let index = |at: Instant| rows.partition_point(|leaf| leaf.sk < at.sortable());
    let from = if seal.from == start { 0 } else { index(seal.from) };
    let to = if seal.to == end { rows.len() } else { index(seal.to) };
    rows.get(from..to).unwrap_or_default()
}

fn compare(seal: &SealRow, now: Contents) -> Option<SealProblem> {
    if now.rows < seal.rows {
        Some(SealProblem::Deleted)
    } else if now.rows > seal.rows {
        Some(SealProblem::Inserted)
    } else if now.members.text() != seal.members {
        Some(SealProblem::Replaced)
    } else if now.order.text() != seal.order {
        Some(SealProblem::Reordered)
    } else if now.root.text() != seal.root {
        Some(SealProblem::Edited)
    } else {
        None
    }
}
