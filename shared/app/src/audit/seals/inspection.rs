//! What is wrong with a day of a shard, by its rows and seals alone. Pure: the same for a table, an
//! export, and ten thousand tamperings in a test.
//!
//! A root tells that rows aren't what they were, but not how. The number of rows and their ids, in order
//! and sorted, tell that as far as it can be told: of several things at once the first is named.

use super::contents::{Contents, Leaf, contents, is_signed, statement};
use super::{day_end, day_start};
use domain::time::{Instant, LocalDate};
use identity::keys::PublicKey;
use identity::seal::Digest;
use store::item::Item;
use store::seal::SealRow;

/// What can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Problem {
    /// There are fewer rows than were sealed.
    Deleted,
    /// There are more rows than were sealed.
    Inserted,
    /// As many rows, but not the same ones: some were deleted and others put in.
    Replaced,
    /// The same rows in another order: their times were changed.
    Reordered,
    /// The same rows in the same order, and something in them is another.
    Edited,
    /// No seal is about this time, and there should be one.
    SealMissing,
    /// What stands for a seal is none, or is about time that another is about.
    BadSeal,
    /// None of the known keys has signed the seal as it is.
    BadSignature,
    /// The seal doesn't follow the one before it.
    BrokenChain,
    /// There are rows from before the trail began to be sealed: nothing can be said of them.
    NotSealed,
    /// There are too many rows to be looked at in one request.
    TooManyRows,
}

impl Problem {
    /// Its word for clients.
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

/// Something that is wrong, and in which stretch of which shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Of which shard.
    pub shard: u8,
    /// From when …
    pub from: Instant,
    /// … until when.
    pub to: Instant,
    /// What.
    pub problem: Problem,
}

/// A day of a shard, as it stands in the table.
#[derive(Debug, Clone)]
pub struct ShardDay<'a> {
    /// Which shard.
    pub shard: u8,
    /// Which UTC day.
    pub day: LocalDate,
    /// The seals that begin on it, in the order of their keys.
    pub seals: &'a [Item],
    /// The last seal before them, if there is one.
    pub before: Option<&'a Item>,
    /// The first seal of the shard at all, if there is one.
    pub first: Option<&'a Item>,
    /// Its rows in the order of their keys.
    pub rows: &'a [Leaf],
    /// Up to here everything ought to be sealed.
    pub due: Instant,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inspection {
    /// What is wrong, in the order of time.
    pub findings: Vec<Finding>,
    /// Up to when there are seals, at most to the end of the day.
    pub sealed_until: Option<Instant>,
    /// Rows that a seal is about.
    pub rows: usize,
    /// Rows after the last seal: nothing can be said of them yet.
    pub unsealed_rows: usize,
}

/// What the next seal has to follow.
enum Chain {
    /// Nothing: it is the first.
    Nothing,
    /// This one.
    Seal(Box<SealRow>),
    /// Something that can't be read.
    Unknown,
}

impl Chain {
    fn follows(&self, seal: &SealRow) -> bool {
        match self {
            Self::Nothing => seal.number == 0 && seal.previous == Digest::NOTHING.text(),
            Self::Seal(before) => {
                let digest = statement(before).map(|said| said.digest().text());
                before.number.checked_add(1) == Some(seal.number) && digest.as_ref() == Some(&seal.previous)
            }
            Self::Unknown => false,
        }
    }
}

/// Looks at a day of a shard.
#[must_use]
pub fn inspect(of: &ShardDay<'_>, keys: &[PublicKey]) -> Inspection {
    let (start, end) = (day_start(of.day), day_end(of.day));
    let mut found = Inspection::default();
    let mut note = |from: Instant, to: Instant, problem| {
        found.findings.push(Finding { shard: of.shard, from, to, problem });
    };
    // The trail may have begun to be sealed later.
    let genesis = of.first.and_then(SealRow::read).filter(|seal| of.before.is_none() && seal.number == 0);
    if genesis.is_some_and(|seal| seal.from >= end) {
        if !of.rows.is_empty() {
            note(start, end, Problem::NotSealed);
        }
        return found;
    }
    let mut chain = match of.before.map(SealRow::read) {
        None => Chain::Nothing,
        Some(Some(seal)) => Chain::Seal(Box::new(seal)),
        Some(None) => Chain::Unknown,
    };
    let sealed_before = match &chain {
        Chain::Seal(seal) => Some(seal.to),
        Chain::Nothing | Chain::Unknown => None,
    };
    let (mut until, mut rows) = (start, 0);
    for item in of.seals {
        let Some(seal) = SealRow::read(item).filter(|seal| seal.shard == of.shard && is_stretch(seal, start, end))
        else {
            note(until, end, Problem::BadSeal);
            chain = Chain::Unknown;
            continue;
        };
        if !is_signed(&seal, keys) {
            note(seal.from, seal.to, Problem::BadSignature);
        }
        if !chain.follows(&seal) {
            note(seal.from, seal.to, Problem::BrokenChain);
        }
        if seal.from > until {
            note(until, seal.from, Problem::SealMissing);
        } else if seal.from < until {
            note(seal.from, until, Problem::BadSeal);
        }
        let leaves = within(of.rows, &seal, start, end);
        rows += leaves.len();
        if let Some(problem) = compare(&seal, contents(leaves)) {
            note(seal.from, seal.to, problem);
        }
        until = until.max(seal.to);
        chain = Chain::Seal(Box::new(seal));
    }
    if until < end.min(of.due) {
        note(until, end.min(of.due), Problem::SealMissing);
    }
    found.rows = rows;
    if until < end {
        let sealed = if until == start { String::new() } else { until.sortable() };
        found.unsealed_rows = of.rows.iter().filter(|leaf| leaf.sk >= sealed).count();
    }
    found.sealed_until = if until > start { Some(until) } else { sealed_before };
    found
}

fn is_stretch(seal: &SealRow, start: Instant, end: Instant) -> bool {
    start <= seal.from && seal.from < seal.to && seal.to <= end
}

/// The rows that a seal is about. The first one of a day is about whatever sorts before, too, and the
/// last about what sorts behind.
fn within<'a>(rows: &'a [Leaf], seal: &SealRow, start: Instant, end: Instant) -> &'a [Leaf] {
    let place = |at: Instant| rows.partition_point(|leaf| leaf.sk < at.sortable());
    let from = if seal.from == start { 0 } else { place(seal.from) };
    let to = if seal.to == end { rows.len() } else { place(seal.to) };
    rows.get(from..to).unwrap_or_default()
}

fn compare(seal: &SealRow, now: Contents) -> Option<Problem> {
    if now.rows < seal.rows {
        Some(Problem::Deleted)
    } else if now.rows > seal.rows {
        Some(Problem::Inserted)
    } else if now.members.text() != seal.members {
        Some(Problem::Replaced)
    } else if now.order.text() != seal.order {
        Some(Problem::Reordered)
    } else if now.root.text() != seal.root {
        Some(Problem::Edited)
    } else {
        None
    }
}
