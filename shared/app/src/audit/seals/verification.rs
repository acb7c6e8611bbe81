//! Is a day's trail in a table as it was sealed? It reads and writes nothing, and needs neither the key
//! that signs nor anything else of an [`App`](crate::App).

use super::contents::Leaf;
use super::inspection::{Finding, Inspection, Problem, ShardDay, inspect};
use super::{SEALED_BY, day_end, day_start, last_window_end};
use domain::time::{Instant, LocalDate};
use futures_util::future::{try_join_all, try_join3};
use identity::keys::PublicKey;
use store::item::Item;
use store::keys::SHARDS;
use store::patterns::{Pattern, sealed_rows, seals};
use store::seal::SealRow;
use store::{ReadError, Table};

/// In a request at most so many rows of a shard are looked at; `cargo citas audit verify` looks at all.
pub const MOST_ROWS: usize = 20_000;

/// What is to be said of a day.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The UTC day.
    pub day: LocalDate,
    /// Up to when every shard is sealed, if every one is.
    pub sealed_until: Option<Instant>,
    /// Rows that seals are about.
    pub rows: usize,
    /// Rows that aren't sealed yet.
    pub unsealed_rows: usize,
    /// Seals.
    pub seals: usize,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

impl Verdict {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Looks at a day. `most` rows of a shard; with more, that is what is found.
///
/// # Errors
/// What reading says.
pub async fn verify_day(
    table: &Table,
    keys: &[PublicKey],
    day: LocalDate,
    now: Instant,
    most: usize,
) -> Result<Verdict, ReadError> {
    let shards = try_join_all((0..SHARDS).map(|shard| verify_shard(table, keys, shard, day, now, most))).await?;
    let untils = shards.iter().map(|(inspection, _)| inspection.sealed_until);
    Ok(Verdict {
        day,
        sealed_until: untils.min().flatten(),
        rows: shards.iter().map(|(inspection, _)| inspection.rows).sum(),
        unsealed_rows: shards.iter().map(|(inspection, _)| inspection.unsealed_rows).sum(),
        seals: shards.iter().map(|(_, seals)| seals).sum(),
        findings: shards.into_iter().flat_map(|(inspection, _)| inspection.findings).collect(),
    })
}

async fn verify_shard(
    table: &Table,
    keys: &[PublicKey],
    shard: u8,
    day: LocalDate,
    now: Instant,
    most: usize,
) -> Result<(Inspection, usize), ReadError> {
    let (start, end) = (day_start(day), day_end(day));
    let items = |pattern: Pattern| async move {
        Ok::<Vec<Item>, ReadError>(table.items(&pattern, usize::MAX, |item| item).await?.unwrap_or_default())
    };
    // Seals first: a window that is sealed gets no more rows.
    let (own, before, first) = try_join3(
        items(seals(shard, Some(start), Some(end))),
        items(seals(shard, None, Some(start)).reversed().limit(1)),
        items(seals(shard, None, None).limit(1)),
    )
    .await?;
    let rows = table.items(&sealed_rows(day, shard, None, None), most, |item| Leaf::of(&item)).await?;
    let Some(rows) = rows else {
        let finding = Finding { shard, from: start, to: end, problem: Problem::TooManyRows };
        return Ok((Inspection { findings: vec![finding], ..Inspection::default() }, own.len()));
    };
    let shard_day = ShardDay {
        shard,
        day,
        seals: &own,
        before: before.first(),
        first: first.first(),
        rows: &rows,
        due: last_window_end(now.plus(-SEALED_BY)),
    };
    Ok((inspect(&shard_day, keys), own.len()))
}

/// What is sealed of a trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// From when, in the shard that has been sealed for the longest.
    pub from: Instant,
    /// Up to when all shards are that are sealed at all.
    pub to: Instant,
    /// Up to when any is.
    pub end: Instant,
}

/// What is sealed of a table's trail, as far as its first and last seals can be read.
///
/// # Errors
/// What reading says.
pub async fn extent(table: &Table) -> Result<Option<Extent>, ReadError> {
    let one = |pattern: Pattern| async move {
        let items = table.items(&pattern.limit(1), usize::MAX, |item| item).await?;
        Ok::<_, ReadError>(items.unwrap_or_default().first().and_then(SealRow::read))
    };
    let first = try_join_all((0..SHARDS).map(|shard| one(seals(shard, None, None)))).await?;
    let last = try_join_all((0..SHARDS).map(|shard| one(seals(shard, None, None).reversed()))).await?;
    let ends = || last.iter().flatten().map(|seal| seal.to);
    let from = first.iter().flatten().map(|seal| seal.from).min();
    Ok(from.zip(ends().min().zip(ends().max())).map(|(from, (to, end))| Extent { from, to, end }))
}
